"""A day of news in simulated time: worker and gateway die at random, and every fact reaches each family that wanted it,
once.

The hours come one after the other as fast as the machine takes them, and the evening of the digests is brought forward.
ZVONOK_SOAK_NOTICES (20,000) is the number of notices. What a gateway's death leaves in doubt may come twice, where it
was listed to the operator as uncertain: that is the stated guarantee (tests/sms_gateway/deaths.py).
"""

import os
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.running import RunningSchool, running_school, wait_for, wait_until_open
from tests.sms_gateway.deaths import WITNESS

NOTICES = int(os.environ.get("ZVONOK_SOAK_NOTICES", "20000"))
HOURS = 12
CHANGED = 20  # each so manieth fact is corrected in a later hour
MORTALS = {"worker": '"event": "worker.ready"', "gateway": '"process": "gateway", "event": "link"'}  # says: I live
PAUSE_SECONDS = (2.0, 12.0)  # between two deaths
WINDOW = 50  # messages that a dying gateway may leave in doubt
TOKEN = re.compile(r"№(\d+x?)\b")

SETTINGS = """
INSERT INTO school_setting (school_id, name, value, version)
SELECT school.id, one.name, one.value, 1 FROM school,
    (VALUES ('longest_text_parts', '1'), ('uncertain_grace_seconds', '5')) AS one (name, value)
ON CONFLICT (school_id, name) DO UPDATE SET value = excluded.value
"""
# The families of the demo by turns: at once, in the evening.
SUBSCRIBE = """
INSERT INTO sms_subscription (school_id, guardian_id, student_id, phone, phone_confirmed_at, status, language, script,
    marks, absences, remarks, homework, announcements, digest_at, digest_days, version)
SELECT gs.school_id, gs.guardian_id, gs.student_id, g.phone, now(), 'active', 'ru', 'cyrillic', 'digest', 'at_once',
    CASE WHEN g.id % 2 = 0 THEN 'at_once' ELSE 'digest' END, 'digest', 'digest', '18:00', '{1,2,3,4,5,6,7}', 1
FROM guardianship gs JOIN guardian g ON g.id = gs.guardian_id
WHERE g.phone IS NOT NULL AND NOT gs.barred AND gs.begins_on IS NULL AND gs.ends_on IS NULL
"""
FACTS = """
WITH student AS (
    SELECT student_id, school_id, row_number() OVER (ORDER BY student_id) AS n, count(*) OVER () AS of
    FROM (SELECT DISTINCT student_id, school_id FROM sms_subscription) AS one),
written AS (
    INSERT INTO remark (school_id, student_id, kind, text, to_guardians, given_on, version)
    SELECT school_id, student_id, 'praise', '№' || fact, false, current_date, 1
    FROM generate_series(%(first)s::int, %(last)s::int) AS fact
    JOIN student ON student.n = 1 + fact * 7919 %% student.of
    RETURNING id, school_id, student_id)
INSERT INTO notice (school_id, record, record_id, action, urgent, student_id, trace)
SELECT school_id, 'remark', id, 'added', false, student_id, '' FROM written
"""
CORRECTIONS = """
WITH fact AS (SELECT id, CASE WHEN text ~ '^№[0-9]{1,9}$' THEN substr(text, 2)::int END AS number FROM remark),
changed AS (
    UPDATE remark r SET text = r.text || 'x' FROM fact
    WHERE fact.id = r.id AND fact.number %% %(each)s = 0 AND fact.number < %(before)s
    RETURNING r.id, r.school_id, r.student_id)
INSERT INTO notice (school_id, record, record_id, action, urgent, student_id, trace)
SELECT school_id, 'remark', id, 'changed', false, student_id, '' FROM changed
"""
UNDELIVERED = "SELECT count(*) FROM notice WHERE delivered_at IS NULL"
EVENING = "UPDATE sms_delivery SET due_at = now() WHERE state = 'due' AND kind = 'digest'"
UNSETTLED = """
SELECT (SELECT count(*) FROM sms_delivery WHERE state = 'due')
    + (SELECT count(*) FROM sms_message WHERE done_at IS NULL)
"""
WANTED = (
    "SELECT s.phone, substr(r.text, 2) FROM remark r JOIN sms_subscription s USING (student_id) WHERE r.text ~ '^№'"
)
LISTED = "SELECT m.phone, m.body FROM sms_message m WHERE m.id IN (SELECT message_id FROM witness)"


