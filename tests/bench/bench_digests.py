"""An evening's digests: seconds and statements of one worker, and how they grow with the number of families.

ZVONOK_BENCH_FAMILIES names other numbers of families, such as `1000,10000,100000`: the last takes minutes.
"""

import os
import tempfile
import time
from pathlib import Path

import psutil
from sqlalchemy import Engine, event, text

from app import logs
from app.records import ALL
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.session.actors import COMPOSER
from app.session.engine import install, make_engine, transaction
from config import Settings, sqlalchemy_url
from tests.bench.families import lay_families
from tests.bench.gateways import a_school
from workers.compose import BATCH
from workers.sweep import BATCH as NOTICES

FAMILIES = tuple(map(int, os.environ.get("ZVONOK_BENCH_FAMILIES", "1000,10000").split(",")))
AROUND = {"around_the_rule": True}
WROTE = text("SELECT count(*), coalesce(sum(parts), 0) FROM sms_message")


def run() -> list[str]:
    """Lines to print; about a minute."""
    install(ALL)
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder, a_school(Path(folder)) as settings:
        return [_evening(settings, families) for families in FAMILIES]


def _evening(settings: Settings, families: int) -> str:
    assert settings.database_url is not None and settings.database_app_url is not None
    lay_families(settings.database_url, families)
    engine = make_engine(sqlalchemy_url(settings.database_app_url))
    with (settings.var / "worker.log").open("w") as log:
        logs.configure("worker", settings, log)  # as the worker's own, which are a part of the work
        return _measured(engine, families)


def _measured(engine: Engine, families: int) -> str:
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: counted.append(call[2]))
    began = time.perf_counter()
    notices, made = _deliver(engine)
    delivered, delivering, computed = time.perf_counter(), len(counted), time.process_time()
    batches = _compose(engine)
    ended, computed = time.perf_counter(), time.process_time() - computed
    with transaction(engine, COMPOSER) as session:
        digests, parts = session.execute(WROTE, execution_options=AROUND).one()
    engine.dispose()
    assert digests >= families
    return (
        f"(c) {digests:,} digests ({parts / digests:.1f} parts each) from {made:,} deliveries of {notices:,} notices: "
        f"{delivered - began:.1f} s and {delivering} statements to deliver, {ended - delivered:.1f} s and "
        f"{len(counted) - delivering} statements in {batches} batches to compose (aim for 10,000: under 60 s), "
        f"{1000 * (ended - delivered) / digests:.2f} ms a digest, {1000 * computed / digests:.2f} of them our CPU; "
        f"{psutil.Process().memory_info().rss / 2**20:.0f} MiB"
    )


def _deliver(engine: Engine) -> tuple[int, int]:
    """As the sweep does, in its batches; then the digest's time has come."""
    with transaction(engine, COMPOSER) as session:
        ids = list(session.scalars(text("SELECT id FROM notice ORDER BY id"), execution_options=AROUND))
    made = 0
    for first in range(0, len(ids), NOTICES):
        with transaction(engine, COMPOSER) as session:
            made += make_deliveries(session, ids[first : first + NOTICES])
    with transaction(engine, COMPOSER) as session:
        session.execute(text("UPDATE sms_delivery SET due_at = now()"), execution_options=AROUND)
    return len(ids), made


def _compose(engine: Engine) -> int:
    """As the worker does, in its batches; how many."""
    batches, composed = 0, BATCH
    while composed == BATCH:
        with transaction(engine, COMPOSER) as session:
            composed = compose_due(session, ["digest"], BATCH)
        batches += 1
    return batches
