"""One launcher for one var folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import CannotStart
from launcher.keys import own_folder


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the folder for this process; raises CannotStart, which names the process that holds it already."""
    descriptor = os.open(own_folder(own_folder(var) / "run") / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(descriptor):
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            raise CannotStart(f"Zvonok is already running on {var} (process {holder or 'unknown'}).")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(var: Path) -> bool:
    """Whether somebody holds the folder now."""
    try:
        descriptor = os.open(var / "run" / "lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _taken(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
