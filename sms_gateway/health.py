"""How a link fares: what its answers of the last minute say, and whether it should rest while others can send."""

import statistics
from collections import Counter, deque
from dataclasses import dataclass

LOOK_BACK_SECONDS = 60
REST_SECONDS = 60.0
FEWEST_ANSWERS = 20  # fewer say nothing about a link
SLOW_SHARE = 0.5
SAMPLES = 101  # answers of which the median is taken


@dataclass(frozen=True, slots=True)
class Figures:
    """Answers of the last minute: how many, how many of them refused or slow, and their median time in seconds."""

    answers: int = 0
    refused: int = 0
    slow: int = 0
    median_seconds: float | None = None


class Health:
    """Of one link in one process. Times are those of a monotonic clock, in seconds."""

    def __init__(self, most_refused_percent: int, slow_seconds: int) -> None:
        self._most_refused_percent = most_refused_percent
        self._slow_seconds = slow_seconds
        self._seconds: deque[tuple[int, Counter[str]]] = deque()  # second of the clock → what happened in it
        self._times: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        self._rests_until = 0.0

    def set_limits(self, most_refused_percent: int, slow_seconds: int) -> None:
        """Other limits from here on; 0 means never."""
        self._most_refused_percent, self._slow_seconds = most_refused_percent, slow_seconds

    def answered(self, now: float, seconds: float, *, refused: bool) -> None:
        """An answer came after so many seconds; a throttled submit is not refused, the pace looks after it."""
        if not self._seconds or self._seconds[-1][0] != int(now):
            self._seconds.append((int(now), Counter()))
        counted = self._seconds[-1][1]
        counted["answers"] += 1
        counted["refused"] += refused
        counted["slow"] += 0 < self._slow_seconds < seconds
        self._times.append((now, seconds))

    def figures(self, now: float) -> Figures:
        while self._seconds and self._seconds[0][0] <= now - LOOK_BACK_SECONDS:
            self._seconds.popleft()
        total: Counter[str] = sum((counted for _, counted in self._seconds), Counter())
        times = [seconds for at, seconds in self._times if at > now - LOOK_BACK_SECONDS]
        return Figures(total["answers"], total["refused"], total["slow"], statistics.median(times) if times else None)

    def rests(self, now: float, oldest_wait_seconds: float = 0.0) -> bool:
        """Whether others should send instead: too much was refused or slow, or an answer is long overdue.

        After a rest its former answers count no more.
        """
        if now < self._rests_until:
            return True
        figures = self.figures(now)
        enough = figures.answers >= FEWEST_ANSWERS
        refuses = (
            self._most_refused_percent > 0
            and enough
            and 100 * figures.refused > self._most_refused_percent * figures.answers
        )
        drags = enough and figures.slow > SLOW_SHARE * figures.answers
        waits = 0 < self._slow_seconds < oldest_wait_seconds
        if not (refuses or drags or waits):
            return False
        self._rests_until = now + REST_SECONDS
        self._seconds.clear()
        self._times.clear()
        return True
