"""An embedded server for the time of one block: for commands without the launcher, and for tests."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from launcher.errors import CannotStart

PATIENCE_SECONDS = 60.0


class Server(Protocol):
    """What PostgreSQL and Redis have in common here."""

    @property
    def log(self) -> Path: ...
    @property
    def stop_signal(self) -> signal.Signals: ...
    def start(self) -> "subprocess.Popen[bytes]": ...
    def answers(self) -> bool: ...


@contextmanager
def serving(server: Server) -> Iterator["subprocess.Popen[bytes]"]:
    """Start it, wait until it answers, and end it after the block."""
    process = server.start()
    try:
        wait_until_it_answers(server, process)
        yield process
    finally:
        end(process, server.stop_signal)


def wait_until_it_answers(
    server: Server, process: "subprocess.Popen[bytes]", pause: Callable[[float], object] = time.sleep
) -> None:
    """Raises CannotStart when the server ends instead, or takes too long."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not server.answers():
        if process.poll() is not None or time.monotonic() > give_up_at:
            raise CannotStart(f"A server of this school did not start; its own words are in {server.log}.")
        pause(0.02)


def end(process: "subprocess.Popen[bytes]", sign: signal.Signals, patience_seconds: float = 20) -> None:
    """Ask the process to end, and kill it when it has not within that time."""
    if process.poll() is None:
        process.send_signal(sign)
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
