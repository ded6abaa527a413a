"""What a running launcher tells the commands beside it: the addresses of its servers, in var/run/services.json."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from config import Settings
from launcher import addresses, demo, keys
from launcher.errors import CannotStart
from launcher.lock import is_held, only_one
from launcher.postgres import Postgres
from launcher.serving import serving
from launcher.sockets import socket_folder

SOCKETS = "sockets"


@dataclass(frozen=True)
class Services:
    """Where the launcher's servers are."""

    database_url: str
    database_app_url: str
    redis_url: str

    def publish(self, var: Path) -> None:
        keys.keep(var / "run", "services.json", json.dumps(asdict(self)))

    @classmethod
    def of_running_launcher(cls, var: Path) -> "Services | None":
        """What the launcher of this folder wrote; None where none runs or its servers are not up yet."""
        if not is_held(var):
            return None
        try:
            return cls(**json.loads((var / "run" / "services.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None


def with_secrets(settings: Settings) -> Settings:
    """The same settings with the secret key and the demo password that this var folder keeps."""
    secret_key = settings.secret_key or keys.kept(settings.var / "secret", "key")
    return replace(settings, secret_key=secret_key, demo_password=demo.with_password(settings))


def for_one_process(settings: Settings) -> Settings:
    """Complete settings for a process of its own, without the owner; raises CannotStart, naming what lacks."""
    settings = with_secrets(settings)
    running = Services.of_running_launcher(settings.var)
    app_url = settings.database_app_url
    if app_url is None and settings.database_url is not None:
        app_url = addresses.app_url(settings.database_url, settings.secret_key)
    app_url = app_url or (running.database_app_url if running else None)
    redis_url = settings.redis_url or (running.redis_url if running else None)
    if app_url is None:
        raise CannotStart("There is no database: start `python run.py`, or set ZVONOK_DATABASE_URL.")
    if redis_url is None:
        raise CannotStart("There is no Redis: start `python run.py`, or set ZVONOK_REDIS_URL.")
    return replace(settings, database_url=None, database_app_url=app_url, redis_url=redis_url)


@contextmanager
def for_a_reader(settings: Settings) -> Iterator[Settings]:
    """Complete settings for a task to which the application's own address is enough."""
    if settings.database_app_url is not None:
        yield with_secrets(settings)
        return
    with for_the_owner(settings) as complete:
        yield complete


def refuse_half_a_database(settings: Settings) -> None:
    """Raises CannotStart where only the application has an address: the embedded database would be another one."""
    if settings.database_app_url is not None and settings.database_url is None:
        raise CannotStart(
            "ZVONOK_DATABASE_APP_URL is set and ZVONOK_DATABASE_URL is not: this needs the owner of the tables too."
        )


@contextmanager
def for_the_owner(settings: Settings) -> Iterator[Settings]:
    """Complete settings with the owner's address; the embedded server runs for this time where nothing runs."""
    refuse_half_a_database(settings)
    settings = with_secrets(settings)
    if settings.database_url is not None:
        yield _with_database(settings, settings.database_url)
        return
    running = Services.of_running_launcher(settings.var)
    if running is not None:
        settings = replace(settings, redis_url=settings.redis_url or running.redis_url)
        yield _with_database(settings, running.database_url)
        return
    with only_one(settings.var), socket_folder() as sockets:
        server = Postgres(settings.var, sockets)
        server.create()
        with serving(server):
            server.create_database()
            yield _with_database(settings, server.url())


def _with_database(settings: Settings, owner_url: str) -> Settings:
    app_url = settings.database_app_url or addresses.app_url(owner_url, settings.secret_key)
    return replace(settings, database_url=owner_url, database_app_url=app_url)


def clear_after_unclean_end(var: Path) -> bool:
    """Remove what a killed launcher left; True where it left something. Call it while holding the folder."""
    (var / "run" / "services.json").unlink(missing_ok=True)
    note = var / "run" / SOCKETS
    if not note.exists():
        return False
    shutil.rmtree(note.read_text(encoding="utf-8").strip(), ignore_errors=True)
    note.unlink()
    return True


@contextmanager
def noted_sockets(var: Path, folder: Path) -> Iterator[None]:
    """While the block runs, a note tells the next start which folder of sockets is to be removed."""
    keys.keep(var / "run", SOCKETS, str(folder))
    yield
    (var / "run" / SOCKETS).unlink(missing_ok=True)
