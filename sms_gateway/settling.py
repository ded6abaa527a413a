"""Answers and arrivals in the database: all of a turn at once, or one by one where a bad one would spoil them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psycopg
import structlog

from sms_gateway import inbox
from sms_gateway.connection import Arrival, Connection
from sms_gateway.database import in_words
from sms_gateway.flights import answers_orphans, with_receipts
from sms_gateway.inbox import Repetitions
from sms_gateway.orphans import match_orphans
from sms_gateway.outbox import Outbox
from sms_gateway.receipts import Inbound, Receipt
from sms_gateway.rows import Flight, Outcome, Outgoing

log = structlog.get_logger(__name__)

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


Judge = Callable[[Flight], Outcome]


class Settling:
    """What has come over one connection, on its way into the database; `judge` says what answers make of a message."""

    def __init__(self, link: Connection, outbox: Outbox, judge: Judge) -> None:
        self._link = link
        self._outbox = outbox
        self._judge = judge
        self._repetitions = Repetitions()
        self._orphans: set[str] = set()

    async def store(self, done: Sequence[Flight], arrived: Sequence[Arrival]) -> Stored:
        """Everything that came, in the transaction that is under way."""
        link, stored = self._link.row, Stored()
        receipts = [arrival.content for arrival in arrived if isinstance(arrival.content, Receipt)]
        final = with_receipts(done, [receipt for receipt in receipts if receipt.state is not None])
        if done:
            stored.outcomes = [self._judge(flight) for flight in done]
            await self._outbox.settle(link.id, done, stored.outcomes)
            if self._orphans and answers_orphans(done, self._orphans):
                await match_orphans(self._outbox, link.id)
        if final:
            found = await self._outbox.settle_receipts(link.id, final)
            stored.traces = list(found.values())
            orphans = [receipt for place, receipt in enumerate(final) if place not in found]
            if orphans:
                stored.orphans = {receipt.smsc_id for receipt in orphans}
                await self._outbox.keep_orphans(link.id, orphans)
        for arrival in arrived:
            if isinstance(arrival.content, Inbound):
                occurrence = self._repetitions.occurrence(arrival.content.content)
                await inbox.store(self._outbox.database, link, arrival.content, occurrence)
        return stored

    async def store_singly(self, done: Sequence[Flight], arrived: Sequence[Arrival]) -> list[Arrival]:
        """Each in a transaction of its own, after the database has refused them together; arrivals that it refuses
        alone come back: they are not to be acknowledged.

        A message whose answer cannot be stored becomes uncertain. Raises psycopg.Error where the database is away.
        """
        for flight in done:
            if not await self._is_stored([flight], []):
                log.error("an answer cannot be stored", link=self._link.row.name, message=flight.message.id)
                async with self._outbox.transaction():
                    await self._outbox.mark_uncertain([flight.message.id])
        return [arrival for arrival in arrived if not await self._is_stored([], [arrival])]

    async def _is_stored(self, done: Sequence[Flight], arrived: Sequence[Arrival]) -> bool:
        try:
            async with self._outbox.transaction():
                await self.store(done, arrived)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as problem:
            log.error("the database refuses it alone", link=self._link.row.name, problem=in_words(problem))
            return False
        return True

    def committed(self, arrived: Sequence[Arrival], stored: Stored) -> None:
        """The transaction stands: remember what was answered, and which receipts wait for their answers."""
        for arrival in arrived:
            if isinstance(arrival.content, Inbound):
                self._repetitions.answered(arrival.content.content)
        if len(self._orphans) < MOST_ORPHANS:
            self._orphans |= stored.orphans
