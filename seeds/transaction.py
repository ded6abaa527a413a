"""The one transaction in which seeds are laid: as the application's role, one seeder at a time, all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import func, select

from app.records import ALL
from app.session import engine
from app.session.actors import SEEDER
from config import Settings, sqlalchemy_url

AROUND = {"around_the_rule": True}
_ONE_AT_A_TIME = 0x5345454453  # key of the advisory lock: two machines may start at the same moment


@contextmanager
def seeding(settings: Settings, *, as_owner: bool = False) -> Iterator[engine.SchoolSession]:
    """A session of the seeds; committed at the end of the block, and nothing of it stays where it is broken off."""
    url = settings.database_url if as_owner else settings.database_app_url
    assert url is not None
    database = engine.make_engine(sqlalchemy_url(url), pool_size=1)
    installed = tuple(engine.declarations().values()) or ALL
    # Seeds set every column themselves; filling in would ask the database once for each of many thousand rows.
    engine.install(replace(record, fill=None) for record in ALL)
    try:
        with engine.transaction(database, SEEDER) as session:
            session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)), execution_options=AROUND)
            yield session
    finally:
        engine.install(installed)
        database.dispose()
