"""What a text says of the answer to an absence notice, and of a change of the timetable."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.sms_words import Told

LONGEST = 300  # characters of an answer
MORE_WORDS = {
    "ru": {
        "away": "Отсутствие",
        "accepted": "принято",
        "declined": "отклонено",
        "moved": "перенос с",
        "room": "каб.",
        "teacher": "учитель",
        "takes_place": "состоится",
    },
    "en": {
        "away": "Absence",
        "accepted": "accepted",
        "declined": "declined",
        "moved": "moved from",
        "room": "room",
        "teacher": "teacher",
        "takes_place": "takes place",
    },
}


def answer_told(fact: "Told", words: dict[str, str]) -> str:
    """What became of an absence notice, with the class teacher's word."""
    days = "–".join(f"{day:%d.%m}" for day in dict.fromkeys((fact.day, fact.due)) if day)
    flat = " ".join(fact.text.split()).rstrip(" .")
    said = f" ({flat[:LONGEST]})" if flat else ""
    return f"{words['away']} {days}: {words[fact.value]}{said}"


def change_told(fact: "Told", words: dict[str, str]) -> str:
    """A change of one lesson: “24.11 ур.2 матем: каб. 12”."""
    day = f"{fact.day:%d.%m} " if fact.day else ""
    lesson = f"{day}{words['lesson']}{fact.period} {fact.subject}"
    if fact.gone:
        return f"{lesson} {words['off']}"
    changes = []
    if fact.was_day is not None:
        other_day = f"{fact.was_day:%d.%m} " if fact.was_day != fact.day else ""
        changes.append(f"{words['moved']} {other_day}{words['lesson']}{fact.was_period}")
    if fact.room:
        changes.append(f"{words['room']} {fact.room}")
    if fact.teacher:
        changes.append(f"{words['teacher']} {fact.teacher}")
    return f"{lesson}: {', '.join(changes) or words['takes_place']}".rstrip(".")
