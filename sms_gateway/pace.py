"""How fast a link may send: the agreed rate, less while the SMSC says that it is too fast; and pauses that grow."""

import random
from collections import deque

SLOWEST = 1.0  # parts a second
PAUSE_SECONDS = 1.0
GROWTH = 1.15  # a second
FORGOTTEN_ABOVE = 4.0  # times the rate at which we were last throttled


class Pace:
    """A bucket of tokens, one a part. Times are those of a monotonic clock, in seconds."""

    def __init__(self, rate: int, now: float) -> None:
        self._agreed = float(rate) or None
        self._limit: float | None = None
        self._throttled_rate = 0.0
        self._tokens = 1.0
        self._filled_at = now
        self._resume_at = now
        self._grown_at = now
        self._sent: deque[tuple[float, int]] = deque()

    @property
    def rate(self) -> float | None:
        """Parts a second that are allowed now; None: as many as the window lets through."""
        given = [rate for rate in (self._agreed, self._limit) if rate is not None]
        return min(given) if given else None

    @property
    def is_limited(self) -> bool:
        """Whether the SMSC has lately said that we are too fast."""
        return self._limit is not None

    def may_send(self, now: float) -> bool:
        """Whether one more message may go; a long one may overdraw, and the next waits for it."""
        self._refill(now)
        return now >= self._resume_at and (self.rate is None or self._tokens >= 1.0)

    def spend(self, parts: int, now: float) -> None:
        if self.rate is not None:
            self._tokens -= parts
        self._sent.append((now, parts))
        while self._sent and self._sent[0][0] < now - 1.0:
            self._sent.popleft()

    def wait_seconds(self, now: float) -> float:
        """How long until `may_send` can be true."""
        pause = max(0.0, self._resume_at - now)
        rate = self.rate
        return pause if rate is None else max(pause, (1.0 - self._tokens) / rate)

    def throttled(self, now: float) -> bool:
        """The SMSC said that we are too fast: half the pace after a pause. False where this is known already."""
        if now < self._resume_at:
            return False
        sent_lately = float(sum(parts for at, parts in self._sent if at >= now - 1.0))
        current = min(self.rate or sent_lately, sent_lately or SLOWEST)
        self._throttled_rate = max(current, SLOWEST)
        self._limit = max(SLOWEST, current / 2)
        self._tokens = min(self._tokens, 1.0)
        self._resume_at = self._grown_at = now + PAUSE_SECONDS
        return True

    def _refill(self, now: float) -> None:
        rate = self.rate
        if rate is not None:
            # A burst is a tenth of a second's worth, so that no second ever sees more than the agreed rate by much.
            self._tokens = min(max(1.0, rate / 10), self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._limit is not None and now - self._grown_at >= 1.0:
            self._limit *= GROWTH ** (now - self._grown_at)
            self._grown_at = now
            if self._limit > FORGOTTEN_ABOVE * self._throttled_rate:
                self._limit = None


class Pauses:
    """1, 2, 4, … up to 60 seconds, each shortened at random, so that many do not come back at the same moment."""

    def __init__(self, shortest: float = 1.0, longest: float = 60.0) -> None:
        self._shortest = shortest
        self._longest = longest
        self._next = shortest

    def next(self) -> float:
        pause = self._next
        self._next = min(self._next * 2, self._longest)
        return pause * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self._next = self._shortest
