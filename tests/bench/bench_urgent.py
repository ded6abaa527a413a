"""Urgent news overtake: from their commit to their submit_sm while a hundred thousand digests wait and flow."""

import statistics
import tempfile
import time
from pathlib import Path

from app.domain.sms_states import priority
from tests.bench.bare import TEXT
from tests.bench.gateways import Running, a_school, a_sink, gateways

WAITING = 100_000
URGENT_MESSAGES = 20
PAUSE_SECONDS = 0.2
PHONE = "+79980000001"

_CONSENT = """
WITH guardian AS (
    INSERT INTO guardian (school_id, surname, given_name, patronymic, version)
    SELECT min(id), 'I', 'M', '', 1 FROM school RETURNING id, school_id)
INSERT INTO consent (school_id, guardian_id, phone, kind, means, text_version, version)
SELECT school_id, id, %s, 'urgent', 'paper', '1', 1 FROM guardian
"""
_URGENT = """
INSERT INTO sms_message (school_id, phone, body, kind, priority, state, parts, attempts, expires_at, trace)
SELECT min(id), %s, %s, 'urgent', %s, 'queued', 1, 0, now() + interval '1 hour', '' FROM school
"""


def run() -> list[str]:
    """Lines to print; half a minute."""
    with (
        tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder,
        a_school(Path(folder)) as settings,
        a_sink("--times", PHONE.removeprefix("+")) as sink,
        gateways(settings, sink, 50) as running,
    ):
        running.connection.execute(_CONSENT, (PHONE,))
        running.queue(WAITING)
        seconds = []
        for _ in range(URGENT_MESSAGES):
            time.sleep(PAUSE_SECONDS)
            running.connection.execute(_URGENT, (PHONE, TEXT, priority("urgent")))
            committed = time.time()
            seconds.append(float(sink.says.readline()) - committed)
        left = _left(running)
    return [
        f"an urgent message, commit to submit_sm, while {WAITING:,} digests flow at window 50: median "
        f"{statistics.median(seconds):.3f} s, longest {max(seconds):.3f} s ({len(seconds)} messages; "
        f"{left:,} digests still waited at the end)"
    ]


def _left(running: Running) -> int:
    row = running.connection.execute("SELECT count(*) FROM sms_message WHERE state = 'queued'").fetchone()
    return int(row[0]) if row else 0
