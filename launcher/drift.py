"""Whether the migrations make just what the models say, tried on a new database of its own."""

import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from launcher.database import alembic_config, migrate
from launcher.postgres import Postgres
from launcher.serving import serving


def differences() -> list[str]:
    """Sentences; none where all is well."""
    with (
        tempfile.TemporaryDirectory(prefix="zvonok-") as folder,
        tempfile.TemporaryDirectory(prefix="zvonok-") as sockets,
    ):
        server = Postgres(Path(folder), Path(sockets), settings={"fsync": "off"})
        server.create(sync=False)
        with serving(server):
            server.create_database()
            return differences_of(server.url())


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
