"""What tests of the gateway share: loops in threads, an outbox to fill and read, an SMSC played by hand."""

import asyncio
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg.rows import dict_row

from app.domain.sms_states import priority
from sms_gateway.main import Gateway
from sms_gateway.simulator.main import Simulator
from sms_gateway.timers import Timers

PATIENCE_SECONDS = 15.0
QUICK = Timers(connect=2, bind=2, answer=2, enquire=30, unbind=0.1, drain=1)
T = TypeVar("T")


def eventually(question: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """The first answer that is true; fails when none is in time."""
    give_up_at = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.01)
    return answer


class Leaving(Protocol):
    """What runs until it is asked to leave."""

    def leave(self) -> None: ...
    def run(self) -> Coroutine[Any, Any, None]: ...


class InThread:
    """Runs it on a loop of its own, in a thread."""

    def __init__(self, make: Callable[[], Leaving]) -> None:
        self._make = make
        self._made = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.failure: BaseException | None = None

    def start(self) -> Any:
        self._thread.start()
        assert self._made.wait(PATIENCE_SECONDS)
        if self.failure is not None:
            raise self.failure
        return self._what

    def ask_to_leave(self) -> None:
        self._loop.call_soon_threadsafe(self._what.leave)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.ask_to_leave()
            self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as failure:
            self.failure = failure
        finally:
            self._made.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._what = self._make()
        self._made.set()
        await self._what.run()


@dataclass
class RunningSimulator:
    """The simulator by its HTTP port, as everybody sees it."""

    smpp_port: int
    http_port: int

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/{path}", timeout=5) as answer:
            return json.load(answer)

    def post(self, path: str, **values: Any) -> Any:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.http_port}/{path}", data=json.dumps(values).encode(), method="POST"
        )
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return json.load(answer)

    def texts(self, phone: str) -> list[str]:
        """What the phone has received, newest last."""
        return [text["text"] for text in self.get(f"phones/{phone}")["messages"] if text["direction"] == "to_phone"]

    def behave(self, **how: Any) -> None:
        self.post("behave", **how)


def start_simulator() -> tuple[InThread, RunningSimulator]:
    thread = InThread(lambda: Simulator(0, 0))
    simulator: Simulator = thread.start()
    eventually(simulator.is_listening.is_set)
    return thread, RunningSimulator(simulator.smpp_port, simulator.http_port)


@dataclass
class Outbox:
    """The tables as the school fills and reads them."""

    connection: psycopg.Connection[Any]

    def queue(
        self, body: str = "Anna, maths 5", phone: str = "+79990000001", kind: str = "immediate", **also: Any
    ) -> int:
        """A message for the gateway; its number."""
        values = {
            "school_id": 1,
            "phone": phone,
            "body": body,
            "kind": kind,
            "priority": priority(kind),
            "state": "queued",
            "parts": 1,
            "attempts": 0,
            "trace": "",
            **also,
        }
        expires = values.pop("expires_in", 3600)
        names = ", ".join(values)
        places = ", ".join(f"%({name})s" for name in values)
        row = self.connection.execute(
            f"INSERT INTO sms_message ({names}, expires_at) VALUES ({places}, now() + make_interval(secs => {expires}))"
            " RETURNING id".encode(),
            values,
        ).fetchone()
        return int(row["id"])

    def set(self, **settings: str) -> None:
        """What the school sets for itself."""
        for name, value in settings.items():
            self.connection.execute(
                "INSERT INTO school_setting (school_id, name, value, version) VALUES (1, %s, %s, 1)"
                " ON CONFLICT (school_id, name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    def message(self, message_id: int) -> dict[str, Any]:
        found = self.connection.execute("SELECT * FROM sms_message WHERE id = %s", (message_id,)).fetchone()
        assert found is not None
        return dict(found)

    def state(self, message_id: int) -> str:
        return str(self.message(message_id)["state"])

    def is_in(self, message_id: int, *states: str) -> Callable[[], bool]:
        return lambda: self.state(message_id) in states

    def becomes(self, message_id: int, *states: str) -> dict[str, Any]:
        """The row when it has reached one of these states."""
        eventually(self.is_in(message_id, *states))
        return self.message(message_id)

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self.connection.execute(statement.encode(), values).fetchall()]

    def link(self) -> dict[str, Any]:
        (link,) = self.rows("SELECT * FROM sms_link")
        return link


def sweeps(outbox: Outbox) -> None:
    """Until the gateway has looked at links, codes and settings as they are now: one look may be under way."""
    for _ in range(2):
        (now,) = outbox.rows("SELECT clock_timestamp() AS at")
        eventually(lambda now=now: outbox.rows("SELECT FROM sms_session WHERE heartbeat_at > %s", now["at"]))


def open_outbox(url: str) -> Outbox:
    return Outbox(psycopg.connect(url, autocommit=True, row_factory=dict_row))


def start_gateway(settings: Any, timers: Timers = QUICK) -> InThread:
    thread = InThread(lambda: Gateway(settings, timers, upkeep_seconds=0.1, shortest_pause=0.05))
    thread.start()
    return thread
