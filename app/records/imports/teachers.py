"""Staff with what they teach: one row a member of staff, as a school lists them; classes and subjects in words."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from app.domain.errors import InvalidInput
from app.models import SchoolClass, Staff, Teaching
from app.models.base import Table
from app.records.imports.drafting import draft_of, note, planned
from app.records.imports.kind import Around, Kind
from app.records.imports.people import Doubtful, People, full_name, names_in, without_empty
from app.records.imports.structure import CLASS, Structure
from app.services.imports import cells
from app.services.imports.columns import Column, Line
from app.services.imports.plan import Draft, Plan, PlannedRow, Ref
from app.words import _

MOST_TAUGHT = 3  # columns; each takes several subjects
FIRST_CLASS = re.compile(r"[\s(]+(?=(?:1[0-2]|[1-9])\s*[-–«\"]?\s*[^\W\d_]?(?:[\s,;»\")]|$))")

COLUMNS = (
    Column("surname", _("Surname"), cells.name, True, sample="Иванова", limit=60, instead="full_name"),
    Column("given_name", _("Given name"), cells.name, True, sample="Ольга", limit=60, instead="full_name"),
    Column("patronymic", _("Patronymic"), cells.name, sample="Петровна", limit=60),
    Column("full_name", _("Full name"), cells.name, aliases=("фио", "сотрудник", "учитель"), limit=180),
    Column("position", _("Position"), sample="учитель математики", limit=100),
    Column("phone", _("Phone"), cells.phone, aliases=("телефон", "мобильный", "сотовый"), sample="+7 999 123-45-67"),
    Column("email", _("E-mail"), cells.email, aliases=("почта", "email"), sample="ivanova@example.org", limit=254),
    Column("leads", _("Class teacher of"), aliases=("классный руководитель", "кл рук"), sample="5А", limit=20),
    Column(
        "teaches1", _("Teaches"), aliases=("преподаёт", "предметы", "нагрузка", "что ведёт", "ведёт 1", "предмет"),
        sample="Математика: 5А, 5Б", limit=1_000,
    ),
    *(
        Column(
            f"teaches{number}", _("Teaches ({number})", number=number), limit=1_000,
            aliases=(f"ведёт {number}", f"предмет {number}"), sample="" if number > 2 else "Алгебра: 7А; Геометрия: 7А",
        )
        for number in range(2, MOST_TAUGHT + 1)
    ),
)  # fmt: skip


def taught(text: str, field: str) -> list[tuple[str, list[str]]]:
    """Subject and classes, as they are listed. Raises InvalidInput.

    >>> taught("Математика: 5А, 5 Б; Алгебра 7А", "teaches1")
    [('Математика', ['5А', '5 Б']), ('Алгебра', ['7А'])]
    """
    found = []
    for part in re.split(r"[;\n]", text):
        if not part.strip():
            continue
        subject, colon, told = part.partition(":")
        if not colon:
            subject, told = [*FIRST_CLASS.split(part.strip(), 1), ""][:2]
        classes = [one for each in told.strip(" )").split(",") for one in _classes_in(each) if one]
        if not subject.strip() or not classes:
            raise InvalidInput(field, "import.teaches", given=part.strip()[:40])
        found.append((subject.strip(), classes))
    return found


def _classes_in(text: str) -> list[str]:
    text = text.strip()
    return [text] if CLASS.fullmatch(text) or " " not in text else text.split()


class Teachers:
    """Plans the rows of one file."""

    def __init__(self, around: Around, plan: Plan) -> None:
        session, school_id = around.session, around.school_id
        self._around, self._plan = around, plan
        self.structure = Structure(session, around.actor, school_id, around.today, plan)
        staff = session.scalars(select(Staff).where(Staff.school_id == school_id)).all()
        self._staff = People(staff, ("phone", "email"), _described)
        self._does: dict[tuple[int, int], set[int]] = defaultdict(set)  # class and subject → those who teach it
        for one in session.scalars(select(Teaching).where(Teaching.school_id == school_id)):
            if one.subgroup_id is None:
                self._does[one.school_class_id, one.subject_id].add(one.teacher_id)
        self._leaders: dict[str, int] = {}
        self._seen: dict[Any, int] = {}

    def plan(self, lines: Iterable[Line]) -> None:
        """Plan the rows; what is wrong or doubtful stands in the plan."""
        for line in lines:
            names = names_in(line)
            if line.bad or names is None:
                continue
            try:
                self._plan.rows.append(self._planned(line, names))
            except InvalidInput as wrong:
                note(self._plan, line, wrong)
            except Doubtful:
                continue

    def _planned(self, line: Line, names: dict[str, str]) -> PlannedRow:
        values = names | {name: line.get(name) or "" for name in ("position", "phone", "email")}
        self._refuse_seen(line, (cells.folded(full_name(values)), values["phone"] or values["email"]))
        lessons, drafts = self._lessons(line)
        led, further = self.structure.class_named(line.get("leads"), "leads") if line.get("leads") else (None, [])
        tied = self._tied(lessons, led)
        found = self._staff.find(values, self._plan, (line.number, "staff"), self._around.decisions, tied)
        if found is not None:
            self._refuse_seen(line, found.id)
        main = draft_of(f"staff:{line.number}", Staff, found, without_empty(values))
        teachings = list(self._teachings(line, lessons, found, main))
        drafts = [*drafts, *further, main]
        if led is not None:
            drafts += self._leading(line, led, found, main)
        who = ", ".join(filter(None, (full_name(names), values["position"])))
        return planned(line.number, who, [*drafts, *teachings], main, self._taught_words(teachings))

    def _lessons(self, line: Line) -> tuple[list[tuple[Any, Any]], list[Draft]]:
        """Class and subject of all that is taught, with the drafts of those that are new."""
        pairs: dict[tuple[str, str], tuple[Any, Any]] = {}
        drafts: list[Draft] = []
        for number in range(1, MOST_TAUGHT + 1):
            field = f"teaches{number}"
            for subject, classes in taught(line.get(field) or "", field):
                told, made = self.structure.subject_named(subject, field)
                drafts += made
                for text in classes:
                    school_class, made = self.structure.class_named(text, field)
                    drafts += made
                    pairs[_key(school_class), _key(told)] = (school_class, told)
        return list(pairs.values()), drafts

    def _tied(self, lessons: Sequence[tuple[Any, Any]], led: Any) -> frozenset[int]:
        """Those who teach some of it already, or lead the class: with the name, that makes sure who is meant."""
        tied = set()
        for school_class, subject in lessons:
            if isinstance(school_class, Table) and isinstance(subject, Table):
                tied |= self._does[school_class.id, subject.id]
        if isinstance(led, SchoolClass) and led.class_teacher_id is not None:
            tied.add(led.class_teacher_id)
        return frozenset(tied)

    def _teachings(
        self, line: Line, lessons: Sequence[tuple[Any, Any]], found: Staff | None, main: Draft
    ) -> Iterable[Draft]:
        for place, (school_class, subject) in enumerate(lessons):
            stand = isinstance(school_class, Table) and isinstance(subject, Table)
            if found is not None and stand and found.id in self._does[school_class.id, subject.id]:
                continue
            teacher = found if found is not None else main.ref
            values = {"teacher": teacher, "school_class": school_class, "subject": subject}
            yield Draft(Ref(f"teaching:{line.number}:{place}"), Teaching, values)

    def _leading(self, line: Line, led: Any, found: Staff | None, main: Draft) -> list[Draft]:
        first = self._leaders.setdefault(_key(led), line.number)
        if first != line.number:
            raise InvalidInput("leads", "import.two_leaders", row=first)
        if found is not None and isinstance(led, SchoolClass) and led.class_teacher_id == found.id:
            return []
        values = {"class_teacher": found if found is not None else main.ref}
        before = led.class_teacher if isinstance(led, SchoolClass) else None
        name = self._name(led)
        words = _("class teacher of {name} (in place of: {who})", name=name, who=str(before))
        words = words if before is not None else _("class teacher of {name}", name=name)
        return [Draft(Ref(f"leading:{line.number}"), SchoolClass, values, led, words=str(words))]

    def _name(self, target: Any) -> str:
        """The name of a class or subject, also of one that is new."""
        return str(self.structure.drafts[target].values["name"] if isinstance(target, Ref) else target.name)

    def _taught_words(self, teachings: Sequence[Draft]) -> str:
        """What the row adds to what somebody teaches: "teaches: Algebra 7А, 7Б; Geometry 7А"."""
        by_subject: dict[str, list[str]] = defaultdict(list)
        for one in teachings:
            by_subject[self._name(one.values["subject"])].append(self._name(one.values["school_class"]))
        what = "; ".join(f"{subject} {', '.join(classes)}" for subject, classes in by_subject.items())
        return str(_("teaches: {what}", what=what)) if what else ""

    def _refuse_seen(self, line: Line, key: Any) -> None:
        first = self._seen.setdefault(key, line.number)
        if first != line.number:
            raise InvalidInput("surname", "import.twice", row=first)


def _key(target: Any) -> str:
    return str(target) if isinstance(target, Ref) else f"{target.__tablename__}:{target.id}"


def _described(one: Staff) -> str:
    return ", ".join(part for part in (str(one), one.position, one.phone, one.email) if part)


TEACHERS = Kind(
    name="teachers",
    title=_("Staff with what they teach"),
    says=_("One row a member of staff: names, position, phone, the class led, and subjects with their classes."),
    records=("staff", "teaching", "school_class"),
    columns=COLUMNS,
    planner=Teachers,
)
