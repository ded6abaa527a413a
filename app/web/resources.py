"""What a web process holds for all of its requests: settings, connections to the database, Redis."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from app.services.jobs import redis_at
from app.session.actors import Actor
from app.session.engine import SchoolSession, make_engine
from config import Settings, sqlalchemy_url

NAME = "zvonok"
POOL_WAIT_SECONDS = 5
NO_REDIS = "redis://127.0.0.1:1/"  # nothing listens there: the task needs none


@dataclass(frozen=True)
class Resources:
    """One set for each application."""

    settings: Settings
    engine: Engine
    reads: Engine  # the same connections without transactions, for what is read by the way
    db: scoped_session[SchoolSession]
    redis: Redis

    @classmethod
    def of(cls, settings: Settings, actor_source: Callable[[Session], Actor | None]) -> "Resources":
        """Made without a word to the database or Redis: both may still be starting."""
        assert settings.database_app_url is not None
        engine = make_engine(
            sqlalchemy_url(settings.database_app_url),
            pool_size=settings.web_threads + 1,  # a request holds one, and borrows a second for its session's row
            pool_timeout=POOL_WAIT_SECONDS,
        )
        makes = sessionmaker(engine, class_=SchoolSession, expire_on_commit=False, info={"actor_source": actor_source})
        reads = engine.execution_options(isolation_level="AUTOCOMMIT")
        return cls(settings, engine, reads, scoped_session(makes), redis_at(settings.redis_url or NO_REDIS))

    def close(self) -> None:
        """Give every connection back; for tests and tasks that make an application for a moment."""
        self.db.remove()
        self.engine.dispose()


def resources(app: Flask | None = None) -> Resources:
    """Those of the application, else of the current one."""
    return (app or current_app).extensions[NAME]
