"""Students with their guardians: one row a student, as a secretary lists them; up to three guardians beside."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from app.domain.errors import InvalidInput
from app.models import Consent, Enrollment, Guardian, Guardianship, Student
from app.records.imports.drafting import draft_of, note, planned
from app.records.imports.kind import Around, Kind
from app.records.imports.people import Doubtful, People, full_name, names_in, split_name, without_empty
from app.records.imports.structure import Structure
from app.services.imports import cells
from app.services.imports.columns import Column, Line
from app.services.imports.plan import Draft, Plan, Ref
from app.words import _
from app.words.values import DAY

MOST_GUARDIANS = 3
KINSHIP = {
    "мать": "mother", "мама": "mother", "mother": "mother",
    "отец": "father", "папа": "father", "father": "father",
    "родитель": "parent", "parent": "parent",
    "законный представитель": "representative", "опекун": "representative", "опекунша": "representative",
    "попечитель": "representative", "legal representative": "representative", "guardian": "representative",
    "доверенное лицо": "proxy", "бабушка": "proxy", "дедушка": "proxy", "proxy": "proxy",
}  # fmt: skip
SAMPLES = (
    ("Ёлкина Мария Сергеевна", "мать", "+7 999 123-45-67", "elkina@example.org", "да"),
    ("Ёлкин Пётр Ильич", "отец", "8 (999) 765-43-21", "", "нет"),
    ("", "", "", "", ""),
)


CALLED = {1: ("мать", "мама", "фио матери", "фио мамы"), 2: ("отец", "папа", "фио отца", "фио папы")}
WHOSE = {1: ("матери", "мамы"), 2: ("отца", "папы")}


def _joined(things: Iterable[str], whose: Iterable[str]) -> list[str]:
    """ "телефон матери" and "мать телефон": every thing with everybody whose it may be."""
    owners = list(whose)
    return [text for thing in things for one in owners for text in (f"{thing} {one}", f"{one} {thing}")]


def _guardian_columns(number: int) -> Iterable[Column]:
    name, kin, phone, mail, urgent = SAMPLES[number - 1]
    said = (f"родитель{number}", f"родитель {number} фио", f"фио родителя {number}", f"представитель {number}")
    further = CALLED.get(number, ())
    whose = [*further, *WHOSE.get(number, ())]
    of = f"guardian{number}"
    return (
        Column(of, _("Guardian {number}", number=number), cells.name, aliases=(*said, *further), sample=name, limit=99),
        Column(f"{of}_kinship", _("Guardian {number}: kinship", number=number), cells.choice(KINSHIP), sample=kin),
        Column(
            f"{of}_phone", _("Guardian {number}: phone", number=number), cells.phone, sample=phone,
            aliases=(f"телефон родителя {number}", f"телефон {number}", *_joined(("телефон", "тел", "сотовый"), whose)),
        ),
        Column(
            f"{of}_email", _("Guardian {number}: e-mail", number=number), cells.email, sample=mail, limit=254,
            aliases=tuple(_joined(("почта", "эл почта", "email"), whose)),
        ),
        Column(f"{of}_urgent", _("Guardian {number}: urgent news", number=number), cells.yes_no, sample=urgent),
    )  # fmt: skip


COLUMNS = (
    Column("school_class", _("Class"), required=True, sample="5А", limit=20),
    Column("surname", _("Surname"), cells.name, True, sample="Ёлкина", limit=60, instead="full_name"),
    Column("given_name", _("Given name"), cells.name, True, sample="Анна", limit=60, instead="full_name"),
    Column("patronymic", _("Patronymic"), cells.name, sample="Петровна", limit=60),
    Column("born_on", _("Date of birth"), cells.day, aliases=("др", "дата рожд", "родился"), sample="12.03.2015"),
    Column("full_name", _("Full name"), cells.name, aliases=("фио", "фио ученика", "ученик", "учащийся"), limit=180),
    Column("begins_on", _("In the class since"), cells.day, aliases=("дата зачисления", "зачислен")),
    *(column for number in range(1, MOST_GUARDIANS + 1) for column in _guardian_columns(number)),
)


class Families:
    """Plans the rows of one file."""

    def __init__(self, around: Around, plan: Plan) -> None:
        session, school_id = around.session, around.school_id
        self._around, self._plan = around, plan
        self.structure = Structure(session, around.actor, school_id, around.today, plan)
        classes = {row.id: row for row in self.structure.classes.values()}
        enrolled = session.scalars(select(Enrollment).where(Enrollment.school_class_id.in_(classes)))
        self._enrolled = {row.student_id: row for row in enrolled if row.ends_on is None or row.ends_on >= around.today}
        students = session.scalars(select(Student).where(Student.school_id == school_id)).all()
        guardians = session.scalars(select(Guardian).where(Guardian.school_id == school_id)).all()
        self._ties: dict[int, dict[int, Guardianship]] = defaultdict(dict)
        for tie in session.scalars(select(Guardianship).where(Guardianship.school_id == school_id)):
            self._ties[tie.student_id][tie.guardian_id] = tie
        in_force = select(Consent.guardian_id, Consent.phone).where(
            Consent.school_id == school_id, Consent.kind == "urgent", Consent.withdrawn_at.is_(None)
        )
        self._agreed = {(row.guardian_id, row.phone) for row in session.execute(in_force)}
        class_of = {key: classes[row.school_class_id].name for key, row in self._enrolled.items()}
        self._students = People(students, ("born_on",), lambda one: _described(one, class_of.get(one.id, "")))
        self._guardians = People(guardians, ("phone", "email"), _described_guardian)
        self._seen: dict[Any, int] = {}
        self._said: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
        self._drafts: dict[str, Draft] = {}

    def plan(self, lines: Iterable[Line]) -> None:
        """Plan the rows; what is wrong or doubtful stands in the plan."""
        for line in lines:
            self._row(line)

    def _row(self, line: Line) -> None:
        names = names_in(line)
        if line.bad or names is None:
            return
        try:
            self._plan.rows.append(self._planned(line, names))
        except InvalidInput as wrong:
            note(self._plan, line, wrong)
        except Doubtful:
            pass

    def _planned(self, line: Line, names: dict[str, str]) -> Any:
        self._refuse_twice(line, names)
        school_class, drafts = self.structure.class_named(line.get("school_class"), "school_class")
        values = names | {"born_on": line.get("born_on")}
        doubts = len(self._plan.doubts)
        student: Student | None = None
        with suppress(Doubtful):
            student = self._students.find(values, self._plan, (line.number, "student"), self._around.decisions)
        if student is not None:
            self._refuse_seen(line, student.id)
        main = draft_of(f"student:{line.number}", Student, student, without_empty(values))
        drafts = [*drafts, main, *self._enrollment(line, student, main, school_class)]
        for number in range(1, MOST_GUARDIANS + 1):
            try:
                drafts += self._guardian(line, f"guardian{number}", student, main)
            except Doubtful:
                continue
        if len(self._plan.doubts) > doubts:
            raise Doubtful
        return planned(line.number, _said(line, names), drafts, main)

    def _refuse_twice(self, line: Line, names: dict[str, str]) -> None:
        born = line.get("born_on")
        self._refuse_seen(line, (cells.folded(full_name(names)), born or cells.folded(line.get("school_class"))))

    def _refuse_seen(self, line: Line, key: Any) -> None:
        first = self._seen.setdefault(key, line.number)
        if first != line.number:
            raise InvalidInput("surname", "import.twice", row=first)

    def _enrollment(self, line: Line, student: Student | None, main: Draft, school_class: Any) -> list[Draft]:
        stands = self._enrolled.get(student.id) if student is not None else None
        if stands is not None:
            if stands.school_class_id != getattr(school_class, "id", None):
                raise InvalidInput("school_class", "import.other_class", given=str(stands.school_class))
            return []
        year = self.structure.year
        assert year is not None  # there is a class, so there is a year
        values = {
            "student": student if student is not None else main.ref,
            "school_class": school_class,
            "begins_on": line.get("begins_on") or year.begins_on,
        }
        return [Draft(Ref(f"enrollment:{line.number}"), Enrollment, values)]

    def _guardian(self, line: Line, of: str, student: Student | None, main: Draft) -> list[Draft]:
        told = {name: line.get(f"{of}_{name}") for name in ("kinship", "phone", "email", "urgent")}
        if line.get(of) is None:
            if any(value is not None for value in told.values()):
                raise InvalidInput(of, "import.guardian_without_name")
            return []
        values = split_name(line.get(of)) | {"phone": told["phone"], "email": told["email"]}
        if not values["given_name"]:
            raise InvalidInput(of, "import.full_name")
        if told["urgent"] and not told["phone"]:
            raise InvalidInput(f"{of}_phone", "import.urgent_without_phone")
        ties = self._ties.get(student.id, {}) if student is not None else {}
        guardian = self._guardians.find(values, self._plan, (line.number, of), self._around.decisions, frozenset(ties))
        draft = self._together(line, of, values, guardian)
        drafts = [draft]
        target = guardian if guardian is not None else draft.ref
        if guardian is None or guardian.id not in ties:
            tie = {"guardian": target, "student": student if student is not None else main.ref}
            kinship = told["kinship"] or "parent"
            drafts.append(Draft(Ref(f"tie:{line.number}:{of}"), Guardianship, tie | {"kinship": kinship}))
        elif told["kinship"] and ties[guardian.id].kinship != told["kinship"]:
            tie_of = ties[guardian.id]
            drafts.append(draft_of(f"tie:{line.number}:{of}", Guardianship, tie_of, {"kinship": told["kinship"]}))
        if told["urgent"] and (getattr(guardian, "id", None), told["phone"]) not in self._agreed:
            consent = {"guardian": target, "phone": told["phone"], "kind": "urgent", "means": "paper"}
            drafts.append(Draft(Ref(f"consent:{draft.ref}:{told['phone']}"), Consent, consent, shared=True))
        return drafts

    def _together(self, line: Line, of: str, values: Mapping[str, Any], guardian: Guardian | None) -> Draft:
        """One draft of a guardian whom several rows name. Raises InvalidInput where the rows contradict one another."""
        ref = _guardian_ref(line, of, values, guardian)
        said = self._said[ref]
        for name in ("phone", "email"):
            told, first = said.get(name, (values[name], line.number))
            if values[name] and told != values[name]:
                raise InvalidInput(f"{of}_{name}", "import.contradicts", row=first, given=told)
        said |= {name: (values[name], line.number) for name in ("phone", "email") if values[name] and name not in said}
        draft = draft_of(ref, Guardian, guardian, without_empty(values), True)
        known = self._drafts.setdefault(ref, draft)
        known.values = draft.values | known.values
        return known


def _guardian_ref(line: Line, of: str, values: Mapping[str, Any], guardian: Guardian | None) -> str:
    """The same guardian in several rows is one: who stands already, or is new with the same name and phone."""
    if guardian is not None:
        return f"guardian:{guardian.id}"
    sure = values["phone"] or values["email"]
    return f"guardian:{cells.folded(full_name(values))}|{sure}" if sure else f"guardian:{line.number}:{of}"


def _said(line: Line, names: Mapping[str, str]) -> str:
    """The row in short: the student and, for the eye of whoever looks, the guardians."""
    told = [f"{full_name(names)}, {line.get('school_class')}"]
    for number in range(1, MOST_GUARDIANS + 1):
        of = f"guardian{number}"
        told += filter(None, [" ".join(filter(None, (line.get(of), line.get(f"{of}_phone"))))])
    return " · ".join(told)


def _described(student: Student, class_name: str) -> str:
    born = student.born_on.strftime(DAY) if student.born_on else ""
    return ", ".join(part for part in (str(student), class_name, born) if part)


def _described_guardian(guardian: Guardian) -> str:
    return ", ".join(part for part in (str(guardian), guardian.phone, guardian.email) if part)


FAMILIES = Kind(
    name="families",
    title=_("Students with their guardians"),
    says=_("One row a student: class, names, date of birth, up to three guardians with phones and consent."),
    records=("student", "enrollment", "guardian", "guardianship", "consent"),
    columns=COLUMNS,
    planner=Families,
)
