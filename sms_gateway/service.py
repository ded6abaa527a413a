"""A link kept in use: bound, and bound again after each loss, with pauses that grow."""

import asyncio
import ssl

import psycopg
import structlog

from app.domain.sms_errors import status_words
from sms_gateway import links
from sms_gateway.connecting import connected
from sms_gateway.database import in_words
from sms_gateway.flights import References
from sms_gateway.link import Link
from sms_gateway.links import WrongLink
from sms_gateway.loop import Turns
from sms_gateway.outbox import Outbox
from sms_gateway.pace import Pauses
from sms_gateway.rows import LinkRow
from sms_gateway.timers import BindRefused, Timers

log = structlog.get_logger(__name__)

STEADY_SECONDS = 30.0  # who was bound this long gets the short pause again


class LinkService:
    """One row of sms_link and all its connections, one after the other."""

    def __init__(self, row: LinkRow, outbox: Outbox, timers: Timers, shortest_pause: float = 1.0) -> None:
        self.row = row
        self.state = "down"
        self.words = ""
        self._outbox = outbox
        self._timers = timers
        self._pauses = Pauses(shortest_pause)
        self._references = References()
        self._wake = asyncio.Event()
        self._leaving = asyncio.Event()
        self._turns: Turns | None = None

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
                await self._say("down", status_words(refused.status, self._outbox.language))
            except (OSError, TimeoutError, WrongLink) as problem:
                await self._say("down", _words(problem))
            if not self._leaving.is_set():
                await self._pause()
        await self._outbox.close()

    async def _serve_once(self) -> None:
        link = await connected(self.row, self._timers, self._wake.set)
        began = asyncio.get_running_loop().time()
        await self._say("bound", "")
        self._turns = Turns(link, self._outbox, self._references, self._wake)
        if self._leaving.is_set():
            link.give_up("we left")
        try:
            await self._turns.run()
        finally:
            link.give_up("the gateway failed")
            await self._finish(self._turns, link)
            self._turns = None
        if asyncio.get_running_loop().time() - began >= STEADY_SECONDS:
            self._pauses.reset()

    async def _finish(self, turns: Turns, link: Link) -> None:
        """What is known of the messages of a lost link, in the database however long that is away."""
        await self._say("down", link.lost or "")
        await link.closed.wait()
        pauses = Pauses(0.2, 5.0)
        while True:
            try:
                await turns.finish()
                return
            except psycopg.Error as problem:
                log.error("the database is away", link=self.row.name, problem=in_words(problem))
            if self._leaving.is_set():
                return  # the next gateway finds these rows by our name
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

    async def _say(self, state: str, words: str) -> None:
        self.state, self.words = state, words
        log.info("link", link=self.row.name, state=state, words=words)
        try:
            await links.say(self._outbox.database, self.row.id, state, words)
        except psycopg.Error as problem:
            log.error("the database is away", link=self.row.name, problem=in_words(problem))


def _words(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"certificate: {problem.verify_message}"
    return str(problem) or type(problem).__name__
