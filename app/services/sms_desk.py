"""The desk: guardians beside children as a secretary looks for them, and who else has a number."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Enrollment, Guardian, Guardianship, SchoolClass, SmsSubscription, Student, SuspendedNumber
from app.services.start_away import enrolled_on, sorted_name
from app.services.subscribing import holds

AROUND = {"around_the_rule": True}
MOST_FOUND = 60  # a whole class with two guardians each
MOST_WORDS = 4
FEWEST_DIGITS = 3  # of a phone that is looked for
_PHONE = re.compile(r"[+0-9()\s\-–.]+")


@dataclass(frozen=True)
class Line:
    """A guardian beside a child, and how the SMS diary stands between them."""

    guardianship: Guardianship
    subscription: SmsSubscription | None
    school_class: str = ""
    is_silent: bool = False  # nothing arrives at its number


def found_at_the_desk(session: Session, typed: str, today: date) -> tuple[list[Line], bool]:
    """Guardians beside children by surname, name, class or phone; and whether there are more. Four statements."""
    if not typed.split():
        return [], False
    query = (
        select(Guardianship)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Student, Student.id == Guardianship.student_id)
        .options(joinedload(Guardianship.guardian), joinedload(Guardianship.student))
        .where(holds(today), *_conditions(typed, today))
        .order_by(sorted_name(Guardian.surname), Guardian.given_name, Guardianship.id)
        .limit(MOST_FOUND + 1)
    )
    rows = session.scalars(query).all()
    shown = rows[:MOST_FOUND]
    if not shown:
        return [], False
    standing = select(SmsSubscription).where(
        SmsSubscription.guardian_id.in_({row.guardian_id for row in shown}), SmsSubscription.status != "stopped"
    )
    by_pair = {(one.guardian_id, one.student_id): one for one in session.scalars(standing)}
    silent = _silent(session, list(by_pair.values()))
    classes = _classes(session, {row.student_id for row in shown}, today)
    pairs = [(row, by_pair.get((row.guardian_id, row.student_id))) for row in shown]
    lines = [
        Line(row, one, classes.get(row.student_id, ""), one is not None and (one.guardian_id, one.phone) in silent)
        for row, one in pairs
    ]
    return lines, len(rows) > MOST_FOUND


def _conditions(typed: str, today: date) -> list[Any]:
    """A phone however it is written, of the records or the SMS diary; else every word begins a name or is a class."""
    digits = re.sub(r"[^0-9]", "", typed)
    if len(digits) >= FEWEST_DIGITS and _PHONE.fullmatch(typed):
        digits = digits[1:] if len(digits) == 11 and digits[0] in "78" else digits
        told = select(SmsSubscription.guardian_id).where(
            SmsSubscription.phone.contains(digits), SmsSubscription.status != "stopped"
        )
        return [or_(Guardian.phone.contains(digits), Guardian.id.in_(told))]
    found = []
    for word in typed.casefold().replace("ё", "е").split()[:MOST_WORDS]:
        names = (Guardian.surname, Guardian.given_name, Guardian.patronymic, Student.surname, Student.given_name)
        begins = [sorted_name(name).startswith(word, autoescape=True) for name in names]
        of_class = (
            select(Enrollment.student_id)
            .join(SchoolClass, SchoolClass.id == Enrollment.school_class_id)
            .where(enrolled_on(today), func.lower(SchoolClass.name) == word)
        )
        is_part = word.isdigit() and len(word) >= FEWEST_DIGITS
        found.append(or_(*begins, Student.id.in_(of_class), *([Guardian.phone.contains(word)] if is_part else [])))
    return found


def _classes(session: Session, student_ids: Collection[int], today: date) -> dict[int, str]:
    query = (
        select(Enrollment.student_id, SchoolClass.name)
        .join(SchoolClass, SchoolClass.id == Enrollment.school_class_id)
        .where(Enrollment.student_id.in_(student_ids), enrolled_on(today))
    )
    return {row.student_id: row.name for row in session.execute(query)}


def _silent(session: Session, subscriptions: Sequence[SmsSubscription]) -> set[tuple[int, str]]:
    """The guardians and phones of these at which nothing arrives."""
    if not subscriptions:
        return set()
    query = select(SuspendedNumber.guardian_id, SuspendedNumber.phone).where(
        SuspendedNumber.guardian_id.in_({one.guardian_id for one in subscriptions}), SuspendedNumber.freed_at.is_(None)
    )
    return {(row.guardian_id, row.phone) for row in session.execute(query, execution_options=AROUND)}


def others_with(session: Session, phone: str, guardian_id: int) -> Sequence[Guardian]:
    """Other guardians who have this number, as far as the person sees them: a slip of the pen, or a shared phone."""
    told = select(SmsSubscription.guardian_id).where(
        SmsSubscription.phone == phone, SmsSubscription.status != "stopped"
    )
    query = select(Guardian).where(or_(Guardian.phone == phone, Guardian.id.in_(told)), Guardian.id != guardian_id)
    return session.scalars(query.order_by(Guardian.id).limit(3)).all()


def children_of(session: Session, guardian_id: int, today: date) -> Sequence[Student]:
    """Those beside whom the guardian stands today: a consent names them all."""
    query = select(Student).join(Guardianship, Guardianship.student_id == Student.id)
    return session.scalars(
        query.where(Guardianship.guardian_id == guardian_id, holds(today)).order_by(Student.id)
    ).all()
