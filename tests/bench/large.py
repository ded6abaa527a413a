"""The large school of the seeds on a server of its own, for whoever measures: a full year, about 0.75 million marks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import seeds.year
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.serving import serving
from tests.support import DEMO_PASSWORD, SECRET_KEY, SchoolDatabase, install, settings_for

PEOPLE = {"guardian": "parent", "teacher": "teacher", "class teacher": "classteacher", "head": "head"}  # their accounts


@contextmanager
def large_school(folder: Path) -> Iterator[SchoolDatabase]:
    """Its database; the accounts are the demo's, with the tests' demo password."""
    (folder / "sockets").mkdir()
    server = Postgres(folder / "var", folder / "sockets")
    server.create()
    with serving(server):
        server.create_database()
        made = SchoolDatabase("zvonok", server.url(), app_url(server.url(), SECRET_KEY))
        settings = settings_for(made, "redis://127.0.0.1:1/", folder / "var", DEMO_PASSWORD=DEMO_PASSWORD)
        install(settings)
        seeds.year.install(settings)
        yield made
