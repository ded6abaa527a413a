"""A large school for measuring and trying: 1,100 students in 33 classes with a full year behind them, and more years.

The current year is whole and has its history, a valid chain. Left out: remarks, debts, announcements, messages; of
years before it also guardians of those who left, subgroups, homework, and the history, so that `ledger verify` names
their rows.
"""

from datetime import date, datetime
from random import Random

import psycopg
from sqlalchemy import select

from app.models import School
from app.session.actors import SEEDER
from app.session.history import author_key, lock_head
from config import Settings
from seeds.demo.accounts import accounts, lay_accounts
from seeds.demo.calendar import Calendar, calendar_at_its_end
from seeds.demo.classes import lay_classes
from seeds.demo.families import lay_families
from seeds.demo.staff import lay_staff
from seeds.demo.structure import SCHOOL, lay_structure
from seeds.transaction import seeding
from seeds.year.copying import Chain, Copies, set_aside
from seeds.year.earlier import lay_earlier_years
from seeds.year.frame import SIZES, posts, weeks
from seeds.year.journal import lay_year
from seeds.year.plans import Year, year_of

__all__ = ["accounts", "install"]

IS_LARGE = "SELECT name = %s AND EXISTS (SELECT 1 FROM school_class WHERE name = '11В') FROM school"
TABLES = ("lesson", "homework", "mark", "absence", "term_mark", "revision", "revision_value")


class AnotherSchool(Exception):
    """The database has a school that is not this one."""


def install(settings: Settings, years: int = 1, today: date | None = None) -> None:
    """Lay the large school, all of it or nothing, where there is no school; then the years before that lack.

    The owner's address is needed: indexes and keys are made anew after the rows, which is several times as fast.
    Raises AnotherSchool, and changes nothing, where the database has one.
    """
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        schools = connection.execute(IS_LARGE, (SCHOOL,)).fetchall()
    if schools not in ([], [(True,)]):
        raise AnotherSchool
    if not schools:
        _lay_school(settings, calendar_at_its_end(today or datetime.now(settings.timezone).date()))
    with psycopg.connect(settings.database_url) as connection:
        lay_earlier_years(connection, years - 1)
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _lay_school(settings: Settings, calendar: Calendar) -> None:
    """The frame as the demo's is laid, row by row; what fills the tables by COPY, in the same transaction."""
    with seeding(settings, as_owner=True) as session:
        if session.scalar(select(School.id).limit(1)) is not None:
            return
        keys = lay_accounts(session, settings.demo_password)
        structure = lay_structure(session, settings, calendar)
        members = lay_staff(session, structure.school_id, keys, Random("staff"), posts())
        plans = lay_classes(session, structure, calendar, members, weeks())
        pupils = lay_families(session, structure, plans, keys, Random("families"), SIZES)
        year: Year = year_of(structure, calendar, plans, pupils)
        chain = Chain(structure.school_id, author_key(session, SEEDER), *lock_head(session, structure.school_id))
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        with set_aside(connection, TABLES):
            copies = Copies(connection, structure.school_id, chain)
            lay_year(copies, year, Random("year"))
            copies.finish()
