"""The gateway's process: every active link served, the queue listened to, the outbox looked after."""

import asyncio
import itertools
import secrets
import signal

import psycopg
import structlog

from app.domain.sms_errors import Codes
from config import Settings
from sms_gateway import inbox, links, reports
from sms_gateway.database import Database, connect, in_words
from sms_gateway.orphans import forget_old, match_orphans, match_uncertain
from sms_gateway.outbox import CHANNEL, LEASE_SECONDS, Outbox
from sms_gateway.pace import Pauses
from sms_gateway.quiet import Clocks
from sms_gateway.routing import routes
from sms_gateway.rows import LinkRow
from sms_gateway.service import LinkService
from sms_gateway.timers import Timers
from sms_gateway.upkeep import Upkeep

log = structlog.get_logger(__name__)

LOCK = 0x5A564F47  # class of the advisory locks by which gateways take their numbers
MOST_GATEWAYS = 64
TRIES = 20
UPKEEP_SECONDS = 3.0
RARELY = 20  # sweeps
PATIENCE_SECONDS = 20.0  # with a link that is to end
DEMO_GRACE_SECONDS = 20.0
GRACE_SECONDS = 180.0


class AnotherTookOurPlace(Exception):
    """The database was away, and meanwhile another gateway took our number: we end, and begin as a new one."""


