"""An operator with an HTTP interface instead of SMPP, behind the same turns (docs/http-provider.md)."""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import aiohttp
import structlog

from app.domain.sms_states import normal_id
from sms_gateway.connection import Arrival
from sms_gateway.http_events import Unreadable, clean, number_of, understood_events
from sms_gateway.rows import LinkRow, Part
from sms_gateway.timers import BindRefused, Timers

log = structlog.get_logger(__name__)

WAIT_SECONDS = 20  # for which the provider may hold our question for events
MOST_OCTETS = 1_000_000
MOST_ARRIVED = 1000
OK, SYSTEM_ERROR, BIND_FAILED, THROTTLED, REJECTED = 0, 0x08, 0x0D, 0x58, 0x66  # as SMPP 3.4 §5.1.3 numbers them


class HttpLink:
    """A provider in use. `changed` is called when there are answers or arrivals to take, or it is lost."""

    def __init__(self, row: LinkRow, timers: Timers, changed: Callable[[], None]) -> None:
        self.row = row
        self.timers = timers
        self.lost: str | None = None
        self._closed = asyncio.Event()
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._base = f"{'https' if row.tls else 'http'}://{_host(row.host)}:{row.port}/{row.path.strip('/')}".rstrip(
            "/"
        )
        authorization = _authorization(row)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=row.window + 2, ssl=ssl.create_default_context() if row.tls else False
            ),
            headers={"Authorization": authorization},
            timeout=aiohttp.ClientTimeout(total=timers.answer, connect=timers.connect),
        )
        self._to_send: deque[Part] = deque()
        self._waiting: dict[Part, float] = {}
        self._answered: list[Part] = []
        self._arrived: list[Arrival] = []
        self._unacknowledged: set[int] = set()  # events that were taken and whose commit is awaited
        self._sending: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None
        self._acknowledging: set[asyncio.Task[None]] = set()

    async def bind(self) -> None:
        """Ask for events once: that shows whether the provider is there and takes our token."""
        try:
            status, answer = await self._ask("GET", "/events", params={"wait": "0"})
            if not _is_ok(status):
                raise BindRefused(_status(status, answer))
            self._take_events(answer)
        except (aiohttp.ClientError, Unreadable) as problem:
            raise ConnectionError(str(problem) or type(problem).__name__) from problem
        self._listening = self._begin(self._listen())

    # Out.

    def prepare(self, parts: Sequence[Part]) -> None:
        """Nothing to make."""

    def submit(self, parts: Sequence[Part]) -> None:
        self._to_send.extend(parts)
        self._fill_window()

    def flush(self) -> None:
        """Requests go by themselves."""

    def _fill_window(self) -> None:
        while self._to_send and len(self._waiting) < self.row.window and self.lost is None:
            part = self._to_send.popleft()
            self._waiting[part] = self._loop.time()
            task = self._begin(self._send(part))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, part: Part) -> None:
        message = part.flight.message
        body = {
            "id": f"{message.id}-{part.flight.attempt}",
            "to": message.phone,
            "from": self.row.source,
            "text": message.body,
            "valid_seconds": message.seconds_left,
        }
        try:
            status, answer = await self._ask("POST", "/messages", json=body)
        except aiohttp.ClientConnectorError as problem:  # not one octet of it was written
            self._waiting.pop(part, None)
            self._to_send.appendleft(part)
            self._lose(str(problem))
            return
        part.seconds = self._loop.time() - self._waiting.pop(part)
        part.status = _status(status, answer)
        if part.status == OK and isinstance(answer, dict) and answer.get("id"):
            part.smsc_id = normal_id(clean(str(answer["id"])))
        self._answered.append(part)
        self._fill_window()
        self._changed()

    # In.

    async def _listen(self) -> None:
        while self.lost is None:
            held = aiohttp.ClientTimeout(total=WAIT_SECONDS + self.timers.answer, connect=self.timers.connect)
            status, answer = await self._ask("GET", "/events", params={"wait": str(WAIT_SECONDS)}, timeout=held)
            if not _is_ok(status):
                self._lose(f"the provider answered our question for events with {status}")
                return
            if not self._take_events(answer):
                await asyncio.sleep(1.0)  # a provider that does not hold the question, or gives the same again
            while len(self._arrived) >= MOST_ARRIVED:
                await asyncio.sleep(0.05)

    def _take_events(self, answer: Any) -> bool:
        """Whether there was something new."""
        is_new = False
        for sequence, content in understood_events(answer):
            if sequence not in self._unacknowledged:
                self._unacknowledged.add(sequence)
                self._arrived.append(Arrival(self, sequence, content))
                is_new = True
        if is_new:
            self._changed()
        return is_new

    def acknowledge(self, arrivals: Sequence[Arrival], status: int = OK) -> None:
        """What is not acknowledged comes again with the next question."""
        sequences = [arrival.sequence for arrival in arrivals]
        if status != OK:
            self._unacknowledged.difference_update(sequences)
        elif sequences and self.lost is None:
            task = self._begin(self._acknowledge(sequences))
            self._acknowledging.add(task)
            task.add_done_callback(self._acknowledging.discard)

    async def _acknowledge(self, sequences: list[int]) -> None:
        status, _ = await self._ask("POST", "/events/acknowledge", json={"sequences": sequences})
        if not _is_ok(status):
            self._lose(f"the provider answered our acknowledgement with {status}")
        self._unacknowledged.difference_update(sequences)

    def take(self) -> tuple[list[Part], list[Arrival]]:
        answered, self._answered = self._answered, []
        arrived, self._arrived = self._arrived, []
        return answered, arrived

    # Its state and its end.

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def oldest_wait_seconds(self) -> float:
        oldest = next(iter(self._waiting.values()), None)
        return 0.0 if oldest is None else self._loop.time() - oldest

    def unwritten(self) -> list[Part]:
        return list(self._to_send)

    async def unbind(self) -> None:
        """Acknowledgements that are on their way arrive; there is nothing to close in order."""
        if self._acknowledging:
            await asyncio.wait(list(self._acknowledging), timeout=self.timers.unbind)

    def give_up(self, words: str) -> None:
        self._lose(words)

    async def wait_closed(self) -> None:
        await self._closed.wait()

    async def close(self, words: str) -> None:
        self._lose(words)
        await self._closed.wait()

    def _lose(self, words: str) -> None:
        if self.lost is not None:
            return
        self.lost = words
        if self._listening is not None and self._listening is not asyncio.current_task():
            self._listening.cancel()
        self._ending = asyncio.create_task(self._end(asyncio.current_task()))
        self._changed()

    async def _end(self, who_lost_it: "asyncio.Task[Any] | None") -> None:
        """What is asked already may still be answered: an answer that comes is worth more than not knowing."""
        others = (self._sending | self._acknowledging) - {who_lost_it}
        if others:
            _, late = await asyncio.wait(others, timeout=self.timers.drain)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._session.close()
        self._closed.set()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.create_task(self._or_lose(work))

    async def _or_lose(self, work: Coroutine[Any, Any, None]) -> None:
        """What fails on the way costs this link: whether the provider has what was asked is not known."""
        try:
            await work
        except TimeoutError:
            self._lose("the provider did not answer in time")
        except (aiohttp.ClientError, OSError, Unreadable) as problem:
            self._lose(str(problem) or type(problem).__name__)
        except Exception as problem:  # a task that ends silently would leave the link deaf
            log.exception("a request to the provider failed", link=self.row.name)
            self._lose(type(problem).__name__)

    async def _ask(self, method: str, path: str, **how: Any) -> tuple[int, Any]:
        """The status and the JSON of an answer; raises aiohttp.ClientError, TimeoutError or Unreadable."""
        async with self._session.request(method, self._base + path, allow_redirects=False, **how) as answer:
            octets = bytearray()
            async for piece in answer.content.iter_chunked(65_536):
                octets += piece
                if len(octets) > MOST_OCTETS:
                    raise Unreadable(f"an answer of more than {MOST_OCTETS} octets")
            if not _is_ok(answer.status):
                return answer.status, _json_or_none(octets)
            if answer.status == 204 and path == "/events":
                return answer.status, {"events": []}
            try:
                return answer.status, json.loads(octets or b"{}")
            except (ValueError, RecursionError):
                raise Unreadable(f"an answer to {path} that is no JSON") from None


def _is_ok(status: int) -> bool:
    return 200 <= status < 300


def _status(status: int, answer: Any) -> int:
    """An HTTP status as the command_status that means the same; a provider's own code where it names one."""
    if _is_ok(status):
        return OK
    if status == 429:
        return THROTTLED
    if status in (401, 403) or 300 <= status < 400:
        return BIND_FAILED
    if status >= 500 or status == 408:
        return SYSTEM_ERROR
    return number_of(answer.get("code") if isinstance(answer, dict) else None) or REJECTED


def _json_or_none(octets: bytearray) -> Any:
    try:
        return json.loads(octets)
    except (ValueError, RecursionError):
        return None


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _authorization(row: LinkRow) -> str:
    """A token, or name and password where a name is given."""
    return aiohttp.encode_basic_auth(row.system_id, row.password) if row.system_id else f"Bearer {row.password}"
