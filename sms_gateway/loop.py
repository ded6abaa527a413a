"""Claim → send → settle: the turns of one link, each one transaction for all that has come and all that goes."""

import asyncio
from collections.abc import Callable, Sequence

import psycopg
import structlog

from app.domain.sms_errors import STANDARD, Codes, Verdict
from sms_gateway.connection import SYSTEM_ERROR, Arrival, Connection
from sms_gateway.database import in_words
from sms_gateway.flights import References, flight_of, outcome, throttled_parts
from sms_gateway.health import Health
from sms_gateway.outbox import Outbox
from sms_gateway.pace import Pauses
from sms_gateway.routing import NOTHING, Route
from sms_gateway.rows import Flight, Outcome, Part
from sms_gateway.settling import Settling, Stored
from sms_gateway.supply import Supply
from sms_gateway.telling import tell, tell_outcomes

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
CLOSING_SECONDS = 0.1
MOST_FAULTS = 3  # answers in a row that blame the link, before it is believed though it has accepted others


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
        self._is_storing = False  # messages that go as soon as their transaction stands
        self._references = references
        self._wake = wake
        self._now: Callable[[], float] = asyncio.get_running_loop().time
        self._supply = Supply(link, self._now())
        self._pauses = Pauses(0.1, 5.0)
        self._hungry = True
        self._under_way: dict[int, Flight] = {}
        self._done: list[Flight] = []  # all answered, to be settled by the next transaction
        self._settling = Settling(link, outbox, self._outcome)
        self._has_accepted = False  # on this very bind
        self._faults = 0
        self._closing: str | None = None  # why the link is to be closed when its answers have come
        self._close_at = 0.0
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
            self._unwanted = not route.shares and not self._supply.is_empty
            self.hunger()

    @property
    def rate(self) -> float | None:
        """Parts a second that are let through now; None: as many as the window lets through."""
        return self._supply.pace.rate

    @property
    def is_throttled(self) -> bool:
        return self._supply.pace.is_limited

    async def run(self) -> None:
        while self.link.lost is None:
            await self._something_to_do()
            await self._turn()
            if self._closing is not None and (not self._under_way or self._now() > self._close_at):
                self.link.give_up(self._closing)

    async def leave(self) -> None:
        """Claim no more, wait a little for the answers that are still to come, and unbind; `run` ends then."""
        self._supply.is_closed = True
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
        try:
            async with self.outbox.transaction():
                await self._settle(arrived)
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            await self._settling.store_singly(self._done, arrived)
        self._done = []
        async with self.outbox.transaction():
            await self.outbox.settle(self.link.row.id, unknown, [])
            await self.outbox.mark_uncertain(ids)
            await self.outbox.release(keep=[])
        if ids:
            log.warning("uncertain", link=self.link.row.name, messages=ids, reason=self.link.lost)

    async def _something_to_do(self) -> None:
        """Wait for answers, arrivals, room in the window, a token, or the next look into the queue."""
        seconds = POLL_SECONDS
        now = self._now()
        if self._closing is not None:
            seconds = CLOSING_SECONDS
        elif self._supply.may_go():
            seconds = min(seconds, self._supply.pace.wait_seconds(now))
        elif self._hungry and self._supply.appetite() > 0:
            seconds = 0.0
        if seconds > 0 and not self._wake.is_set():
            try:
                await asyncio.wait_for(self._wake.wait(), seconds)
            except TimeoutError:
                self._hungry = True
        self._wake.clear()

    async def _turn(self) -> None:
        if self._unwanted:
            await self._give_back()
        answered, arrived = self.link.take()
        self._sort(answered)
        going = self._supply.next_to_go(self._now())
        most = self._supply.appetite() if self._hungry else 0
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
        self._supply.clear()
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
            self._has_accepted = self._has_accepted or asked is None
            self._faults = self._faults + 1 if asked is Verdict.LINK else 0
            self._health.answered(now, part.seconds, refused=asked not in (None, Verdict.THROTTLED))
            if asked is Verdict.THROTTLED and self._supply.pace.throttled(now):
                log.warning("throttled", link=self.link.row.name, parts_a_second=self._supply.pace.rate)
            if part.flight.is_done or not part.flight.is_answered:
                continue
            again = throttled_parts(part.flight, self.codes)
            for refused in again:
                refused.status = None
            self._supply.add_again(again)
            if not again:
                part.flight.is_done = True
                self._done.append(part.flight)
                self._supply.taken -= len(part.flight.parts)

    async def _settle(self, arrived: Sequence[Arrival]) -> Stored:
        """Everything that came, in the transaction that is under way."""
        return await self._settling.store(self._done, arrived)

    @property
    def _is_link_at_fault(self) -> bool:
        """Whether an answer that blames the link is believed: not of one that has just accepted others."""
        return not self._has_accepted or self._faults >= MOST_FAULTS

    def _outcome(self, flight: Flight) -> Outcome:
        return outcome(flight, self.outbox.language, self.codes, is_link_at_fault=self._is_link_at_fault)

    def _committed(self, arrived: Sequence[Arrival], going: Sequence[Flight], stored: Stored) -> None:
        """The transaction stands: tell the SMSC, and let the octets go."""
        done, self._done = self._done, []
        for flight in done:
            self._under_way.pop(flight.message.id, None)
            self._closes_the_link(flight)
        self._settling.committed(arrived, stored)
        self.link.acknowledge(arrived)
        sending = [flight for flight in going if flight.message.id in stored.marked]
        for flight in sending:
            self._under_way[flight.message.id] = flight
            self._supply.taken += len(flight.parts)
            self.link.submit(flight.parts)
            if not flight.parts:
                self._done.append(flight)
        self.link.flush()
        way = self.link.row.way
        self._supply.add(flight_of(message, self._references, way) for message in stored.claimed)
        if self._done or self._supply.may_go():
            self._wake.set()
        tell("submitted", self.link.row.name, [flight.message.trace for flight in sending])
        tell("receipt", self.link.row.name, stored.traces)
        tell_outcomes(self.link.row.name, done, stored.outcomes)

    def _closes_the_link(self, flight: Flight) -> None:
        """Where the link is at fault, it is bound anew as soon as what is on the wire is answered."""
        statuses = [part.status for part in flight.parts if part.status]
        blames = any(self.codes.verdict(status, flight.attempt) is Verdict.LINK for status in statuses)
        if blames and self._is_link_at_fault and self._closing is None:
            self._closing = f"the operator answered: {self.codes.words(statuses[0], self.outbox.language)}"
            self._close_at = self._now() + self.link.timers.drain
            self._supply.is_closed = True

    async def _failed(self, problem: psycopg.Error, arrived: Sequence[Arrival]) -> None:
        """Nothing was committed: the SMSC keeps its receipts, we keep the answers, and nothing is sent."""
        log.error("the database refused a turn", link=self.link.row.name, problem=in_words(problem))
        self._supply.clear()
        if not isinstance(problem, psycopg.OperationalError) and await self._settled_singly(arrived):
            return
        self.link.acknowledge(arrived, SYSTEM_ERROR)
        self.link.flush()
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

    async def _settled_singly(self, arrived: Sequence[Arrival]) -> bool:
        """Whether what came could be stored one by one, so that a bad one among them stops nothing."""
        try:
            refused = await self._settling.store_singly(self._done, arrived)
            await self.outbox.release(keep=[message for message in self._under_way if message not in self._done_ids])
        except psycopg.Error:
            return False
        for flight in self._done:
            self._under_way.pop(flight.message.id, None)
        self._done = []
        self.link.acknowledge([arrival for arrival in arrived if arrival not in refused])
        self.link.acknowledge(refused, SYSTEM_ERROR)
        self.link.flush()
        self.hunger()
        return True

    @property
    def _done_ids(self) -> set[int]:
        return {flight.message.id for flight in self._done}
