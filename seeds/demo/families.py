"""The demo's students and their families: who is whose child, and on which phone a family is reached."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from random import Random

from sqlalchemy.orm import Session

from app.models import Consent, Enrollment, Guardian, Guardianship, SmsSubscription, Student, SubgroupMember
from app.models.base import Table
from seeds.demo.classes import ClassPlan
from seeds.demo.laying import lay
from seeds.demo.names import FATHERS, SURNAMES, Name, name_of_adult, name_of_child
from seeds.demo.structure import Structure

CLASS_SIZES = (25, 26, 24)


@dataclass(frozen=True, eq=False)
class Child:
    """A student to be, and the account's login where there is one."""

    school_class: str
    name: Name
    login: str = ""


@dataclass(frozen=True, eq=False)
class Adult:
    """A guardian to be."""

    name: Name
    kinship: str
    login: str = ""
    is_subscribed: bool = False


@dataclass(frozen=True)
class Family:
    """Guardians and their children at the school."""

    adults: tuple[Adult, ...]
    children: tuple[Child, ...]


KNOWN_FAMILIES = (  # the first has the phone +79990000001, the second +79990000002
    Family(
        (Adult(Name("Соколова", "Елена", "Викторовна"), "mother", "parent", is_subscribed=True),),
        (
            Child("5А", Name("Соколова", "Анна", "Сергеевна"), "student"),
            Child("8Б", Name("Соколов", "Михаил", "Сергеевич")),
        ),
    ),
    Family(
        (Adult(Name("Ковалёв", "Дмитрий", "Игоревич"), "father", "parent2"),),
        (Child("5Б", Name("Ковалёв", "Пётр", "Дмитриевич")),),
    ),
)


@dataclass(frozen=True)
class Pupils:
    """Students as lessons find them."""

    of_class: dict[int, list[Student]]
    of_subgroup: dict[int, list[Student]]


def families(names_of_classes: Sequence[str], choose: Random, sizes: Sequence[int] = CLASS_SIZES) -> list[Family]:
    """The known families, and as many drawn ones as fill the classes."""
    known = [child.school_class for family in KNOWN_FAMILIES for child in family.children]
    drawn = [
        _drawn_family(name, choose)
        for name, size in zip(names_of_classes, cycle(sizes), strict=False)
        for _ in range(size - known.count(name))
    ]
    return [*KNOWN_FAMILIES, *drawn]


def _drawn_family(school_class: str, choose: Random) -> Family:
    surname, fathers_name = choose.choice(SURNAMES), choose.choice(FATHERS)[0]
    adults = []
    if choose.random() < 0.93:
        adults.append(Adult(name_of_adult(choose, surname, is_woman=True), "mother"))
    if choose.random() < 0.65:
        adults.append(Adult(name_of_adult(choose, surname, is_woman=False, given_name=fathers_name), "father"))
    if not adults:
        adults.append(Adult(name_of_adult(choose, surname, is_woman=True), "representative"))
    return Family(tuple(adults), (Child(school_class, name_of_child(choose, surname, fathers_name)),))


def lay_families(
    session: Session,
    structure: Structure,
    plans: Sequence[ClassPlan],
    accounts: Mapping[str, int],
    choose: Random,
    sizes: Sequence[int] = CLASS_SIZES,
) -> Pupils:
    """Make students and guardians, and all that binds them together."""
    given = families([plan.school_class.name for plan in plans], choose, sizes)
    grades = {plan.school_class.name: plan.school_class.grade_level for plan in plans}
    begins_on = structure.year.begins_on
    agreed_at = datetime.combine(begins_on, time(12), UTC)
    students = {
        child: Student(
            school_id=structure.school_id,
            **child.name._asdict(),
            born_on=_birthday(begins_on, grades[child.school_class], choose),
            user_id=accounts.get(child.login),
        )
        for family in given
        for child in family.children
    }
    guardians = {
        adult: Guardian(
            school_id=structure.school_id,
            **adult.name._asdict(),
            phone=f"+7999{number:07}",
            phone_confirmed_at=agreed_at if adult.login else None,
            user_id=accounts.get(adult.login),
        )
        for number, adult in enumerate((adult for family in given for adult in family.adults), start=1)
    }
    lay(session, [*students.values(), *guardians.values()])
    lay(session, list(_bonds(structure, given, students, guardians, agreed_at)))
    return _lay_enrollments(session, structure, plans, students)


def _birthday(begins_on: date, grade_level: int, choose: Random) -> date:
    """Between six and a half and seven and a half years before the first of September of grade 1."""
    return date(begins_on.year - 6 - grade_level, 3, 1) + timedelta(days=choose.randrange(365))


def _bonds(
    structure: Structure,
    given: Sequence[Family],
    students: Mapping[Child, Student],
    guardians: Mapping[Adult, Guardian],
    agreed_at: datetime,
) -> Iterator[Table]:
    school_id = structure.school_id
    for family in given:
        for adult in family.adults:
            guardian = guardians[adult]
            for kind in ("urgent", "sms_diary") if adult.is_subscribed else ("urgent",):
                yield Consent(
                    school_id=school_id, guardian_id=guardian.id, phone=guardian.phone, kind=kind, given_at=agreed_at
                )
            for child in family.children:
                keys = {"school_id": school_id, "guardian_id": guardian.id, "student_id": students[child].id}
                yield Guardianship(**keys, kinship=adult.kinship)
                if adult.is_subscribed:
                    yield SmsSubscription(
                        **keys,
                        phone=guardian.phone,
                        phone_confirmed_at=agreed_at,
                        marks="at_once",
                        absences="at_once",
                        digest_days=[1, 2, 3, 4, 5, 6, 7],
                    )


def _lay_enrollments(
    session: Session, structure: Structure, plans: Sequence[ClassPlan], students: Mapping[Child, Student]
) -> Pupils:
    pupils = Pupils({}, {})
    rows: list[Table] = []
    for plan in plans:
        key = plan.school_class.id
        members = [student for child, student in students.items() if child.school_class == plan.school_class.name]
        members.sort(key=lambda student: str(student).replace("ё", "е").replace("Ё", "Е"))
        pupils.of_class[key] = members
        rows += [
            Enrollment(
                school_id=structure.school_id,
                student_id=student.id,
                school_class_id=key,
                begins_on=structure.year.begins_on,
            )
            for student in members
        ]
        for number, subgroup in enumerate(plan.subgroups):
            part = members[number :: len(plan.subgroups)]
            pupils.of_subgroup[subgroup.id] = part
            rows += [
                SubgroupMember(school_id=structure.school_id, student_id=student.id, subgroup_id=subgroup.id)
                for student in part
            ]
    lay(session, rows)
    return pupils
