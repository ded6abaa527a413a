"""Clients that keep their connection: how long answers take, one client or many at once."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from tests.running import Door


@dataclass(frozen=True)
class Times:
    """Milliseconds of answers, sorted, how many came in a second, and what one cost the server's processors.

    The last figure is the one to compare where others use the machine, too.
    """

    spans: Sequence[float]
    rate: float
    cpu: float = 0.0  # milliseconds an answer, without the database's

    @property
    def median(self) -> float:
        return statistics.median(self.spans)

    @property
    def most(self) -> float:
        """The 95th percentile."""
        return self.spans[min(len(self.spans) - 1, int(len(self.spans) * 0.95))]

    def __str__(self) -> str:
        return f"median {self.median:.0f} ms, p95 {self.most:.0f} ms, {self.rate:.0f}/s, {self.cpu:.0f} ms of CPU"


class Client:
    """One person's browser, signed in, with one connection."""

    def __init__(self, port: int, door: Door | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": door.cookies} if door is not None else {}

    def get(self, path: str, **headers: str) -> bytes:
        return self.ask("GET", path, **headers)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> bytes:
        sent = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            answer = self._sent(method, path, body, sent)
        except (http.client.RemoteDisconnected, ConnectionError):  # the server closed what was idle
            self._connection.close()
            answer = self._sent(method, path, body, sent)
        read = answer.read()
        assert answer.status in (200, 304), (answer.status, read[:500])
        return read

    def _sent(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._connection.request(method, path, body.encode() if body is not None else None, headers)
        return self._connection.getresponse()


def measured(works: Sequence[Callable[[], object]], times: int, server: psutil.Process) -> Times:
    """Each of the works done so many times by a thread of its own, all at once; what it cost the server's processes."""
    spans: list[float] = []
    barrier = threading.Barrier(len(works) + 1)

    def go(work: Callable[[], object]) -> None:
        work()  # warm
        barrier.wait()
        for _ in range(times):
            began = time.perf_counter()
            work()
            spans.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=go, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    barrier.wait()
    began, used = time.perf_counter(), _cpu(server)
    for thread in threads:
        thread.join()
    used = _cpu(server) - used
    assert len(spans) == len(works) * times, "a client failed"
    return Times(sorted(spans), len(spans) / (time.perf_counter() - began), used * 1000 / len(spans))


def _cpu(server: psutil.Process) -> float:
    """Seconds that the process and its children have computed."""
    spent = [one.cpu_times() for one in (server, *server.children(recursive=True))]
    return float(sum(one.user + one.system for one in spent))
