"""Whatever dies while marks are written: what was acknowledged is there, and the family gets each final mark once."""

import itertools
import random
import re
import threading
import time
import urllib.error
from collections import Counter
from http.client import HTTPException
from typing import Any
from uuid import uuid4

import pytest

from tests.flows.test_mark_to_phone import PARENT, child_of_parent_in_5a, own_lesson_of
from tests.running import Door, RunningSchool, wait_for, wait_until_open

MARKS = 120
WRITERS = 4
KILLS = 1  # of one part; tests/soak kills more often


class Writers:
    """Programs that write marks, each with a key of its own, and ask again when nobody answered."""

    def __init__(self, school: RunningSchool, lesson: int, student: int) -> None:
        self.school, self.lesson, self.student = school, lesson, student
        self.keys = (f"{uuid4().hex}-{number}" for number in itertools.count())
        self.left = MARKS
        self.lock = threading.Lock()
        self.acknowledged: list[int] = []
        self.refused: list[str] = []
        doors = [school.program("teacher") for _ in range(WRITERS)]
        self.threads = [threading.Thread(target=self._write, args=(door,)) for door in doors]

    def _take(self) -> str | None:
        with self.lock:
            if self.left == 0:
                return None
            self.left -= 1
            return next(self.keys)

    def _write(self, door: Door) -> None:
        while key := self._take():
            value = random.choice("345")
            body = {"lesson": self.lesson, "student": self.student, "value": value}
            answer = wait_for(lambda body=body, key=key: _asked(door, body, key), 60, 0.2)
            with self.lock:
                if answer.status == 201:
                    self.acknowledged.append(answer.json["id"])
                else:
                    self.refused.append(answer.text)

    def run(self) -> None:
        for thread in self.threads:
            thread.start()


def _asked(door: Door, body: dict[str, Any], key: str) -> Any:
    try:
        answer = door.call("POST", "/api/v1/mark/", body, Idempotency_Key=key)
    except (HTTPException, urllib.error.URLError, OSError):
        return None
    return None if answer.status == 503 else answer


@pytest.mark.parametrize("victim", ["web"])  # the others, and each more often: tests/soak
def test_no_mark_is_lost_or_told_twice_when_a_part_is_killed(school: RunningSchool, victim: str) -> None:
    survive(school, victim)


def survive(school: RunningSchool, victim: str, kills: int = KILLS) -> None:
    """Write marks while a part is killed again and again; every mark is kept, and told once."""
    teacher = school.program("teacher")
    student = child_of_parent_in_5a(school)["id"]
    lesson = own_lesson_of(teacher, student)
    texts_before = len(school.texts(PARENT))
    writers = Writers(school, lesson, student)

    writers.run()
    for _ in range(kills):
        time.sleep(random.uniform(0.2, 1.5))
        school.kill("valkey" if victim == "redis" else victim)
        wait_until_open(school)
    for thread in writers.threads:
        thread.join(120)

    assert writers.refused == []
    assert len(set(writers.acknowledged)) == MARKS
    with school.owner() as database:
        query = "SELECT id, value FROM mark WHERE id = ANY(%s)"
        kept = dict(database.execute(query, (writers.acknowledged,)).fetchall())
        assert len(kept) == MARKS
        assert database.execute("SELECT count(*) FROM mark WHERE id > %s", (min(kept) - 1,)).fetchone() == (MARKS,)

        def untold() -> int:
            row = database.execute(
                "SELECT count(*) FROM sms_delivery WHERE record = 'mark' AND record_id = ANY(%s) AND state = 'told'",
                (list(kept),),
            ).fetchone()
            return MARKS - int(row[0] if row else 0)

        wait_for(lambda: untold() == 0, 60, 0.2)

    def said() -> Counter[str]:
        texts = " ".join(one["text"] for one in school.texts(PARENT)[texts_before:] if one["direction"] == "to_phone")
        runs = re.findall(r"матем ([2-5](?:,[2-5])*)", texts)  # "матем 5,4 (дз)"
        return Counter("".join(runs).replace(",", ""))

    wait_for(lambda: sum(said().values()) >= MARKS, 60, 0.2)
    assert said() == Counter(kept.values())
    assert school.command("ledger", "verify").returncode == 0
