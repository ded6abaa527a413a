"""The store of files: a folder of its own, random names, and never half a file.

A file is written before the transaction that tells of it commits. Where that fails, nobody knows the file, and the
clock's job takes it away after a day; it never takes one that a row tells of.
"""

import os
import re
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

NAME = re.compile(r"[0-9a-f]{40}")
WAITS_SECONDS = 24 * 3600.0  # before a file that no row tells of is an orphan


def keep(folder: Path, content: bytes) -> str:
    """Put the content into the store; its name there. On the disk when it returns."""
    name = secrets.token_hex(20)
    put(folder, name, content)
    return name


def put(folder: Path, name: str, content: bytes) -> None:
    """Put it there under this name, such as from a backup."""
    place = path_of(folder, name)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = place.with_name(f"{name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(place)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    _sync_folder(place.parent)


def path_of(folder: Path, name: str) -> Path:
    """Where a file lies. Raises ValueError on a name that the store did not give."""
    if not NAME.fullmatch(name):
        raise ValueError("no name of the store")
    return folder / name[:2] / name


def content_of(folder: Path, name: str) -> bytes | None:
    """What is in the file; None where it is gone from the store."""
    try:
        return path_of(folder, name).read_bytes()
    except FileNotFoundError:
        return None


def old_names(folder: Path) -> Iterator[list[str]]:
    """The names of files that lie for longer than a day, folder by folder; halves of that age are taken away."""
    before = time.time() - WAITS_SECONDS
    for inner in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        old = [one for one in inner.iterdir() if one.stat().st_mtime < before]
        for half in (one for one in old if one.suffix == ".part"):
            half.unlink(missing_ok=True)
        names = [one.name for one in old if NAME.fullmatch(one.name)]
        if names:
            yield names


def take_away(folder: Path, names: Collection[str]) -> None:
    """Delete these files."""
    for name in names:
        path_of(folder, name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """The name, too, outlives a power cut; where a folder cannot be synced, the system's own care must do."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
