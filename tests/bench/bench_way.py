"""The way of a mark: milliseconds from its commit to submit_sm at the SMSC."""

import statistics
import tempfile
from datetime import datetime
from pathlib import Path

from tests.flows.test_mark_to_phone import PARENT, child_of_parent_in_5a, own_lesson_of
from tests.running import RunningSchool, running_school, wait_for

MARKS = 100


def run() -> list[str]:
    """Lines to print; half a minute."""
    with (
        tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder,
        running_school(Path(folder) / "running") as school,
    ):
        return _latency(school)


def _latency(school: RunningSchool) -> list[str]:
    """Marks one by one at idle, pause 0: from the revision's time, which lies before the commit, to the SMSC's."""
    teacher = school.program("teacher")
    student = child_of_parent_in_5a(school)["id"]
    lesson = own_lesson_of(teacher, student)
    spans = []
    for _ in range(MARKS):
        before = len(school.texts(PARENT))
        mark = teacher.post("/api/v1/mark/", {"lesson": lesson, "student": student, "value": "5"}).json["id"]
        (came,) = wait_for(lambda before=before: school.texts(PARENT)[before:], pause=0.02)
        with school.owner() as database:
            (written,) = database.execute(
                "SELECT happened_at FROM revision WHERE record = 'mark' AND record_id = %s", (mark,)
            ).fetchone() or (None,)
        spans.append((datetime.fromisoformat(came["at"]) - written).total_seconds() * 1000)
    quantiles = statistics.quantiles(spans, n=100)
    return [
        f"(b) mark saved → submit_sm at the SMSC, pause 0, {MARKS} marks one by one: "
        f"median {statistics.median(spans):.0f} ms, 99th percentile {quantiles[98]:.0f} ms (aim: median under 150)"
    ]
