"""Claim → send → settle: the turns of one link, each one transaction for all that has come and all that goes."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psycopg
import structlog

from app.domain.sms_errors import STANDARD, Codes, Verdict
from sms_gateway import inbox
from sms_gateway.connection import SYSTEM_ERROR, Arrival, Connection
from sms_gateway.database import in_words
from sms_gateway.flights import References, answers_orphans, flight_of, outcome, throttled_parts, with_receipts
from sms_gateway.health import Health
from sms_gateway.inbox import Repetitions
from sms_gateway.orphans import match_orphans
from sms_gateway.outbox import Outbox
from sms_gateway.pace import Pace, Pauses
from sms_gateway.receipts import Inbound, Receipt
from sms_gateway.routing import NOTHING, Route
from sms_gateway.rows import Flight, Outcome, Outgoing, Part
from sms_gateway.telling import tell, tell_outcomes

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
MOST_ORPHANS = 10_000


@dataclass(slots=True)
class Stored:
    """What one turn's transaction has done."""

    outcomes: list[Outcome] = field(default_factory=list)  # of the flights that were done
    traces: list[str] = field(default_factory=list)  # of receipts that came after their answers
    orphans: set[str] = field(default_factory=set)  # ids of receipts that belong to nothing yet
    marked: set[int] = field(default_factory=set)
    claimed: list[Outgoing] = field(default_factory=list)
    seen: int = 0  # rows of the queue, claimed or not


