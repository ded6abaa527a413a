"""A short folder for sockets: their path may have 107 bytes, and a Cyrillic letter takes two."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_FOLDER_BYTES = 80  # on macOS a path has 103, and PostgreSQL adds /.s.PGSQL.5432


@contextmanager
def socket_folder() -> Iterator[Path]:
    """An own folder for temporary files, for this account alone, removed after the block."""
    folder = Path(tempfile.mkdtemp(prefix="zvonok-", dir=_short(tempfile.gettempdir())))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _short(usual: str) -> str:
    return usual if len(os.fsencode(usual)) <= LONGEST_FOLDER_BYTES - len("/zvonok-12345678") else "/tmp"
