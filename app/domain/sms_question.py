"""A family's text as a question: which command, about which children, subject and day; what was not understood."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.given_names import forms_of
from app.domain.sms_commands import (
    BY_COMMAND,
    BY_DIGIT,
    BY_WORD,
    POLITE,
    WEEK,
    Command,
    command_of,
    is_one_typo_away,
    nearly,
    spellings,
)
from app.domain.sms_days import day_named, is_month, names_day
from app.domain.translit import latin

_WORDS = re.compile(r"(?<=\s)[0-9]{1,2}[./][0-9]{1,2}(?:[./][0-9]{2,4})?(?![0-9])|[0-9]+|[^\W\d_]+")
_CODE = re.compile(r"[0-9]{4,6}")
SHORTEST_BEGINNING = 3  # letters of a name that stand for it
SHORTEST_STEM, LONGEST_ENDING = 4, 3
MOST_WORDS = 12
LONGEST_WORD = 40
_REPLIES = (Command.YES, Command.NO)  # are no wish by themselves
_SOME_DAY = date(2026, 9, 1)  # a date without a year is one of any year


@dataclass(frozen=True)
class Known:
    """What the words of a question may mean: children by their place, subjects by their key."""

    children: Sequence[str] = ()  # given names, in the order in which they are numbered
    subjects: Mapping[int, Sequence[str]] = field(default_factory=dict)  # long, short, Latin name


@dataclass(frozen=True)
class Asked:
    """What was understood. `children` are places in Known; empty: all of them."""

    command: Command
    children: tuple[int, ...] = ()
    subjects: tuple[int, ...] = ()
    day: str = ""  # as it was written: “завтра”, “пн”, “30.11”; `sms_days.day_named` knows which it is
    is_week: bool = False  # not of a day only
    code: str = ""
    strange: str = ""  # the first word that nothing is known of
    nearly: Command | None = None  # a change that it is almost, and that must be spelled exactly
    later: Command | None = None  # a change that stands in it, but not first
    is_polite: bool = False  # says nothing but a greeting or thanks


def first_command(text: str) -> tuple[Command | None, list[str]]:
    """The command that the text begins with, else the question that stands in it, and its other words.

    What changes something counts as the first word only, so that no sentence with such a word in it does.

    >>> first_command("ДЗ Маша"), first_command("2маша"), first_command("да4821"), first_command("Маша, дз!")
    ((<Command.HOMEWORK: 'homework'>, ['Маша']), (<Command.HOMEWORK: 'homework'>, ['маша']), \
(<Command.YES: 'yes'>, ['4821']), (<Command.HOMEWORK: 'homework'>, ['Маша']))
    """
    words = [word[:LONGEST_WORD] for word in _WORDS.findall(text)[:MOST_WORDS]]
    if not words:
        return (Command.HELP if "?" in text else None), []
    if _CODE.fullmatch(words[0]) and len(words) == 1:
        return Command.YES, words
    for place, word in enumerate(words):
        found = command_of(word) or (BY_DIGIT.get(word) if place == 0 else None)
        if found is not None and (place == 0 or not BY_COMMAND[found].changes):
            return _taken_back(found, words[:place] + words[place + 1 :])
    for place, word in enumerate(words):
        meant = nearly(word)
        if meant is not None and not BY_COMMAND[meant].changes:
            return meant, words[:place] + words[place + 1 :]
    return None, words


def _taken_back(found: Command, rest: list[str]) -> tuple[Command, list[str]]:
    """“БОЛ ОТМЕНА” takes back, and does not report with the comment “отмена”."""
    if found is Command.ABSENCE and rest and command_of(rest[0]) is Command.WITHDRAW:
        return Command.WITHDRAW, rest[1:]
    return found, rest


def _glued(word: str) -> tuple[Command, str] | None:
    """A question and what follows it without a blank: “дзмаша”."""
    for form in spellings(word):
        for known in sorted(BY_WORD, key=len, reverse=True):
            rest = form[len(known) :]
            if form.startswith(known) and len(rest) >= SHORTEST_BEGINNING and not BY_COMMAND[BY_WORD[known]].changes:
                return BY_WORD[known], rest
    return None


def understood(text: str, known: Known) -> Asked:
    """What the text asks, given whom and what its words may mean.

    >>> asked = understood("дз завтра маша", Known(("Мария", "Пётр")))
    >>> asked.command, asked.children, asked.day
    (<Command.HOMEWORK: 'homework'>, (0,), 'завтра')
    """
    command, words = first_command(text)
    if command is None and words:
        return _without_command(words, known)
    if command is None:
        return Asked(Command.HELP)
    if command is Command.YES:
        code = next((word for word in words if _CODE.fullmatch(word)), "")
        return Asked(command, code=code)
    if not BY_COMMAND[command].takes or command is Command.ABSENCE:  # that one has a grammar of its own: sms_absence.py
        return Asked(command)
    return _with_words(command, words, known)


def _without_command(words: Sequence[str], known: Known) -> Asked:
    """A command without a blank behind it, a greeting, a change that does not stand first; else what is strange."""
    glued = _glued(words[0])
    asked = _with_words(glued[0], [glued[1], *words[1:]], known) if glued else None
    if asked and not asked.strange:
        return asked
    if all(_is_polite(spellings(word)) for word in words):
        return Asked(Command.HELP, is_polite=True)
    meant = nearly(words[0])
    later = None if meant else next((one for one in map(command_of, words[1:]) if one and one not in _REPLIES), None)
    return Asked(Command.HELP, strange=words[0], nearly=meant, later=later)


def _with_words(command: Command, words: Sequence[str], known: Known) -> Asked:
    takes = BY_COMMAND[command].takes
    children: list[int] = []
    subjects: list[int] = []
    day, is_week, strange = "", False, ""
    for word in _dates_joined(words, known):
        forms = spellings(word)
        when = next((form for form in forms if names_day(form)), "")
        child = [] if when else list(_children(word, forms, known.children))
        subject = [] if child or when else list(_subjects(forms, known.subjects))
        if when and ("day" not in takes or _exists(when)):
            day = when if "day" in takes else day
        elif any(form in WEEK for form in forms):
            is_week = "week" in takes
        elif child:
            children += child
        elif subject and "subject" in takes:
            subjects += subject
        elif command is Command.WITHDRAW and nearly(word) is Command.ABSENCE:  # отмена болезни
            continue
        elif not subject and not _is_filler(forms, subjects, known) and not strange:
            strange = word
    return Asked(command, tuple(dict.fromkeys(children)), tuple(dict.fromkeys(subjects)), day, is_week, strange=strange)


def _dates_joined(words: Sequence[str], known: Known) -> Iterator[str]:
    """The words, “30 ноября” as one of them; a child called Марта is no month."""
    rest = iter([*words, ""])
    word = next(rest)
    for following in rest:
        is_date = word.isdigit() and is_month(following) and not children_named([following], known.children)
        yield f"{word} {following}" if is_date else word
        word = next(rest, "") if is_date else following


def _exists(said: str) -> bool:
    return day_named(said, _SOME_DAY) is not None


def _is_polite(forms: Sequence[str]) -> bool:
    return any(form in POLITE for form in forms)


def _is_filler(forms: Sequence[str], subjects: Sequence[int], known: Known) -> bool:
    """A later word of a subject's name, another word for the same command, or a little word."""
    later = {part for key in subjects for name in known.subjects[key] for part in name.casefold().split()}
    return _is_polite(forms) or any(
        form in later or form in BY_WORD or (len(form) < SHORTEST_BEGINNING and form.isalpha()) for form in forms
    )


