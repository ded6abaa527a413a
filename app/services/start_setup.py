"""A school administrator's start page: accounts that need a hand, and what the school's set-up still lacks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_appbuilder.security.sqla.models import User, assoc_user_role
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import (
    AcademicYear,
    BellPeriod,
    BellSchedule,
    School,
    SchoolClass,
    SmsLink,
    Subject,
    Teaching,
    Term,
    TimetableEntry,
    WorkType,
)
from app.services.account_reach import seen_accounts
from app.session.engine import actor_of

MOST_NAMED = 5


@dataclass(frozen=True)
class Accounts:
    """Accounts without a role (id, username, name), how many they are, how many may not sign in, how many in all."""

    without_role: Sequence[Any]
    without_role_count: int
    disabled: int
    all: int


def accounts(session: Session) -> Accounts:
    """The accounts of the administrator's schools, in two statements; ask it only for who may open their list."""
    seen = seen_accounts(actor_of(session))
    has_role = select(assoc_user_role.c.user_id).where(assoc_user_role.c.user_id == User.id).exists()
    query = (
        select(User.id, User.username, func.concat_ws(" ", User.last_name, User.first_name).label("name"))
        .where(seen, User.active.is_(True), ~has_role)
        .order_by(User.last_name, User.first_name, User.id)
        .limit(MOST_NAMED)
    )
    counts = select(
        func.count(User.id).filter(User.active.is_(True), ~has_role),
        func.count(User.id).filter(User.active.is_not(True)),
        func.count(User.id),
    ).where(seen)
    return Accounts(session.execute(query).all(), *session.execute(counts).one())


def missing(session: Session, school_ids: Collection[int], today: date) -> list[str]:
    """Record types of which a school has none that serves today, in the order in which one sets up; one statement."""
    year = select(AcademicYear.id).where(AcademicYear.begins_on <= today, AcademicYear.ends_on >= today)
    bells = select(BellPeriod.id).join(BellSchedule, BellSchedule.id == BellPeriod.bell_schedule_id)
    timetable = select(TimetableEntry.id).where(TimetableEntry.begins_on <= today, TimetableEntry.ends_on >= today)
    wanted: dict[str, tuple[Any, Any]] = {
        "academic_year": (AcademicYear, year),
        "term": (Term, select(Term.id).where(Term.begins_on <= today, Term.ends_on >= today)),
        "bell_period": (BellPeriod, bells.where(BellSchedule.is_default)),
        "subject": (Subject, select(Subject.id)),
        "work_type": (WorkType, select(WorkType.id)),
        "school_class": (SchoolClass, select(SchoolClass.id).where(SchoolClass.academic_year_id.in_(year))),
        "teaching": (Teaching, select(Teaching.id)),
        "timetable_entry": (TimetableEntry, timetable),
        "sms_link": (SmsLink, select(SmsLink.id).where(SmsLink.active)),
    }
    columns = [
        query.where(model.school_id == School.id).exists().label(name) for name, (model, query) in wanted.items()
    ]
    rows = session.execute(select(School.id, *columns).where(School.id.in_(school_ids))).all()
    return [name for name in wanted if any(not getattr(row, name) for row in rows)]
