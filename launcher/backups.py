"""Backup and restore: one file, which says of itself when it was made and whether it is whole.

The file is a head of 512 bytes of plain text and then what pg_dump writes (custom format); by hand:
`tail -c +513 FILE | pg_restore -f -`.
"""

import hashlib
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg

from config import Settings
from launcher.binaries import postgres_program
from launcher.errors import CannotStart

HEAD_BYTES = 512
_FIRST_LINE = b"Zvonok backup 1\n"
_CHUNK_BYTES = 1_000_000
_BEGINNING_BYTES = 10_000
_ONLY_SINCE_17 = b"SET transaction_timeout = 0;\n"  # pg_restore writes it for older servers too, which refuse it


def backup(settings: Settings, file: Path) -> str:
    """Write the database as it is at this moment, whole or not at all; a sentence about it."""
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as out:
        out.write(b" " * HEAD_BYTES)
        command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
        with subprocess.Popen(command, env=_environment(settings), stdout=subprocess.PIPE) as dump:
            assert dump.stdout is not None
            size, checksum = copied(dump.stdout, out)
        if dump.returncode != 0:
            part.unlink()
            raise CannotStart("pg_dump could not read the database; its words stand above.")
        out.seek(0)
        out.write(head(size, checksum, datetime.now(UTC).isoformat()))
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    return f"Written to {file}: {size + HEAD_BYTES} bytes, SHA-256 {checksum}."


def verify(file: Path) -> None:
    """Raises CannotStart where the file is missing, no backup, or not as it was written."""
    if not file.is_file():
        raise CannotStart(f"There is no file {file}.")
    with file.open("rb") as given:
        beginning = given.read(HEAD_BYTES)
        size, checksum = copied(given, None)
    if not beginning.startswith(_FIRST_LINE):
        raise CannotStart(f"{file} is no backup of Zvonok, or its beginning is damaged.")
    taken = beginning.decode("ascii", errors="replace").split("taken: ")[-1].split("\n")[0]
    if beginning != head(size, checksum, taken):
        raise CannotStart(f"{file} is damaged: its content is not what was written. Nothing was changed.")


def restore(settings: Settings, file: Path, *, replace: bool) -> None:
    """Put the backup in place in one transaction; what is there stays when anything fails."""
    verify(file)
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if tables != (0,) and not replace:
        raise CannotStart("The database is not empty: restore into an empty one, or say --replace.")
    if not _replay(_environment(settings), file):
        raise CannotStart("The backup could not be restored; the reason stands above. Nothing was changed.")


def _replay(environment: dict[str, str], file: Path) -> bool:
    """Feed the backup's SQL to psql and commit only when all of it was read and took."""
    command = [_program("pg_restore"), "--file=-", "--no-owner", "--no-privileges"]
    psql = [_program("psql"), "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--file=-"]
    with file.open("rb") as given:
        os.lseek(given.fileno(), HEAD_BYTES, os.SEEK_SET)
        with (
            subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE) as reader,
            subprocess.Popen(psql, env=environment, stdin=subprocess.PIPE) as writer,
        ):
            _feed(reader, writer)
    return writer.returncode == 0 and reader.returncode == 0


def _feed(reader: "subprocess.Popen[bytes]", writer: "subprocess.Popen[bytes]") -> None:
    assert reader.stdout is not None
    assert writer.stdin is not None
    try:
        writer.stdin.write(b"BEGIN;\nDROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n")
        writer.stdin.write(reader.stdout.read(_BEGINNING_BYTES).replace(_ONLY_SINCE_17, b""))
        shutil.copyfileobj(reader.stdout, writer.stdin)
        if reader.wait() == 0:
            writer.stdin.write(b"\nCOMMIT;\n")
        writer.stdin.close()
    except BrokenPipeError:
        reader.kill()


def head(size: int, checksum: str, taken: str) -> bytes:
    """What a file of a backup begins with."""
    lines = f"sha256: {checksum}\nbytes: {size}\ntaken: {taken}\n"
    return (_FIRST_LINE + lines.encode()).ljust(HEAD_BYTES - 1) + b"\n"


def copied(source: IO[bytes], target: IO[bytes] | None) -> tuple[int, str]:
    """How many bytes there were, and their SHA-256."""
    size, checksum = 0, hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        size += len(chunk)
        checksum.update(chunk)
        if target is not None:
            target.write(chunk)
    return size, checksum.hexdigest()


def _program(name: str) -> str:
    try:
        return str(postgres_program(name))
    except CannotStart:
        found = shutil.which(name)
        if found is None:
            raise
        return found


def _environment(settings: Settings) -> dict[str, str]:
    """The owner's address as libpq's variables: on a command line everybody would see the password."""
    assert settings.database_url is not None
    given = psycopg.conninfo.conninfo_to_dict(settings.database_url)
    variables = {
        option.keyword.decode(): option.envvar.decode()
        for option in psycopg.pq.Conninfo.get_defaults()
        if option.envvar
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment["PGOPTIONS"] = "-c client_min_messages=warning"
    return environment | {variables[key]: str(value) for key, value in given.items() if key in variables}
