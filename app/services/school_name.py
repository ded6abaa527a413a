"""The name of the school that this house belongs to, for pages and mails before anybody is known."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import School

AROUND = {"around_the_rule": True}  # nobody is signed in yet who could see the school


def school_name(session: Session) -> str:
    """Its name; "" where several schools, or none, share the house."""
    names = session.scalars(select(School.name).limit(2), execution_options=AROUND).all()
    return names[0] if len(names) == 1 else ""


def name_of_school(session: Session, school_id: int) -> str:
    """The name of that school, which the person sees."""
    return session.get_one(School, school_id).name
