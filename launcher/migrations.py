"""Migrations for whoever changes the tables: written from the models, and compared with them, on a new database."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from launcher.database import MIGRATIONS, alembic_config, migrate
from launcher.postgres import Postgres
from launcher.serving import serving
from launcher.sockets import socket_folder


def differences() -> list[str]:
    """Where the migrations do not make what the models say, in sentences; none where all is well."""
    with _new_database() as owner_url:
        return differences_of(owner_url)


def differences_of(owner_url: str) -> list[str]:
    """The same on an empty database that is there already."""
    configuration = alembic_config(owner_url)
    heads = ScriptDirectory.from_config(configuration).get_heads()
    if len(heads) != 1:
        return [f"There are {len(heads)} newest migrations instead of one: {', '.join(heads)}."]
    migrate(owner_url)
    try:
        command.check(configuration)
    except CommandError as difference:
        return [str(difference)]
    return []


def write_migration(message: str, folder: Path = MIGRATIONS) -> str:
    """Write the next migration from the models; a sentence about it."""
    with _new_database() as owner_url:
        migrate(owner_url, folder)
        configuration = alembic_config(owner_url, folder)
        newest = ScriptDirectory.from_config(configuration).get_current_head() or "0"
        made = command.revision(configuration, message, autogenerate=True, rev_id=f"{int(newest) + 1:04}")
    assert made is not None
    assert not isinstance(made, list)
    return f"Written: {Path(made.path).name} in {folder}. Read it before you commit it."


@contextmanager
def _new_database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="zvonok-") as folder, socket_folder() as sockets:
        server = Postgres(Path(folder), sockets, settings={"fsync": "off"})
        server.create(sync=False)
        with serving(server):
            server.create_database()
            yield server.url()
