"""What tests of all places share besides fixtures: a database's addresses, and settings for it."""

from dataclasses import dataclass
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import config
from launcher import database as launcher_database
from launcher.ports import free_ports

SECRET_KEY = "a secret key for the tests, long enough"
DEMO_PASSWORD = "demo-password-of-the-tests"


def school_today() -> date:
    """The day that the made schools' calendar shows: from 21:00 UTC on another than that of most machines."""
    return datetime.now(ZoneInfo("Europe/Moscow")).date()


@dataclass(frozen=True)
class SchoolDatabase:
    """One database: its name, and its address for the owner and for the application's role."""

    name: str
    owner_url: str
    app_url: str


def settings_for(database: SchoolDatabase, redis_url: str, var: Path, **changes: str) -> config.Settings:
    """Settings of a demo on this database; `changes` are further ZVONOK_* variables without that prefix."""
    web, smpp, http = free_ports(3)
    given = {
        "VAR": str(var),
        "DATABASE_URL": database.owner_url,
        "DATABASE_APP_URL": database.app_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": SECRET_KEY,
        "DEMO_PASSWORD": DEMO_PASSWORD,
        "PORT": str(web),
        "SIMULATOR_PORT": str(smpp),
        "SIMULATOR_HTTP_PORT": str(http),
        **changes,
    }
    return config.load({f"ZVONOK_{name}": value for name, value in given.items()})


def install(settings: config.Settings) -> None:
    """What `python run.py` does before it listens, without the demo school."""
    if find_spec("app.migrations.env") is not None:
        launcher_database.prepare(settings)
    if find_spec("app.factory") is not None:
        from app.factory import install_permissions

        install_permissions(settings)
    if find_spec("seeds") is not None and find_spec("seeds").origin is not None:
        import seeds

        seeds.install(settings)
