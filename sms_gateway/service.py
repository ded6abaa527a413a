"""A link kept in use: bound, and bound again after each loss, with pauses that grow."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import structlog

from app.domain.sms_errors import STANDARD, Codes
from sms_gateway import reports
from sms_gateway.connecting import connected
from sms_gateway.connection import Connection
from sms_gateway.database import Database, in_words
from sms_gateway.flights import References
from sms_gateway.health import Health
from sms_gateway.links import WrongLink
from sms_gateway.loop import Turns
from sms_gateway.outbox import Outbox
from sms_gateway.pace import Pauses
from sms_gateway.reports import Report
from sms_gateway.routing import Route, Sight
from sms_gateway.rows import LinkRow
from sms_gateway.timers import BindRefused, Timers

log = structlog.get_logger(__name__)

STEADY_SECONDS = 30.0  # who was bound this long gets the short pause again


class LinkService:
    """One row of sms_link and all its connections, one after the other, in the gateway of this number.

    `changed` is called when the link has become fit or unfit to send.
    """

    def __init__(
        self,
        row: LinkRow,
        outbox: Outbox,
        timers: Timers,
        gateway: int,
        changed: Callable[[], None],
        shortest_pause: float = 1.0,
    ) -> None:
        self.row = row
        self.codes = STANDARD
        self._gateway = gateway
        self._started_at = datetime.now(UTC)
        self._changed = changed
        self._is_bound = False
        self._words = ""
        self._rests = False
        self._outbox = outbox
        self._timers = timers
        self._pauses = Pauses(shortest_pause)
        self._references = References()
        self._wake = asyncio.Event()
        self._leaving = asyncio.Event()
        self._health = Health(row.most_refused_percent, row.slow_seconds)
        self._turns: Turns | None = None

    def take_over(self, row: LinkRow, codes: Codes) -> None:
        """The row as it is now, where the connection need not change; and what its operator's codes mean."""
        self.row, self.codes = row, codes
        self._health.set_limits(row.most_refused_percent, row.slow_seconds)
        if self._turns is not None:
            self._turns.link.row, self._turns.codes = row, codes

    def look(self) -> None:
        """See whether the link should rest."""
        if self._turns is not None:
            now = asyncio.get_running_loop().time()
            rests = self._health.rests(now, self._turns.link.oldest_wait_seconds)
            if rests and not self._rests:
                log.warning("rests", link=self.row.name, figures=self._health.figures(now))
            self._rests = rests

    @property
    def owner(self) -> str:
        """What it signs its claims with; no other link and no other life of this one has it."""
        return self._outbox.owner

    @property
    def sight(self) -> Sight:
        """The link as the routing sees it."""
        return Sight(
            self.row.id,
            None if self.row.from_settings else self.row.school_id,
            self.row.priority,
            self.row.weight,
            can_send=self._is_bound and not self.row.paused,
            rests=self._rests,
        )

    def take_route(self, route: Route) -> None:
        if self._turns is not None:
            self._turns.take_route(route)

    def report(self) -> Report:
        """How the link is."""
        state = "down"
        if self._is_bound:
            state = "paused" if self.row.paused else "resting" if self._rests else "bound"
        turns = self._turns
        return Report(
            state,
            self._words,
            self.row.window,
            turns.link.waiting if turns else 0,
            turns.rate if turns else None,
            self._health.figures(asyncio.get_running_loop().time()),
        )

    async def say(self, database: Database) -> None:
        """Write the report for people; by whichever connection to the database is free."""
        await reports.say(database, self._gateway, self._started_at, self.row.id, self.report())

    def hunger(self) -> None:
        """The queue may hold something."""
        if self._turns is not None:
            self._turns.hunger()

    async def leave(self) -> None:
        """Settle what is under way and unbind; `run` ends then."""
        self._leaving.set()
        if self._turns is not None:
            await self._turns.leave()

    async def run(self) -> None:
        """Serve the link until `leave`."""
        while not self._leaving.is_set():
            try:
                await self._outbox.open()
                await self._serve_once()
            except psycopg.Error as problem:
                log.error("the database is away", link=self.row.name, problem=in_words(problem))
            except BindRefused as refused:
                await self._say(False, self.codes.words(refused.status, self._outbox.language))
            except (OSError, TimeoutError, WrongLink) as problem:
                await self._say(False, _words(problem))
            except Exception as problem:  # a fault of ours costs this link a pause, and no other
                log.exception("a link failed", link=self.row.name)
                await self._say(False, _words(problem))
            if not self._leaving.is_set():
                await self._pause()
        await self._say_goodbye()
        await self._outbox.close()

    async def _say_goodbye(self) -> None:
        try:
            await reports.say_goodbye(self._outbox.database, self._gateway, self.row.id)
        except psycopg.Error as problem:
            log.error("the database is away", link=self.row.name, problem=in_words(problem))

    async def _serve_once(self) -> None:
        link = await self._connected()
        if link is None:
            return
        began = asyncio.get_running_loop().time()
        self._turns = Turns(link, self._outbox, self._references, self._wake, self._health)
        self.take_over(self.row, self.codes)
        await self._say(True, "")
        if self._leaving.is_set():
            link.give_up("we left")
        try:
            await self._turns.run()
        finally:
            link.give_up("the gateway failed")
            await self._finish(self._turns, link)
        if asyncio.get_running_loop().time() - began >= STEADY_SECONDS:
            self._pauses.reset()

    async def _connected(self) -> Connection | None:
        """A connection that is bound; None where we are asked to leave before."""
        connecting = asyncio.create_task(connected(self.row, self._timers, self._wake.set))
        leaving = asyncio.create_task(self._leaving.wait())
        await asyncio.wait({connecting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if connecting.done():
            return await connecting
        connecting.cancel()
        (link,) = await asyncio.gather(connecting, return_exceptions=True)
        if not isinstance(link, BaseException):  # it was bound in the very moment
            await link.unbind()
            await link.close("we left")
        return None

    async def _finish(self, turns: Turns, link: Connection) -> None:
        """What is known of the messages of a lost link, in the database however long that is away."""
        self._turns = None
        await self._say(False, link.lost or "")
        await link.wait_closed()
        pauses = Pauses(0.2, 5.0)
        while True:
            try:
                await turns.finish()
                return
            except psycopg.Error as problem:
                log.error(
                    "the database refused what is known of a lost link", link=self.row.name, problem=in_words(problem)
                )
            if self._leaving.is_set():
                return  # whoever sweeps next finds these rows: nobody lives whose name they bear
            await asyncio.sleep(pauses.next())
            await self._reopen()

    async def _reopen(self) -> None:
        try:
            await self._outbox.open()
        except psycopg.Error as problem:
            log.error("the database is away", link=self.row.name, problem=in_words(problem))

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._leaving.wait(), self._pauses.next())
        except TimeoutError:
            return

    async def _say(self, is_bound: bool, words: str) -> None:
        self._is_bound, self._words = is_bound, words
        log.info("link", link=self.row.name, state=self.report().state, words=words)
        self._changed()
        try:
            await self.say(self._outbox.database)
        except psycopg.Error as problem:
            log.error("the database is away", link=self.row.name, problem=in_words(problem))


def _words(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"certificate: {problem.verify_message}"
    if isinstance(problem, TimeoutError):
        return "the operator did not answer in time"
    return str(problem) or type(problem).__name__
