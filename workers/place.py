"""Where a job works: the database of this process, opened once."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine

from app.records import ALL
from app.session.actors import Actor
from app.session.engine import SchoolSession, install, make_engine, transaction
from config import Settings, load, sqlalchemy_url

_settings: list[Settings] = []


def settle_in(settings: Settings) -> None:
    """Let the jobs of this process work with these settings; called once, before the first job."""
    _settings[:] = [settings]
    engine.cache_clear()
    install(ALL)


def settings() -> Settings:
    """The settings that this process was started with."""
    if not _settings:
        settle_in(load())
    return _settings[0]


@cache
def engine() -> Engine:
    """This process's engine, as the role that owns nothing."""
    url = settings().database_app_url
    if url is None:
        raise RuntimeError("ZVONOK_DATABASE_APP_URL is not set; start the worker by `python run.py worker`")
    return make_engine(sqlalchemy_url(url), pool_size=2)


@contextmanager
def work(actor: Actor) -> Iterator[SchoolSession]:
    """A transaction of a named part of the system."""
    with transaction(engine(), actor) as session:
        yield session
