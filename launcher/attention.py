"""Waiting that ends at once when a child ends or when somebody asks for the end."""

import os
import select
import signal
import subprocess
import time
from types import FrameType
from typing import Any

from launcher.errors import StopRequested

_ASKS_FOR_THE_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_SAME_WISH_SECONDS = 2.0  # one wish may come twice: from the terminal or a service manager, and from make


class Attention:
    """Within the block, signals are only noted; `pause` and `wait` act on them, so that nothing is torn in between."""

    def __init__(self) -> None:
        self.asked_at: float | None = None
        self.is_ending = False
        self.is_in_a_hurry = False  # somebody asked again: nobody is waited for any more
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Attention":
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in _ASKS_FOR_THE_END:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup is to be honoured
                self._before[number] = signal.signal(number, self._note)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._read)
        os.close(self._write)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.asked_at is None:
            self.asked_at = now
        elif now - self.asked_at > _SAME_WISH_SECONDS:
            self.is_in_a_hurry = True

    def pause(self, seconds: float) -> None:
        """Wait until a signal comes or the time is over; raises StopRequested unless the end has begun."""
        if self.asked_at is None or self.is_ending:
            select.select([self._read], [], [], max(seconds, 0))
            self._forget_wakeups()
        if self.asked_at is not None and not self.is_ending:
            raise StopRequested

    def wait(self, process: "subprocess.Popen[bytes]") -> int:
        """The exit status of a step that runs as a child; raises StopRequested, and kills the step, when asked."""
        try:
            while process.poll() is None:
                self.pause(60)
        except StopRequested:
            process.kill()
            process.wait()
            raise
        return int(process.returncode)

    def _forget_wakeups(self) -> None:
        try:
            while os.read(self._read, 512):
                pass
        except BlockingIOError:
            pass
