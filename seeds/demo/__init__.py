"""The demo school: a whole school at work, the same every time relative to today."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import School
from config import Settings
from seeds.demo.accounts import accounts, lay_accounts
from seeds.demo.calendar import Calendar, calendar_for
from seeds.demo.classes import lay_classes
from seeds.demo.families import lay_families
from seeds.demo.journal import lay_journal
from seeds.demo.lessons import lay_homework, lay_lessons
from seeds.demo.news import lay_news
from seeds.demo.staff import lay_staff
from seeds.demo.structure import lay_structure
from seeds.transaction import seeding

__all__ = ["accounts", "install"]


def install(settings: Settings, today: date | None = None) -> None:
    """Lay the demo school, all of it or nothing, where the database has no school; makes no notices."""
    with seeding(settings) as session, _without_collecting():
        if session.scalar(select(School.id).limit(1)) is None:
            _lay(session, settings, calendar_for(today or datetime.now(settings.timezone).date()))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """The many rows are no garbage before the end; looking for some among them takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _lay(session: Session, settings: Settings, calendar: Calendar) -> None:
    if not settings.demo_password:
        raise ValueError("the demo school needs a password for its accounts: ZVONOK_DEMO_PASSWORD")
    keys = lay_accounts(session, settings.demo_password)
    structure = lay_structure(session, settings, calendar)
    members = lay_staff(session, structure.school_id, keys, Random("staff"))
    plans = lay_classes(session, structure, calendar, members)
    pupils = lay_families(session, structure, plans, keys, Random("families"))
    given = lay_lessons(session, structure, calendar, plans)
    lay_homework(session, structure, given, Random("homework"))
    lay_journal(session, structure, calendar, given, pupils, Random("journal"))
    lay_news(session, structure, calendar, settings.timezone, plans, members)
