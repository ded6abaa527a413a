"""Which member of staff an account is: tied by an administrator, since staff get no letters."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import Staff
from app.services.start_away import sorted_name

MAY_TIE = ("can_write", "staff")


def staff_to_tie(session: Session, user_id: int | None) -> Sequence[Staff]:
    """The members of staff without an account whom the person sees, and who the account is already."""
    free = or_(Staff.user_id.is_(None), Staff.user_id == user_id) if user_id is not None else Staff.user_id.is_(None)
    return session.scalars(
        select(Staff).where(free).order_by(sorted_name(Staff.surname), Staff.given_name, Staff.id)
    ).all()


def tie(session: Session, user_id: int, staff_id: int) -> bool:
    """Make the account this member of staff, and no other whom the person sees; 0: nobody. Whether anything changed.

    The caller commits.
    """
    members = staff_to_tie(session, user_id)
    leaves = [member for member in members if member.user_id == user_id and member.id != staff_id]
    comes = [member for member in members if member.id == staff_id and member.user_id is None]
    for member in leaves:
        member.user_id = None
    session.flush()  # an account is one member of a school's staff: the former place is free first
    for member in comes:
        member.user_id = user_id
    session.flush()
    return bool(leaves or comes)
