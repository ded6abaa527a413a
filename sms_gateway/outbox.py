"""The outbox in SQL: messages are claimed, marked, settled by their answers and receipts, each a batch a statement."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString, TypeVar
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import TupleRow

from app.domain.sms_errors import reason_words
from app.domain.sms_states import SENT_AGAIN, id_spellings
from sms_gateway import statements
from sms_gateway.database import Database, connect
from sms_gateway.quiet import Clocks
from sms_gateway.receipts import Receipt
from sms_gateway.routing import Route
from sms_gateway.rows import Flight, Outcome, Outgoing

T = TypeVar("T")
Later = Callable[[], Awaitable[T]]  # a statement's answer, to be asked for when the transaction is over

LEASE_SECONDS = 60
CHANNEL = "sms_queued"
TAIL = 10  # digits by which numbers are compared: national and international writing agree in them


class Outbox:
    """One connection to the database, by which one link of one gateway works; `owner` signs what it claims."""

    def __init__(
        self,
        url: str,
        owner: str,
        *,
        language: str = "ru",
        grace_seconds: float = 180,
        clocks: Clocks | None = None,
    ) -> None:
        self.owner = owner
        self.clocks = clocks or Clocks(ZoneInfo("UTC"))
        self.language = language
        self.grace_seconds = grace_seconds
        self._url = url
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        assert self._database is not None, "open() comes first"
        return self._database

    async def open(self) -> None:
        """Raises psycopg.OperationalError where the database is away."""
        await self.close()
        self._database = await connect(self._url)

    async def close(self) -> None:
        if self._database is not None:
            await self._database.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """One turn of a link: all or nothing, its statements sent one after the other without waiting for answers."""
        async with self.database.pipeline(), self.database.transaction():
            yield

    async def mend(self, keep: Sequence[int]) -> None:
        """After a failure: a connection that works, and nothing in our name but `keep`, which is on the link.

        Whether a commit that broke has happened is not known; rows that it marked were not written, so they go back.
        """
        if self.database.closed or self.database.broken:
            await self.open()
        await self.release(keep=keep)

    async def _run(self, statement: LiteralString, **values: Any) -> psycopg.AsyncCursor[TupleRow]:
        return await self.database.execute(statement, values)

    async def claim(self, most: int, link_id: int, route: Route) -> Later[tuple[list[Outgoing], int]]:
        """At most so many due messages of the route, first come first, now ours; and how many rows were looked at.

        Rows whose time is over or whose right has ended become `expired` or `cancelled` on the way, numbers of
        countries that are not allowed `rejected`; news wait for the end of the quiet hours of school and family. Where
        a budget is used up, texts become `cancelled` and their facts go back to the composer, which holds them.
        """
        cursor = await self._run(
            statements.CLAIM,
            most=most,
            link=link_id,
            everyone=route.takes_all,
            has_share=bool(route.shares),
            shares=route.rows(),
            apart=route.apart,
            today=self.clocks.today,
            ahead=self.clocks.ahead,
            countries=list(self.clocks.countries),
            schools=self.clocks.rows(),
            stopped=self.clocks.stopped_rows(),
            owner=self.owner,
            lease=LEASE_SECONDS,
            no_right=reason_words("no_right", self.language),
            country=reason_words("country", self.language),
            suspended=reason_words("suspended", self.language),
            expired=reason_words("expired", self.language),
            budget=reason_words("budget", self.language),
        )

        async def claimed() -> tuple[list[Outgoing], int]:
            rows = await cursor.fetchall()
            ours = [Outgoing(*row[1:]) for row in rows if row[0] == "claimed"]
            return sorted(ours, key=lambda message: (message.priority, message.due_at, message.id)), len(rows)

        return claimed

    async def mark_sending(self, link_id: int, flights: Sequence[Flight]) -> Later[set[int]]:
        """Which of these messages are still ours and may be written to the link after the commit."""
        rows = [{"id": flight.message.id, "parts": len(flight.parts)} for flight in flights]
        cursor = await self._run(
            statements.MARK_SENDING,
            link=link_id,
            owner=self.owner,
            lease=LEASE_SECONDS,
            rows=json.dumps(rows),
            today=self.clocks.today,
        )

        async def marked() -> set[int]:
            return {row[0] for row in await cursor.fetchall()}

        return marked

    async def settle(self, link_id: int, flights: Sequence[Flight], outcomes: Sequence[Outcome]) -> None:
        """Note the answers of these flights' parts, and what they make of the messages."""
        parts = [
            {
                "message": flight.message.id,
                "number": part.number,
                "attempt": flight.attempt,
                "state": part.state,
                "smsc_id": part.smsc_id,
                "code": part.error_code,
            }
            for flight in flights
            for part in flight.parts
            if part.status is not None
        ]
        if parts:
            await self._run(statements.INSERT_PARTS, link=link_id, rows=json.dumps(parts))
        if outcomes:
            rows = json.dumps([outcome.row() for outcome in outcomes])
            await self._run(statements.SETTLE, rows=rows, today=self.clocks.today)

    async def settle_receipts(self, link_id: int, receipts: Sequence[Receipt]) -> dict[int, str]:
        """Settle parts and messages by final receipts; the places of those that belong to a part of ours → its trace.

        A part that is settled already stays as it is: a receipt that comes again changes nothing.
        """
        rows = [
            {
                "place": place,
                "rank": rank,
                "smsc_id": spelling,
                "tail": receipt.phone[-TAIL:],
                "state": receipt.state,
                "code": receipt.error_code,
            }
            for place, receipt in enumerate(receipts)
            for rank, spelling in enumerate(id_spellings(receipt.smsc_id) if receipt.smsc_id else ())
        ]
        cursor = await self._run(
            statements.SETTLE_RECEIPTS, link=link_id, tail=TAIL, rows=json.dumps(rows), **self._words_of_failure
        )
        found = await cursor.fetchall()
        await self.roll_up(sorted({message_id for _, message_id, _, is_long in found if is_long}))
        return {place: trace for place, _, trace, _ in found}

    async def roll_up(self, message_ids: Sequence[int]) -> None:
        """Give messages the final state of their parts, where these decide."""
        if message_ids:
            await self._run(statements.ROLL_UP, ids=message_ids, **self._words_of_failure)

    @property
    def _words_of_failure(self) -> dict[str, str]:
        return {
            "undeliverable": reason_words("undeliverable", self.language),
            "expired": reason_words("expired_at_smsc", self.language),
        }

    async def keep_orphans(self, link_id: int, receipts: Sequence[Receipt]) -> None:
        """Store receipts that belong to no part yet: their answer may be on its way, or was lost."""
        rows = [
            {
                "smsc_id": receipt.smsc_id,
                "phone": receipt.phone,
                "state": receipt.state,
                "code": receipt.error_code,
                "text": receipt.text,
            }
            for receipt in receipts
        ]
        await self._run(statements.KEEP_ORPHANS, link=link_id, rows=json.dumps(rows))

    async def mark_uncertain(self, message_ids: Sequence[int]) -> None:
        """The link died before these were answered: whether the SMSC has them is not known."""
        await self._run(
            statements.UNCERTAIN,
            ids=message_ids,
            words=reason_words("uncertain", self.language),
            again=sorted(SENT_AGAIN),
            grace=self.grace_seconds,
        )
        await self.keep_uncertain_parts(message_ids)

    async def keep_uncertain_parts(self, message_ids: Sequence[int]) -> None:
        """What is known of the parts of uncertain messages, for their history."""
        if message_ids:
            await self._run(statements.UNCERTAIN_PARTS, ids=message_ids)

    async def release(self, keep: Sequence[int]) -> None:
        """Give back all that we claimed except these: no octet of it was written."""
        await self._run(statements.RELEASE, owner=self.owner, keep=keep)