def children_named(words: Iterable[str], names: Sequence[str]) -> tuple[int, ...]:
    """The places of the children whom these words name, by name or number.

    >>> children_named(["Маша", "и", "2"], ["Мария", "Пётр"])
    (0, 1)
    """
    return tuple(dict.fromkeys(place for word in words for place in _children(word, spellings(word), names)))


def _children(word: str, forms: Sequence[str], names: Sequence[str]) -> Iterator[int]:
    if word.isdigit():
        if word.isascii() and len(word) < 3 and 0 < int(word) <= len(names):  # "²" is a digit, too, but no number
            yield int(word) - 1
        return
    exact = [place for place, name in enumerate(names) if any(form in _written(name) for form in forms)]
    for place, name in enumerate(names):
        if place in exact or (not exact and any(_begins(form, one) for form in forms for one in _written(name))):
            yield place


def _written(name: str) -> frozenset[str]:
    forms = forms_of(name)
    return frozenset({*forms, *(latin(form) for form in forms)})


def _subjects(forms: Sequence[str], subjects: Mapping[int, Sequence[str]]) -> Iterator[int]:
    named = {key: [name.casefold().replace("ё", "е") for name in names if name] for key, names in subjects.items()}
    exact = [key for key, names in named.items() if any(form in names for form in forms)]
    for key, names in named.items():
        if key in exact or (not exact and any(_begins(form, name) for form in forms for name in names)):
            yield key


def _begins(typed: str, name: str) -> bool:
    """Three letters or more of its beginning, its first word in another case, or with a typo.

    >>> [_begins(typed, "русский язык") for typed in ("рус", "русскому", "руский", "рука", "ру")]
    [True, True, True, False, False]
    """
    first = name.split()[0] if name.split() else ""
    pairs = enumerate(zip(typed, first, strict=False))
    alike = next((place for place, (one, other) in pairs if one != other), min(len(typed), len(first)))
    is_inflected = alike >= SHORTEST_STEM and max(len(typed), len(first)) - alike <= LONGEST_ENDING
    return (
        (len(typed) >= SHORTEST_BEGINNING and first.startswith(typed)) or is_inflected or is_one_typo_away(typed, first)
    )
