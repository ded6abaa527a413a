"""Keeps the children alive: one that dies is started again after a growing pause, and all end in order."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from launcher.attention import Attention

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 10.0  # who lived this long gets the short pause again

log = structlog.get_logger(__name__)


@dataclass
class Child:
    """One process to keep alive: how it is started and how it is asked to end."""

    name: str
    launch: Callable[[], "subprocess.Popen[bytes]"]
    stop_signal: signal.Signals = signal.SIGTERM
    patience_seconds: float = 20.0
    may_be_hurried: bool = True
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    pause_seconds: float = field(default=FIRST_PAUSE_SECONDS)
    due_at: float | None = None

    def start(self) -> "subprocess.Popen[bytes]":
        self.due_at = None
        self.started_at = time.monotonic()
        self.process = self.launch()
        log.info("started", child=self.name, pid=self.process.pid)
        return self.process

    def note_death(self) -> None:
        """Set the time of the next start when the process has ended by itself."""
        if self.process is None or self.process.poll() is None:
            return
        if time.monotonic() - self.started_at >= STEADY_SECONDS:
            self.pause_seconds = FIRST_PAUSE_SECONDS
        log.warning(
            "died, is started again",
            child=self.name,
            pid=self.process.pid,
            status=self.process.returncode,
            pause_seconds=self.pause_seconds,
        )
        self.process = None
        self.due_at = time.monotonic() + self.pause_seconds
        self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)

    def end(self, attention: Attention) -> None:
        """Ask for the end and wait; kill when it takes too long, or when somebody asks for the end once more."""
        self.due_at = None
        process, self.process = self.process, None
        if process is None:
            return
        give_up_at = time.monotonic() + self.patience_seconds
        process.send_signal(self.stop_signal)  # does nothing where it has ended already
        while process.poll() is None:
            left = give_up_at - time.monotonic()
            if left <= 0 or (attention.is_in_a_hurry and self.may_be_hurried):
                log.warning("did not end in time, is killed", child=self.name, pid=process.pid)
                process.kill()
                process.wait()
                break
            attention.pause(left)
        log.info("ended", child=self.name, status=process.returncode)


class Supervisor:
    """The children in the order of their start; they end in the opposite order."""

    def __init__(self, attention: Attention) -> None:
        self.attention = attention
        self.children: list[Child] = []

    def start(self, child: Child) -> "subprocess.Popen[bytes]":
        self.children.append(child)
        return child.start()

    def look_after(self, seconds: float) -> None:
        """Start again who died, for at most this time or until something happens."""
        now = time.monotonic()
        wait_seconds = seconds
        for child in self.children:
            child.note_death()
            if child.due_at is not None and child.due_at <= now:
                self._start_again(child)
            if child.due_at is not None:
                wait_seconds = min(wait_seconds, child.due_at - now)
        self.attention.pause(wait_seconds)

    def _start_again(self, child: Child) -> None:
        try:
            child.start()
        except OSError as problem:
            log.error("could not be started", child=child.name, problem=str(problem))
            child.due_at = time.monotonic() + child.pause_seconds
            child.pause_seconds = min(child.pause_seconds * 2, LONGEST_PAUSE_SECONDS)

    def end_all(self) -> None:
        self.attention.is_ending = True
        for child in reversed(self.children):
            child.end(self.attention)
