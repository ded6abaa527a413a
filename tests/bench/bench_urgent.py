"""Urgent news: from their commit to their submit_sm while a hundred thousand digests wait and flow; and a whole school
told over a slow link, from the click to the last submit, beside what the link's rate allows at best.
"""

import statistics
import tempfile
import time
from pathlib import Path

from app.domain.sms_states import priority
from tests.bench.bare import TEXT
from tests.bench.gateways import Running, a_school, a_sink, gateways
from tests.running import running_school, wait_for

WAITING = 100_000
URGENT_MESSAGES = 20
PAUSE_SECONDS = 0.2
PHONE = "+79980000001"
RATE = 30  # parts a second of the slow link
NEWS = {"title": "Завтра нет уроков", "text": "Мороз −30, учимся из дома.", "urgent": True}

# The link of the settings is kept equal to them, so another one takes its place.
_SLOW_LINK = """
WITH former AS (UPDATE sms_link SET active = false WHERE from_settings RETURNING *)
INSERT INTO sms_link (school_id, name, host, port, tls, system_id, password, source, reply_to, "window", rate,
    from_settings, active, state, state_words, version)
SELECT school_id, 'slow', host, port, tls, system_id, password, source, reply_to, "window", %s, false, true, 'down', '',
    1
FROM former
"""
_IS_BOUND = "SELECT state = 'bound' FROM sms_link WHERE name = 'slow'"
_SAID = """
SELECT count(*), coalesce(sum(parts), 0), count(*) FILTER (WHERE submitted_at IS NULL), max(submitted_at)
FROM sms_message WHERE kind = 'urgent' AND created_at >= %s
"""

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
    """Lines to print; two minutes."""
    return [*_overtaking(), *_whole_school()]


def _overtaking() -> list[str]:
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


def _whole_school() -> list[str]:
    """Through the running demo: the API's door stands for the click."""
    with (
        tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder,
        running_school(Path(folder) / "running") as school,
        school.owner() as database,
    ):
        database.execute(_SLOW_LINK, (RATE,))
        wait_for(lambda: database.execute(_IS_BOUND).fetchone() == (True,), 60, 0.2)
        head = school.program("head")
        (clicked,) = database.execute("SELECT clock_timestamp()").fetchone() or (None,)
        answer = head.post("/api/v1/announcement/", NEWS)
        assert answer.status == 201, answer.text
        wait_for(lambda: (database.execute(_SAID, (clicked,)).fetchone() or (0,))[0], 60, 0.2)
        wait_for(lambda: (database.execute(_SAID, (clicked,)).fetchone() or (0, 0, 1))[2] == 0, 600, 0.5)
        texts, parts, _waiting, last = database.execute(_SAID, (clicked,)).fetchone() or (0, 0, 0, clicked)
    seconds, least = (last - clicked).total_seconds(), parts / RATE
    return [
        f"urgent news to the whole school over a link of {RATE} parts/s: {texts:,} texts of {parts:,} parts, "
        f"{seconds:.1f} s from the click to the last submit; by arithmetic at least {least:.1f} s "
        f"({seconds / least:.2f} times that)"
    ]
