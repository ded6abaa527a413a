"""A class teacher's start page: whose family cannot be reached, and what was remarked of late."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.models import (
    AbsenceNotice,
    Enrollment,
    Guardian,
    Guardianship,
    Remark,
    SchoolClass,
    SmsSubscription,
    Staff,
    Student,
    SuspendedNumber,
)
from app.services.start_away import enrolled_on, sorted_name

LOOKS_BACK = timedelta(days=7)
MOST_REMARKS = 5


def led_classes(session: Session, class_ids: Collection[int], today: date) -> Sequence[Any]:
    """The classes' ids and names, who of each is reported as absent and waits for an answer, whose number is silent."""
    said = func.concat_ws(" ", Student.surname, Student.given_name, func.to_char(AbsenceNotice.begins_on, "DD.MM"))
    notices = (
        select(func.array_agg(aggregate_order_by(said, AbsenceNotice.begins_on, AbsenceNotice.id)))
        .join(Student, Student.id == AbsenceNotice.student_id)
        .join(Enrollment, Enrollment.student_id == Student.id)
        .where(Enrollment.school_class_id == SchoolClass.id, enrolled_on(today), AbsenceNotice.state == "sent")
        .scalar_subquery()
    )
    child = func.concat_ws(" ", Student.surname, Student.given_name)
    whom = func.concat(func.concat_ws(" ", Guardian.surname, Guardian.given_name), " (", child, ")")
    silent = (
        select(func.array_agg(aggregate_order_by(whom, Guardian.surname, Guardian.id, Student.id)))
        .join(SuspendedNumber, SuspendedNumber.guardian_id == Guardian.id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Student, Student.id == Guardianship.student_id)
        .join(Enrollment, Enrollment.student_id == Student.id)
        .where(Enrollment.school_class_id == SchoolClass.id, enrolled_on(today), standing(today))
        .where(SuspendedNumber.freed_at.is_(None))
        .scalar_subquery()
    )
    query = select(SchoolClass.id, SchoolClass.name, notices.label("notices"), silent.label("silent"))
    return session.execute(
        query.where(SchoolClass.id.in_(class_ids)).order_by(SchoolClass.grade_level, SchoolClass.name)
    ).all()


def standing(today: date) -> Any:
    """The condition of a guardianship that holds on the day."""
    return (
        ~Guardianship.barred
        & (Guardianship.begins_on.is_(None) | (Guardianship.begins_on <= today))
        & (Guardianship.ends_on.is_(None) | (Guardianship.ends_on >= today))
    )


def unreached(session: Session, class_ids: Collection[int], today: date) -> Sequence[Any]:
    """Students of the classes whom no SMS would tell: rows of id, surname, given_name, has_guardian, has_phone.

    Told is who has a guardian with a confirmed phone and, of such a one, a subscription in force.
    """
    guardians = select(Guardianship.id).where(Guardianship.student_id == Student.id, standing(today))
    with_phone = guardians.join(Guardian, Guardian.id == Guardianship.guardian_id).where(
        Guardian.phone_confirmed_at.is_not(None), Guardian.phone.is_not(None)
    )
    subscribed = with_phone.join(
        SmsSubscription,
        (SmsSubscription.guardian_id == Guardianship.guardian_id) & (SmsSubscription.student_id == Student.id),
    ).where(SmsSubscription.status == "active", SmsSubscription.phone_confirmed_at.is_not(None))
    query = (
        select(
            Student.id,
            Student.surname,
            Student.given_name,
            guardians.exists().label("has_guardian"),
            with_phone.exists().label("has_phone"),
        )
        .join(Enrollment, (Enrollment.student_id == Student.id) & enrolled_on(today))
        .where(Enrollment.school_class_id.in_(class_ids), or_(~with_phone.exists(), ~subscribed.exists()))
        .order_by(sorted_name(Student.surname), Student.given_name, Student.id)
    )
    return session.execute(query).all()


def recent_remarks(session: Session, class_ids: Collection[int], today: date) -> Sequence[Any]:
    """The newest remarks and praise of the last days: id, kind, text, given_on, surname, given_name, author."""
    members = select(Enrollment.student_id).where(Enrollment.school_class_id.in_(class_ids), enrolled_on(today))
    query = (
        select(
            Remark.id,
            Remark.kind,
            Remark.text,
            Remark.given_on,
            Student.surname,
            Student.given_name,
            func.concat_ws(" ", Staff.surname, Staff.given_name).label("author"),
        )
        .join(Student, Student.id == Remark.student_id)
        .outerjoin(Staff, Staff.id == Remark.author_id)
        .where(Remark.student_id.in_(members), Remark.given_on >= today - LOOKS_BACK, Remark.given_on <= today)
        .order_by(Remark.given_on.desc(), Remark.id.desc())
        .limit(MOST_REMARKS)
    )
    return session.execute(query).all()
