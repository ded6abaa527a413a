"""News as a mail tells them: grouped, every fact in its own line, and no words left out for want of room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.sms_words import LONGEST_PHRASE, ORDER, Told, phrase

_PLACE = "\ue000"  # stands for a long text while its phrase is made; no text of a record can hold it


@dataclass(frozen=True)
class Group:
    """The facts of one kind: their places and lines."""

    record: str  # as in ORDER
    places: Sequence[int]
    lines: Sequence[str]


def groups(facts: Sequence[Told], words: Mapping[str, str]) -> list[Group]:
    """The facts by kind, the most important kind first.

    >>> from app.domain.sms_words import WORDS
    >>> late = Told("absence", "Анна", "физ", "late")
    >>> facts = [Told("mark", "Анна", "матем", "5"), late, Told("mark", "Анна", "рус", "4")]
    >>> [(one.record, one.places, one.lines) for one in groups(facts, WORDS["ru"])]
    [('absence', [1], ['опоздание: физ']), ('mark', [0, 2], ['матем 5', 'рус 4'])]
    """
    found: dict[str, list[int]] = {}
    for place, fact in enumerate(facts):
        found.setdefault(fact.record, []).append(place)
    return [
        Group(record, places, [line(facts[place], words) for place in places])
        for record, places in sorted(found.items(), key=lambda one: ORDER.index(one[0]))
    ]


def line(fact: Told, words: Mapping[str, str]) -> str:
    """One fact in one line, a long text whole."""
    flat = " ".join(fact.text.split())
    if len(flat) <= LONGEST_PHRASE:
        return " ".join(phrase(fact, dict(words)).split())
    said = phrase(replace(fact, text=_PLACE), dict(words))
    return " ".join(said.split()).replace(_PLACE, flat)
