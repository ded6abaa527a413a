"""Attached files beside the backup of the database: `FILE.files`, a head like the backup's own and then a tar.

It is written after the database, and so holds every file that the database tells of.
"""

import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

from app.services.file_store import NAME, put
from launcher import backups
from launcher.errors import CannotStart


def beside(file: Path) -> Path:
    """Where the files of this backup stand."""
    return file.with_name(f"{file.name}.files")


def backup_files(folder: Path, file: Path) -> str:
    """Write the store's files, whole or not at all; a sentence about it, or none where the store is empty."""
    names = sorted(path for path in folder.glob("[0-9a-f][0-9a-f]/*") if NAME.fullmatch(path.name))
    target = beside(file)
    if not names:
        target.unlink(missing_ok=True)
        return ""
    part = target.with_name(f"{target.name}.part")
    with part.open("w+b") as out:
        out.write(b" " * backups.HEAD_BYTES)
        with tarfile.open(fileobj=out, mode="w|") as archive:
            for path in names:
                archive.add(path, arcname=path.name, recursive=False)
        out.seek(backups.HEAD_BYTES)
        size, checksum = backups.copied(out, None)
        out.seek(0)
        out.write(backups.head(size, checksum, datetime.now(UTC).isoformat()))
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)
    return f"Written to {target}: {len(names)} files. Keep it beside {file.name}."


def verify_files(file: Path) -> None:
    """Raises CannotStart where there are files beside the backup and they are not as they were written."""
    if beside(file).exists():
        backups.verify(beside(file))


def restore_files(folder: Path, file: Path) -> int:
    """Put the files into the store; how many. What lies there stays: names are random and say nothing twice."""
    if not beside(file).exists():
        return 0
    with beside(file).open("rb") as given:
        given.seek(backups.HEAD_BYTES)
        with tarfile.open(fileobj=given, mode="r|") as archive:
            return sum(_unpack(archive, one, folder) for one in archive)


def _unpack(archive: tarfile.TarFile, one: tarfile.TarInfo, folder: Path) -> bool:
    content = archive.extractfile(one) if one.isfile() and NAME.fullmatch(one.name) else None
    if content is None:
        raise CannotStart("The files beside the backup hold something that is no file of the store.")
    put(folder, one.name, content.read())
    return True
