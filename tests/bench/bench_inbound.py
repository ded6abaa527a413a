"""A question by text: from the phone's submit to the answer at the SMSC, through the whole running school."""

import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.flows.test_mark_to_phone import PARENT
from tests.running import RunningSchool, running_school, wait_for

QUESTIONS = ("ОЦ", "ДЗ", "РАСП", "СР", "ДОЛГ")
ROUNDS = 12
AS_MANY_AS_ALLOWED = """
INSERT INTO school_setting (school_id, name, value, version) SELECT id, 'sms_answers_a_day', '200', 1 FROM school
ON CONFLICT (school_id, name) DO UPDATE SET value = excluded.value
"""


def run() -> list[str]:
    """Lines to print; half a minute."""
    with (
        tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder,
        running_school(Path(folder) / "running") as school,
    ):
        with school.owner() as database:
            database.execute(AS_MANY_AS_ALLOWED)
        spans = {word: [_asked(school, word, number) for number in range(ROUNDS)] for word in QUESTIONS}
    every = sorted(span for its in spans.values() for span in its)
    apart = ", ".join(f"{word} {1000 * statistics.median(its):.0f}" for word, its in spans.items())
    return [
        f"(i) a question by text → its answer at the SMSC, {len(every)} one by one: median "
        f"{1000 * statistics.median(every):.0f} ms, 95th percentile {1000 * every[int(len(every) * 0.95)]:.0f} ms "
        f"(aim: median under 1,000); medians by question: {apart}"
    ]


def _asked(school: RunningSchool, word: str, number: int) -> float:
    """Seconds. Each text differs from the one before: the same again at once is taken for the SMSC's repetition."""
    before = len(_answers(school))
    asked_at = datetime.now(UTC)
    school.reply(PARENT, word + " " * number)
    came = wait_for(lambda: _answers(school)[before:], pause=0.01)
    return (datetime.fromisoformat(came[0]["at"]) - asked_at).total_seconds()


def _answers(school: RunningSchool) -> list[dict[str, Any]]:
    return [text for text in school.texts(PARENT) if text["direction"] == "to_phone"]
