"""The schools of the seeds on a server of their own, for whoever measures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import seeds.demo
import seeds.year
from config import Settings
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.serving import serving
from tests.support import DEMO_PASSWORD, SECRET_KEY, SchoolDatabase, install, settings_for

PEOPLE = {"guardian": "parent", "teacher": "teacher", "class teacher": "classteacher", "head": "head"}  # their accounts


@contextmanager
def large_school(folder: Path) -> Iterator[SchoolDatabase]:
    """A full year, about 0.75 million marks; the accounts are the demo's, with the tests' demo password."""
    with _school(folder, seeds.year.install) as made:
        yield made


@contextmanager
def demo_school(folder: Path) -> Iterator[SchoolDatabase]:
    """The demo school, with no process at work."""
    with _school(folder, seeds.demo.install) as made:
        yield made


@contextmanager
def _school(folder: Path, lay: Callable[[Settings], None]) -> Iterator[SchoolDatabase]:
    """On a server that is careful about power cuts."""
    (folder / "sockets").mkdir()
    server = Postgres(folder / "var", folder / "sockets")
    server.create()
    with serving(server):
        server.create_database()
        made = SchoolDatabase("zvonok", server.url(), app_url(server.url(), SECRET_KEY))
        settings = settings_for(made, "redis://127.0.0.1:1/", folder / "var", DEMO_PASSWORD=DEMO_PASSWORD)
        install(settings)
        lay(settings)
        yield made
