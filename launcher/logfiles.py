"""Log files of the servers, each kept small: at a start a large one steps aside as NAME.1."""

from pathlib import Path
from typing import BinaryIO

from launcher.keys import own_folder

LARGE_BYTES = 10_000_000


def open_log(file: Path) -> BinaryIO:
    own_folder(file.parent)
    if file.exists() and file.stat().st_size > LARGE_BYTES:
        file.replace(file.with_name(f"{file.name}.1"))
    return file.open("ab")
