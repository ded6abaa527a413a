"""How much a text tells: everything, how many there are of a kind, or absences only; by the family's choice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.sms_words import Told

FULL, COUNTS, ABSENCES = "full", "counts", "absences"
DETAILS = (FULL, COUNTS, ABSENCES)
TOLD_WHOLE = frozenset(  # where the rest is counted
    {"announcement", "absence", "absence_notice", "timetable", "lesson", "reminder"}
)

_NOUNS = {
    "ru": {
        "mark": ("новая оценка", "новые оценки", "новых оценок"),
        "debt": ("долг", "долга", "долгов"),
        "remark": ("замечание", "замечания", "замечаний"),
        "praise": ("похвала", "похвалы", "похвал"),
        "homework": ("задание", "задания", "заданий"),
        "reminder": ("напоминание", "напоминания", "напоминаний"),
        "behaviour_mark": ("оценка поведения", "оценки поведения", "оценок поведения"),
        "average": ("средний балл", "средних балла", "средних баллов"),
        "term_mark": ("итоговая оценка", "итоговые оценки", "итоговых оценок"),
    },
    "en": {
        "mark": ("new mark", "new marks", "new marks"),
        "debt": ("debt", "debts", "debts"),
        "remark": ("remark", "remarks", "remarks"),
        "praise": ("praise", "praises", "praises"),
        "homework": ("homework", "pieces of homework", "pieces of homework"),
        "reminder": ("reminder", "reminders", "reminders"),
        "behaviour_mark": ("behaviour mark", "behaviour marks", "behaviour marks"),
        "average": ("average", "averages", "averages"),
        "term_mark": ("result", "results", "results"),
    },
}


@dataclass(frozen=True)
class Wished:
    """What is told in place of these facts (by their places); `is_count`: of them nothing but their number."""

    fact: Told
    places: tuple[int, ...]
    is_count: bool = False


def as_wished(facts: Sequence[Told], detail: str, language: str = "ru") -> list[Wished]:
    """The facts as this level of detail tells them; what it does not tell at all is left out.

    >>> marks = [Told("mark", "Анна", "матем", value) for value in "5433"]
    >>> [one.fact.text for one in as_wished(marks, COUNTS)], as_wished(marks, ABSENCES)
    (['4 новые оценки'], [])
    """
    if detail == FULL:
        return [Wished(fact, (place,)) for place, fact in enumerate(facts)]
    whole = frozenset({"absence", "absence_notice"}) if detail == ABSENCES else TOLD_WHOLE
    told = [Wished(fact, (place,)) for place, fact in enumerate(facts) if fact.record in whole]
    return told if detail == ABSENCES else [*told, *_counted(facts, language)]


def _counted(facts: Sequence[Told], language: str) -> Iterator[Wished]:
    found: dict[tuple[str, str], list[int]] = {}
    for place, fact in enumerate(facts):
        if fact.record not in TOLD_WHOLE:
            kind = "praise" if (fact.record, fact.value) == ("remark", "praise") else fact.record
            found.setdefault((fact.student, kind), []).append(place)
    nouns = _NOUNS.get(language, _NOUNS["ru"])
    for (student, kind), places in found.items():
        text = f"{len(places)} {nouns[kind][plural_form(len(places), language)]}"
        yield Wished(Told("count", student, text=text, number=len(places)), tuple(places), True)


def plural_form(number: int, language: str) -> int:
    """Which of three forms a noun takes after the number: 1, 21 → 0; 2–4, 22 → 1; 5, 11, 12 → 2 in Russian.

    >>> [plural_form(number, "ru") for number in (1, 2, 5, 11, 12, 21, 22, 25, 111)], plural_form(2, "en")
    ([0, 1, 2, 2, 2, 0, 1, 2, 2], 1)
    """
    if language == "en":
        return 0 if number == 1 else 1
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else 2
