"""Living processes of an earlier start: found by what they run, and ended."""

import signal
from collections.abc import Callable
from pathlib import Path

import psutil


def living(pid: int | None, is_it: Callable[[psutil.Process], bool]) -> psutil.Process | None:
    """The process of this number if it is the one meant: numbers are given out again."""
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE and is_it(process):
            return process
    except psutil.Error:
        pass
    return None


def works_in(folder: Path) -> Callable[[psutil.Process], bool]:
    """Whether a process has this as its current folder, as the servers have their folder of data."""
    return lambda process: process.cwd() == str(folder)


def end(process: psutil.Process, sign: signal.Signals, patience_seconds: float) -> None:
    """Ask it to end; kill it, and all that it started, when it has not within that time."""
    try:
        family = [process, *process.children(recursive=True)]
        process.send_signal(sign)
    except psutil.NoSuchProcess:
        return
    _, stubborn = psutil.wait_procs(family, timeout=patience_seconds)
    for one in stubborn:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(stubborn, timeout=5)


def pid_in(file: Path) -> int | None:
    """The process number that stands in the first line of a file."""
    try:
        return int(file.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0])
    except (OSError, ValueError):
        return None