class Gateway:
    """All links of one process. Its number is a lock in the database, which ends with the process: so the next
    gateway of that number knows that what bears its name was left behind."""

    def __init__(
        self,
        settings: Settings,
        timers: Timers | None = None,
        upkeep_seconds: float = UPKEEP_SECONDS,
        shortest_pause: float = 1.0,
    ) -> None:
        self._shortest_pause = shortest_pause
        self._settings = settings
        self._url = settings.database_app_url or ""
        self._timers = timers or Timers()
        self._upkeep_seconds = upkeep_seconds
        self._grace = DEMO_GRACE_SECONDS if settings.is_demo else GRACE_SECONDS
        self._number: int | None = None
        self._token = secrets.token_hex(3)
        self._clocks = Clocks(settings.timezone)
        self._services: dict[int, tuple[LinkService, asyncio.Task[None]]] = {}
        self._serials = itertools.count(1)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """End in order; may be called more than once."""
        self._leaving.set()

    async def run(self) -> None:
        """Until `leave`; raises AnotherTookOurPlace."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look_after())]
        leaving = asyncio.create_task(self._leaving.wait())
        try:
            done, _ = await asyncio.wait([*tasks, leaving], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._leaving.set()
            await self._leave_links()
            for task in (*tasks, leaving):
                task.cancel()
            await asyncio.gather(*tasks, leaving, return_exceptions=True)

    @property
    def _name(self) -> str:
        """What begins the signature of all that is claimed by this very process."""
        return f"gateway {self._number}/{self._token}/"

    # Waking.

    async def _listen(self) -> None:
        """Hold our number, and wake the links when a message is queued."""
        pauses = Pauses(0.2, 5.0)
        while True:
            try:
                async with await connect(self._url) as database:
                    await self._take_number(database)
                    await database.execute(f"LISTEN {CHANNEL}")
                    pauses.reset()
                    async for _ in database.notifies():
                        self._wake_links()
            except psycopg.OperationalError as problem:
                log.error("the database is away", problem=in_words(problem))
            await asyncio.sleep(pauses.next())

    async def _take_number(self, database: Database) -> None:
        """The first free number, or after a broken connection our own again."""
        if self._number is None:
            for number in range(1, MOST_GATEWAYS + 1):
                if await _takes(database, number):
                    self._number = number
                    return
        else:
            for _ in range(TRIES):  # the server may not have noticed yet that our former connection is gone
                if await _takes(database, self._number):
                    return
                await asyncio.sleep(0.5)
        raise AnotherTookOurPlace(self._name)

    def _wake_links(self) -> None:
        for service, _ in self._services.values():
            service.hunger()

    # Looking after.

    async def _look_after(self) -> None:
        """Recover what was left behind, then sweep, and start and end links as their rows say."""
        while self._number is None:
            await asyncio.sleep(0.01)
        outbox = self._outbox("")
        pauses = Pauses(0.2, 5.0)
        while True:
            try:
                await outbox.open()
                for sweep in itertools.count():
                    await self._sweep(outbox)
                    if sweep % RARELY == 0:
                        await self._sweep_rarely(outbox)
                    pauses.reset()
                    await asyncio.sleep(self._upkeep_seconds)
            except psycopg.Error as problem:
                log.error("the database is away", problem=in_words(problem))
            except Exception:
                log.exception("a sweep failed")
            finally:
                await outbox.close()
            await asyncio.sleep(pauses.next())

    async def _sweep(self, outbox: Outbox) -> None:
        upkeep = Upkeep(outbox)
        living = [service.owner for service, _ in self._services.values()]
        await upkeep.renew(living, LEASE_SECONDS)
        left_behind = await upkeep.recover(f"gateway {self._number}/", living)
        if left_behind:
            log.warning("taken up after a death", **left_behind)
        await self._clocks.look(outbox.database)
        await self._keep_links(outbox)
        await match_orphans(outbox)
        await match_uncertain(outbox)
        again = await upkeep.send_again()
        for message_id, state, trace in again:
            log.warning("uncertain, its grace is over", message=message_id, state=state, trace=trace)
        await inbox.join_left_alone(outbox.database)
        for service, _ in self._services.values():
            service.look()
            await service.say(outbox.database)
        self._route()
        if again or left_behind:
            self._wake_links()

    async def _sweep_rarely(self, outbox: Outbox) -> None:
        """What reads more than a few rows."""
        await Upkeep(outbox).expire()
        await forget_old(outbox)
        await reports.forget_dead(outbox.database)

    async def _keep_links(self, outbox: Outbox) -> None:
        url = self._settings.effective_smsc_url
        try:
            await links.keep_equal(outbox.database, url)
        except links.WrongLink as wrong:
            if not self._services:
                log.error("ZVONOK_SMSC_URL cannot be used", problem=str(wrong))
        rows = {row.id: row for row in await links.active_links(outbox.database, with_settings=url is not None)}
        errors = await links.own_errors(outbox.database)
        if self._leaving.is_set():
            return  # links that have left are not to come back
        ending = []
        for link_id, (service, task) in self._services.items():
            row = rows.get(link_id)
            if row is not None and row.connects_as(service.row) and not task.done():
                service.take_over(row, links.codes_of(row, errors))
            else:
                ending.append(link_id)
        await asyncio.gather(*(self._end(*self._services[link_id]) for link_id in ending))
        for link_id in ending:
            del self._services[link_id]
        for link_id, row in rows.items():
            if link_id not in self._services and not self._leaving.is_set():
                self._services[link_id] = self._start(row, links.codes_of(row, errors))

    def _route(self) -> None:
        """Tell each link whose messages it sends now."""
        services = [service for service, _ in self._services.values()]
        for link_id, route in routes([service.sight for service in services]).items():
            self._services[link_id][0].take_route(route)

    def _start(self, row: LinkRow, codes: Codes) -> tuple[LinkService, asyncio.Task[None]]:
        service = LinkService(
            row,
            self._outbox(f"{row.id}.{next(self._serials)}"),
            self._timers,
            self._number or 0,
            self._route,
            self._shortest_pause,
        )
        service.codes = codes
        return service, asyncio.create_task(service.run())

    def _outbox(self, link: str) -> Outbox:
        return Outbox(
            self._url,
            self._name + link,
            language=self._settings.locale,
            grace_seconds=self._grace,
            clocks=self._clocks,
        )

    async def _leave_links(self) -> None:
        await asyncio.gather(*(self._end(service, task) for service, task in self._services.values()))

    async def _end(self, service: LinkService, task: asyncio.Task[None]) -> None:
        """In order where it can be; a database that does not answer is not waited for without end."""
        try:
            await asyncio.wait_for(service.leave(), PATIENCE_SECONDS)
            await asyncio.wait_for(task, PATIENCE_SECONDS)
        except Exception:  # of which TimeoutError is one: what is left is found by the next sweep
            log.exception("a link did not end in order", link=service.row.name)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _takes(database: Database, number: int) -> bool:
    cursor = await database.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK, number))
    return await cursor.fetchone() == (True,)


def run_gateway(settings: Settings) -> None:
    """Serve the links until SIGTERM or SIGINT; returns when all is settled and unbound."""
    asyncio.run(_until_asked_to_end(settings))


async def _until_asked_to_end(settings: Settings) -> None:
    gateway = Gateway(settings)
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, gateway.leave)
    await gateway.run()
