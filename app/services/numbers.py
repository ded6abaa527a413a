"""Numbers that do not answer: after so many failures in a row nothing is sent there until somebody sets it right."""

from collections.abc import Collection, Sequence
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import Conflict, NotFound
from app.models import Enrollment, Guardian, Guardianship, SchoolClass, Student, SuspendedNumber
from app.services.settings import rules_of
from app.services.start_away import enrolled_on, sorted_name
from app.session.actors import Actor

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
MAY_SEE = ("can_read", "suspended_number")
MAY_FREE = ("can_write", "guardian")
LOOKS_BACK_HOURS = 24
# What an operator refuses for good because of the number itself, and not because of the link or the text.
OF_THE_NUMBER = (0x0B, 0x50, 0x51)

SCHOOLS = text("""
SELECT DISTINCT school_id FROM sms_message WHERE state IN ('undeliverable', 'rejected')
AND done_at > now() - make_interval(hours => :hours) AND submitted_at IS NOT NULL
""")

# The last texts that came to an end for good, since the number was freed last. What expired tells nothing of a number:
# a phone may be switched off for a day.
FAILING = text("""
WITH lately AS (
    SELECT DISTINCT m.school_id, m.phone, m.guardian_id FROM sms_message m
    JOIN unnest(CAST(:schools AS bigint[]), CAST(:limits AS int[])) AS rule (school_id, most) USING (school_id)
    WHERE m.state IN ('undeliverable', 'rejected') AND m.done_at > now() - make_interval(hours => :hours)
    AND m.guardian_id IS NOT NULL AND m.submitted_at IS NOT NULL AND rule.most > 0)
SELECT lately.school_id, lately.phone, lately.guardian_id, rule.most, last.error
FROM lately JOIN unnest(CAST(:schools AS bigint[]), CAST(:limits AS int[])) AS rule (school_id, most) USING (school_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS ended, bool_and(ending.is_failure) AS has_failed,
        (array_agg(ending.error ORDER BY ending.done_at DESC))[1] AS error
    FROM (
        SELECT m.error, m.done_at,
            m.state = 'undeliverable' OR m.state = 'rejected' AND m.error_code = ANY(:codes) AS is_failure
        FROM sms_message m
        WHERE m.phone = lately.phone AND m.school_id = lately.school_id AND m.submitted_at IS NOT NULL
        AND m.state IN ('delivered', 'undeliverable', 'rejected')
        AND m.done_at > coalesce((SELECT max(x.freed_at) FROM suspended_number x
            WHERE x.phone = m.phone AND x.school_id = m.school_id), '-infinity')
        ORDER BY m.done_at DESC, m.id DESC LIMIT rule.most) AS ending) AS last
WHERE last.ended >= rule.most AND last.has_failed
AND NOT EXISTS (SELECT FROM suspended_number x
    WHERE x.phone = lately.phone AND x.guardian_id = lately.guardian_id AND x.freed_at IS NULL)
ORDER BY lately.school_id, lately.phone, lately.guardian_id
""")

FREE = text("""
UPDATE suspended_number SET freed_at = now(), freed_by = :how, freed_by_id = :staff
WHERE guardian_id = :guardian AND phone = :phone AND freed_at IS NULL RETURNING id
""")


def suspend_numbers(session: Session) -> int:
    """Suspend what has failed too often of late; how many. The caller commits; running it again suspends none."""
    schools = set(session.scalars(SCHOOLS, {"hours": LOOKS_BACK_HOURS}, execution_options=AROUND))
    if not schools:
        return 0
    rules = rules_of(session, schools)
    given = {
        "schools": list(rules), "limits": [rule.number("failures_to_suspend") for rule in rules.values()],
        "hours": LOOKS_BACK_HOURS, "codes": list(OF_THE_NUMBER),
    }  # fmt: skip
    failing = session.execute(FAILING, given, execution_options=AROUND).all()
    for row in failing:
        session.add(
            SuspendedNumber(
                school_id=row.school_id, guardian_id=row.guardian_id, phone=row.phone, failures=row.most,
                error=row.error or "",
            )
        )  # fmt: skip
    session.flush()
    if failing:
        log.warning("numbers.suspended", guardians=[row.guardian_id for row in failing])
    return len(failing)


def free_number(session: Session, guardian_id: int, phone: str, how: str, staff_id: int | None = None) -> bool:
    """Let texts go to the guardian's number again; whether it was suspended. The caller commits.

    Around the rule: who proves a phone, or frees it at the office, was found to be the one who may.
    """
    given = {"guardian": guardian_id, "phone": phone, "how": how, "staff": staff_id}
    freed = session.execute(FREE, given, execution_options=AROUND).all()
    for row in freed:
        log.info("numbers.freed", number=row.id, how=how)
    return bool(freed)


def free_by_office(session: Session, person: Actor, pk: int) -> None:
    """The office frees a number that it sees; the caller commits. Raises NotFound and Conflict."""
    found = session.scalars(select(SuspendedNumber).where(SuspendedNumber.id == pk)).first()
    if found is None:
        raise NotFound
    staff_id = person.staff_of_school.get(found.school_id)
    if not free_number(session, found.guardian_id, found.phone, "office", staff_id):
        raise Conflict("conflict.changed")


def is_suspended(session: Session, guardian_id: int, phone: str) -> bool:
    """Whether nothing but codes and answers goes there."""
    query = select(SuspendedNumber.id).where(
        SuspendedNumber.guardian_id == guardian_id, SuspendedNumber.phone == phone, SuspendedNumber.freed_at.is_(None)
    )
    return session.scalars(query.limit(1), execution_options=AROUND).first() is not None


def suspended_numbers(session: Session, class_ids: Collection[int] | None, today: Any) -> Sequence[Any]:
    """What is suspended, as the person sees it, of these classes where named; with the children whom to ask.

    Rows of the number, and its children as "Surname Name, class". Two statements.
    """
    query = (
        select(SuspendedNumber)
        .options(joinedload(SuspendedNumber.guardian))
        .join(Guardian, Guardian.id == SuspendedNumber.guardian_id)
        .where(SuspendedNumber.freed_at.is_(None))
        .order_by(sorted_name(Guardian.surname), Guardian.given_name, SuspendedNumber.id)
    )
    numbers = session.scalars(query).all()
    if not numbers:
        return []
    beside = (
        select(Guardianship.guardian_id, Student.surname, Student.given_name, SchoolClass.name, SchoolClass.id)
        .join(Student, Student.id == Guardianship.student_id)
        .join(Enrollment, (Enrollment.student_id == Student.id) & enrolled_on(today))
        .join(SchoolClass, SchoolClass.id == Enrollment.school_class_id)
        .where(Guardianship.guardian_id.in_({one.guardian_id for one in numbers}), Guardianship.barred.is_(False))
        .order_by(Student.surname, Student.given_name)
    )
    if class_ids is not None:
        beside = beside.where(SchoolClass.id.in_(class_ids))
    children: dict[int, list[str]] = {}
    for row in session.execute(beside):
        children.setdefault(row.guardian_id, []).append(f"{row.surname} {row.given_name}, {row.name}")
    shown = [(one, children.get(one.guardian_id, [])) for one in numbers]
    return [pair for pair in shown if pair[1] or class_ids is None]