class Turns:
    """The traffic of one bound link, until it is lost."""

    def __init__(
        self, link: Connection, outbox: Outbox, references: References, wake: asyncio.Event, health: Health
    ) -> None:
        self.link = link
        self.outbox = outbox
        self.codes: Codes = STANDARD
        self._route = NOTHING
        self._health = health
        self._leaving = False
        self._is_storing = False  # messages that go as soon as their transaction stands
        self._references = references
        self._wake = wake
        self._orphans: set[str] = set()
        self._now: Callable[[], float] = asyncio.get_running_loop().time
        self._pace = Pace(link.row.rate, self._now())
        self._pauses = Pauses(0.1, 5.0)
        self._hungry = True
        self._ready: deque[Flight] = deque()
        self._under_way: dict[int, Flight] = {}
        self._done: list[Flight] = []  # all answered, to be settled by the next transaction
        self._taken = 0  # parts under way that are not done: never more than a window of rows is `sending`
        self._again: list[Part] = []
        self._repetitions = Repetitions()
        self._unwanted = False  # what is claimed and ready goes back

    def hunger(self) -> None:
        """The queue may hold something."""
        self._hungry = True
        self._wake.set()

    def take_route(self, route: Route) -> None:
        """Whose messages this link sends from here on; what it has claimed already goes all the same, or is given
        back where it has no share left."""
        if route != self._route:
            self._route = route
            self._unwanted = not route.shares and bool(self._ready)
            self.hunger()

    @property
    def rate(self) -> float | None:
        """Parts a second that are let through now; None: as many as the window lets through."""
        return self._pace.rate

    @property
    def is_throttled(self) -> bool:
        return self._pace.is_limited

    async def run(self) -> None:
        while self.link.lost is None:
            await self._something_to_do()
            await self._turn()

    async def leave(self) -> None:
        """Claim no more, wait a little for the answers that are still to come, and unbind; `run` ends then."""
        self._leaving = True
        self._wake.set()
        give_up_at = self._now() + self.link.timers.drain
        while self.link.lost is None and (self._under_way or self._is_storing) and self._now() < give_up_at:
            await asyncio.sleep(0.02)
        await self.link.unbind()
        self.link.give_up("we left")

    async def finish(self) -> None:
        """After the link is gone: settle what was answered, give back what was not written, own up to the rest."""
        answered, arrived = self.link.take()
        self._sort(answered)
        unwritten = set(map(id, self.link.unwritten()))
        open_flights = [flight for flight in self._under_way.values() if flight not in self._done]
        untouched = [flight for flight in open_flights if all(id(part) in unwritten for part in flight.parts)]
        unknown = [flight for flight in open_flights if flight not in untouched]
        ids = [flight.message.id for flight in unknown]
        async with self.outbox.transaction():
            await self._settle(arrived)
            await self.outbox.settle(self.link.row.id, unknown, [])
            await self.outbox.mark_uncertain(ids)
            await self.outbox.release(keep=[])
        if ids:
            log.warning("uncertain", link=self.link.row.name, messages=ids, reason=self.link.lost)

    async def _something_to_do(self) -> None:
        """Wait for answers, arrivals, room in the window, a token, or the next look into the queue."""
        seconds = POLL_SECONDS
        now = self._now()
        if self._again or self._fits():
            seconds = min(seconds, self._pace.wait_seconds(now))
        elif self._hungry and self._appetite() > 0:
            seconds = 0.0
        if seconds > 0 and not self._wake.is_set():
            try:
                await asyncio.wait_for(self._wake.wait(), seconds)
            except TimeoutError:
                self._hungry = True
        self._wake.clear()

    def _fits(self, gone: int = 0, parts: int = 0) -> bool:
        """Whether the next claimed message may go with `gone` others of `parts` parts.

        Half a window goes at a time: while one half is on the wire, the other is in the database.
        """
        if not self._ready or self._leaving:
            return False
        window = self.link.row.window
        more = len(self._ready[0].parts)
        if gone == 0:
            return self._taken == 0 or self._taken + more <= window
        return parts + more <= max(1, window // 2) and self._taken + parts + more <= window

    async def _turn(self) -> None:
        if self._unwanted:
            await self._give_back()
        answered, arrived = self.link.take()
        self._sort(answered)
        going = self._next_to_go()
        most = self._appetite() if self._hungry else 0
        self._hungry = self._hungry and most == 0  # a message queued from here on makes us hungry again
        if not (self._done or arrived or going or most):
            self.link.flush()
            await asyncio.sleep(0)
            return
        self._is_storing = bool(going)
        storing = asyncio.create_task(self._store(arrived, going, most))
        await asyncio.sleep(0)
        self.link.prepare([part for flight in going for part in flight.parts])  # while the database works
        try:
            stored = await storing
        except psycopg.Error as problem:
            self._is_storing = False
            await self._failed(problem, arrived)
            return
        self._pauses.reset()
        self._hungry = self._hungry or 0 < most == stored.seen
        self._committed(arrived, going, stored)
        self._is_storing = False

    async def _give_back(self) -> None:
        """What is claimed and not written yet goes back to the queue, for links that may send it."""
        self._ready.clear()
        self._unwanted = False
        try:
            async with self.outbox.transaction():
                await self.outbox.release(keep=list(self._under_way))
        except psycopg.Error as problem:
            await self._failed(problem, [])

    async def _store(self, arrived: Sequence[Arrival], going: Sequence[Flight], most: int) -> Stored:
        """The transaction of a turn."""
        row = self.link.row
        marking = claiming = None
        async with self.outbox.transaction():
            stored = await self._settle(arrived)
            if going:
                marking = await self.outbox.mark_sending(row.id, going)
            if most > 0:
                claiming = await self.outbox.claim(most, row.id, self._route)
        if marking is not None:
            stored.marked = await marking()
        if claiming is not None:
            stored.claimed, stored.seen = await claiming()
        return stored

    def _sort(self, answered: Sequence[Part]) -> None:
        """Put flights whose last answer has come among the done ones; slow down where the SMSC asks for it."""
        now = self._now()
        for part in answered:
            asked = self.codes.verdict(part.status, part.flight.attempt) if part.status else None
            self._health.answered(now, part.seconds, refused=asked not in (None, Verdict.THROTTLED))
            if asked is Verdict.THROTTLED and self._pace.throttled(now):
                log.warning("throttled", link=self.link.row.name, parts_a_second=self._pace.rate)
            if part.flight.is_done or not part.flight.is_answered:
                continue
            again = throttled_parts(part.flight, self.codes)
            for refused in again:
                refused.status = None
            self._again += again
            if not again:
                part.flight.is_done = True
                self._done.append(part.flight)
                self._taken -= len(part.flight.parts)

    def _next_to_go(self) -> list[Flight]:
        """Claimed messages for which window and pace have room now."""
        now = self._now()
        while self._again and self._pace.may_send(now):
            self._pace.spend(1, now)
            self.link.submit([self._again.pop(0)])
        going: list[Flight] = []
        parts = 0
        while self._fits(len(going), parts) and self._pace.may_send(now):
            flight = self._ready.popleft()
            self._pace.spend(len(flight.parts), now)
            parts += len(flight.parts)
            going.append(flight)
        return going

    def _appetite(self) -> int:
        """How many to claim: a window ahead of what is sent, or a second's worth where the pace is slower."""
        if self._leaving:
            return 0
        rate = self._pace.rate
        most = self.link.row.window if rate is None else max(1, min(self.link.row.window, int(rate)))
        return max(0, most - len(self._ready))

    async def _settle(self, arrived: Sequence[Arrival]) -> Stored:
        """Everything that came, in the database."""
        link, stored = self.link.row, Stored()
        receipts = [arrival.content for arrival in arrived if isinstance(arrival.content, Receipt)]
        final = with_receipts(self._done, [receipt for receipt in receipts if receipt.state is not None])
        if self._done:
            stored.outcomes = [outcome(flight, self.outbox.language, self.codes) for flight in self._done]
            await self.outbox.settle(link.id, self._done, stored.outcomes)
            if self._orphans and answers_orphans(self._done, self._orphans):
                await match_orphans(self.outbox, link.id)
        if final:
            found = await self.outbox.settle_receipts(link.id, final)
            stored.traces = list(found.values())
            orphans = [receipt for place, receipt in enumerate(final) if place not in found]
            if orphans:
                stored.orphans = {receipt.smsc_id for receipt in orphans}
                await self.outbox.keep_orphans(link.id, orphans)
        for arrival in arrived:
            if isinstance(arrival.content, Inbound):
                occurrence = self._repetitions.occurrence(arrival.content.content)
                await inbox.store(self.outbox.database, link, arrival.content, occurrence)
        return stored

    def _committed(self, arrived: Sequence[Arrival], going: Sequence[Flight], stored: Stored) -> None:
        """The transaction stands: tell the SMSC, and let the octets go."""
        done, self._done = self._done, []
        for flight in done:
            self._under_way.pop(flight.message.id, None)
            self._closes_the_link(flight)
        for arrival in arrived:
            if isinstance(arrival.content, Inbound):
                self._repetitions.answered(arrival.content.content)
        self.link.acknowledge(arrived)
        sending = [flight for flight in going if flight.message.id in stored.marked]
        for flight in sending:
            self._under_way[flight.message.id] = flight
            self._taken += len(flight.parts)
            self.link.submit(flight.parts)
            if not flight.parts:
                self._done.append(flight)
        self.link.flush()
        if len(self._orphans) < MOST_ORPHANS:
            self._orphans |= stored.orphans
        self._ready.extend(flight_of(message, self._references, self.link.row.way) for message in stored.claimed)
        if self._done or self._fits():
            self._wake.set()
        tell("submitted", self.link.row.name, [flight.message.trace for flight in sending])
        tell("receipt", self.link.row.name, stored.traces)
        tell_outcomes(self.link.row.name, done, stored.outcomes)

    def _closes_the_link(self, flight: Flight) -> None:
        statuses = [part.status for part in flight.parts if part.status]
        if any(self.codes.verdict(status, flight.attempt) is Verdict.LINK for status in statuses):
            self.link.give_up(f"the operator answered: {self.codes.words(statuses[0], self.outbox.language)}")

    async def _failed(self, problem: psycopg.Error, arrived: Sequence[Arrival]) -> None:
        """Nothing was committed: the SMSC keeps its receipts, we keep the answers, and nothing is sent."""
        log.error("the database refused a turn", link=self.link.row.name, problem=in_words(problem))
        self.link.acknowledge(arrived, SYSTEM_ERROR)
        self.link.flush()
        self._ready.clear()
        while self.link.lost is None:
            await asyncio.sleep(self._pauses.next())
            try:
                await self.outbox.mend(keep=list(self._under_way))
            except psycopg.Error:
                answered, arrived = self.link.take()
                self._sort(answered)
                self.link.acknowledge(arrived, SYSTEM_ERROR)
                self.link.flush()
            else:
                self.hunger()
                return
