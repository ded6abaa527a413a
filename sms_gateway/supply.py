"""What is claimed and not sent yet, and how much of it may go now: the window's and the pace's word."""

from collections import deque
from collections.abc import Iterable

from sms_gateway.connection import Connection
from sms_gateway.pace import Pace
from sms_gateway.rows import Flight, Part


class Supply:
    """Of one bound link. `taken` parts are under way and not all answered: never more than a window is `sending`."""

    def __init__(self, link: Connection, now: float) -> None:
        self.pace = Pace(link.row.rate, now)
        self.taken = 0
        self.is_closed = False  # nothing more is claimed, nothing of what is claimed goes
        self._link = link
        self._ready: deque[Flight] = deque()
        self._again: list[Part] = []

    @property
    def is_empty(self) -> bool:
        return not self._ready

    def add(self, flights: Iterable[Flight]) -> None:
        """Claimed messages, to go in this order."""
        self._ready.extend(flights)

    def add_again(self, parts: Iterable[Part]) -> None:
        """Parts of messages that the operator has begun to take, to be sent once more."""
        self._again += parts

    def clear(self) -> None:
        """What is claimed goes back to the queue."""
        self._ready.clear()

    def may_go(self) -> bool:
        """Whether the window has room for the next; the pace may still say when."""
        return bool(self._again) or self._fits(0, 0)

    def _fits(self, gone: int, parts: int) -> bool:
        """Whether the next claimed message may go with `gone` others of `parts` parts.

        Half a window goes at a time: while one half is on the wire, the other is in the database.
        """
        if not self._ready or self.is_closed:
            return False
        window = self._link.row.window
        more = len(self._ready[0].parts)
        if gone == 0:
            return self.taken == 0 or self.taken + more <= window
        return parts + more <= max(1, window // 2) and self.taken + parts + more <= window

    def next_to_go(self, now: float) -> list[Flight]:
        """Claimed messages for which window and pace have room now; parts that go once more are sent at once."""
        while self._again and self.pace.may_send(now):
            self.pace.spend(1, now)
            self._link.submit([self._again.pop(0)])
        going: list[Flight] = []
        parts = 0
        while self._fits(len(going), parts) and self.pace.may_send(now):
            flight = self._ready.popleft()
            self.pace.spend(len(flight.parts), now)
            parts += len(flight.parts)
            going.append(flight)
        return going

    def appetite(self) -> int:
        """How many to claim: a window ahead of what is sent, or a second's worth where the pace is slower."""
        if self.is_closed:
            return 0
        rate = self.pace.rate
        most = self._link.row.window if rate is None else max(1, min(self._link.row.window, int(rate)))
        return max(0, most - len(self._ready))
