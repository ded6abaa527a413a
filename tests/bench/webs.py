"""The product's web and the bare pages beside it, each in its real processes, for benchmarks of pages."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

import seeds.year
from config import ROOT, Settings
from launcher.ports import free_ports
from launcher.redis import Redis
from launcher.serving import serving
from tests.bench.clients import Times
from tests.bench.large import large_school
from tests.running import Door, wait_for
from tests.support import DEMO_PASSWORD, SECRET_KEY, SchoolDatabase, settings_for

YEARS = int(os.environ.get("ZVONOK_BENCH_YEARS", "10"))

Server = tuple[int, psutil.Process]  # its port
Measure = Callable[[Settings, SchoolDatabase, str], list[str]]  # the last: how many years there are


def over_the_years(folder: Path, measure: Measure) -> list[str]:
    """What is measured in a large school after one year, and after YEARS."""
    began = time.perf_counter()
    with large_school(folder) as database:
        lines = [_made(database, "a year, with its history", time.perf_counter() - began)]
        redis = Redis(folder / "var", folder / "sockets")
        with serving(redis):
            settings = settings_for(database, redis.url, folder / "web", DEMO_PASSWORD=DEMO_PASSWORD)
            lines += measure(settings, database, "one year")
            if YEARS > 1:
                began = time.perf_counter()
                seeds.year.install(settings, YEARS)
                lines.append(_made(database, f"years before, {YEARS} in all", time.perf_counter() - began))
                lines += measure(settings, database, f"{YEARS} years")
    return lines


def _made(database: SchoolDatabase, what: str, seconds: float) -> str:
    with psycopg.connect(database.owner_url) as connection:
        (marks,) = connection.execute("SELECT count(*) FROM mark").fetchone() or (0,)
    return f"(j) {what}: {marks:,} marks, made in {seconds:.0f} s; load {os.getloadavg()[0]:.1f}"


@contextmanager
def product_and_bare(settings: Settings, bare_path: str) -> Iterator[tuple[Server, Server]]:
    """Both at once, so that they can be measured by turns."""
    web, bare = free_ports(2)
    product = [sys.executable, "run.py", "web"]
    beside = [sys.executable, "-m", "tests.bench.bare_page", str(bare), str(settings.database_app_url)]
    with (
        _process(product, settings, web, "/healthz") as ours,
        _process(beside, settings, bare, bare_path) as plain,
    ):
        yield (web, ours), (bare, plain)


@contextmanager
def _process(command: list[str], settings: Settings, port: int, path: str) -> Iterator[psutil.Process]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZVONOK_")} | {
        "ZVONOK_VAR": str(settings.var),
        "ZVONOK_DATABASE_APP_URL": str(settings.database_app_url),
        "ZVONOK_REDIS_URL": str(settings.redis_url),
        "ZVONOK_SECRET_KEY": SECRET_KEY,
        "ZVONOK_DEMO_PASSWORD": DEMO_PASSWORD,
        "ZVONOK_PORT": str(port),
    }
    settings.var.mkdir(exist_ok=True)
    with (settings.var / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            wait_for(lambda: Door(f"http://127.0.0.1:{port}").get(path).status == 200, 60, 0.2)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def signed_in(port: int, name: str) -> Door:
    door = Door(f"http://127.0.0.1:{port}")
    answer = door.form("/login/", username=name, password=DEMO_PASSWORD)
    assert answer.status in (302, 303), re.sub(r"\s+", " ", answer.text)[:500]
    return door


def together(rounds: list[Times]) -> Times:
    """Several rounds as one."""
    spans = sorted(span for one in rounds for span in one.spans)
    return Times(spans, sum(one.rate for one in rounds) / len(rounds), sum(one.cpu for one in rounds) / len(rounds))


def ratios(ours: Times, beside: Times) -> str:
    """How much longer ours takes than the bare page."""
    return (
        f"ratio {ours.median / beside.median:.2f} (aim: 2), in answers a second {beside.rate / ours.rate:.2f}, "
        f"in CPU {ours.cpu / beside.cpu:.2f}; load {os.getloadavg()[0]:.1f}"
    )