class Killer:
    """Ends worker or gateway, as chance has it and where it is at work again, until it is told to stop."""

    def __init__(self, school: RunningSchool) -> None:
        self.deaths: Counter[str] = Counter()
        self._lives: Counter[str] = Counter()
        self._school, self._stop = school, threading.Event()
        self._thread = threading.Thread(target=self._kill)

    def _kill(self) -> None:
        while not self._stop.wait(random.uniform(*PAUSE_SECONDS)):
            log = self._school.log.read_text(errors="replace")
            lives = Counter({name: log.count(word) for name, word in MORTALS.items()})
            ready = [name for name in MORTALS if lives[name] > self._lives[name]]
            if ready:
                victim = random.choice([name for name in ready if not self.deaths[name]] or ready)
                self._school.kill(victim)
                self._lives[victim] = lives[victim]
                self.deaths[victim] += 1

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()


def test_every_fact_of_a_day_reaches_each_family_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_school(Path(tmp_path_factory.mktemp("soak")) / "var") as school, school.owner() as database:
        for statement in (SETTINGS, "DELETE FROM sms_subscription", SUBSCRIBE, WITNESS):
            database.execute(statement.encode())
        killer = Killer(school)
        with killer.at_work():
            _day(database)
            _evening(database, 600)
        wait_until_open(school)
        _evening(database, 300)

        _account(school, database, killer.deaths)


def _day(database: psycopg.Connection[Any]) -> None:
    """Each hour has its facts, and corrects some of those before; it is over when somebody was chosen for each."""
    for hour in range(HOURS):
        first, last = NOTICES * hour // HOURS, NOTICES * (hour + 1) // HOURS - 1
        database.execute(CORRECTIONS.encode(), {"each": CHANGED, "before": first})
        database.execute(FACTS.encode(), {"first": first, "last": last})
        wait_for(lambda: _count(database, UNDELIVERED) == 0, 300, 0.2)


def _evening(database: psycopg.Connection[Any], seconds: float) -> None:
    """The digests' hour has come, and goes on until all is sent and settled."""

    def is_over() -> bool:
        database.execute(EVENING)
        return _count(database, UNSETTLED) == 0

    wait_for(is_over, seconds, 0.5)


def _count(database: psycopg.Connection[Any], question: str) -> int:
    row = database.execute(question.encode()).fetchone()
    return int(row[0]) if row else 0


def _account(school: RunningSchool, database: psycopg.Connection[Any], deaths: Counter[str]) -> None:
    wanted = {(phone, token) for phone, token in database.execute(WANTED.encode())}
    came = Counter(
        (phone, token)
        for phone in {phone for phone, _ in wanted}
        for text in school.texts(phone)
        if text["direction"] == "to_phone"
        for token in TOKEN.findall(text["text"])
    )
    listed = {(phone, token) for phone, body in database.execute(LISTED) for token in TOKEN.findall(body)}
    messages = _count(database, "SELECT count(*) FROM sms_message")
    doubled = {fact for fact, times in came.items() if times > 1}
    told_before = {(phone, token.removesuffix("x")) for phone, token in wanted if token.endswith("x")}
    print(
        f"\n{NOTICES:,} notices and their corrections, {len(wanted):,} facts for families in {messages:,} texts; "
        f"killed {dict(deaths)}: lost {len(wanted - came.keys())}, twice {len(doubled)} "
        f"(in doubt at some time {len(listed)})"
    )
    assert all(deaths[name] for name in MORTALS)
    assert wanted - came.keys() == set()
    assert came.keys() - wanted - told_before == set(), "told to a family that did not want it, or never written"
    assert doubled - listed == set(), "twice, and nobody was told"
    assert _count(database, "SELECT count(DISTINCT message_id) FROM witness") <= deaths["gateway"] * WINDOW
    assert _count(database, "SELECT count(*) FROM sms_message WHERE state <> 'delivered'") == 0
