"""The gateway's speed: messages a second beside a bare smpplib loop, and milliseconds from commit to submit_sm."""

import statistics
import tempfile
import time
from pathlib import Path

from config import Settings
from tests.bench.bare import bare_rate
from tests.bench.gateways import a_school, a_sink, gateways

ROUNDS = 3
MESSAGES = 15_000  # some seconds: what happens once at the start does not count
WINDOWS = (50, 500)
PROCESSES = (1, 2)
SINGLE_MESSAGES = 100


def run() -> list[str]:
    """Lines to print; three minutes."""
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder, a_school(Path(folder)) as settings:
        lines = [_compared(settings, window, processes) for processes in PROCESSES for window in WINDOWS]
        milliseconds = sorted(_commit_to_submit(settings))
        lines.append(
            f"commit of a message to its submit_sm at idle: median {statistics.median(milliseconds):.1f} ms, "
            f"99th percentile {milliseconds[int(len(milliseconds) * 0.99)]:.1f} ms ({len(milliseconds)} messages)"
        )
    return lines


def _compared(settings: Settings, window: int, processes: int) -> str:
    """By turns, so that whatever else the machine does falls on both."""
    bare, own = [], []
    for _ in range(ROUNDS):
        with a_sink() as sink:
            bare.append(bare_rate(sink.port, window, MESSAGES, processes))
        own.append(_through_gateways(settings, window, processes))
    ratio = statistics.median(own) / statistics.median(bare)
    return (
        f"{_many(processes, 'gateway')}, window {window}: {statistics.median(own):,.0f} messages/s from queued rows to "
        f"settled receipts ({_range(own)}); {_many(processes, 'bare smpplib loop')} {statistics.median(bare):,.0f}/s "
        f"({_range(bare)}); ratio {ratio:.2f}"
    )


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}"


def _range(figures: list[float]) -> str:
    return f"{min(figures):,.0f}–{max(figures):,.0f}"


def _through_gateways(settings: Settings, window: int, processes: int) -> float:
    with a_sink() as sink, gateways(settings, sink, window, processes) as running:
        running.queue(MESSAGES)
        began = running.connection.execute("SELECT clock_timestamp()").fetchone()
        running.until(pause_seconds=0.5)
        last, delivered = running.connection.execute(
            "SELECT max(done_at), count(*) FILTER (WHERE state = 'delivered') FROM sms_message"
        ).fetchone() or (None, 0)
        assert began is not None and delivered == MESSAGES
        return float(MESSAGES / (last - began[0]).total_seconds())


def _commit_to_submit(settings: Settings) -> list[float]:
    """Milliseconds from the return of the commit to the submit_sm at the SMSC, by one clock."""
    milliseconds = []
    with a_sink("--times") as sink, gateways(settings, sink, 50) as running:
        for _ in range(SINGLE_MESSAGES):
            running.queue(1)
            committed = time.time()
            milliseconds.append(1000 * (float(sink.says.readline()) - committed))
            running.until(pause_seconds=0.01)
    return milliseconds
