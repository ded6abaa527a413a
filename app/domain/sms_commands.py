"""What a family may text: the one table of commands, from which texts are understood and the leaflet is printed.

A word that only asks is understood with one letter wrong, missing, doubled or swapped, where it has four letters or
more. A word that changes something must be spelled as it stands here: what is nearly one is asked back.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.translit import latin

_TO_CYRILLIC = str.maketrans("ABEKMHOPCTYXaekmhopctyx", "АВЕКМНОРСТУХаекмнорстух")
_TO_LATIN = str.maketrans("АВЕКМНОРСТУХаекорсух", "ABEKMHOPCTYXaekopcyx")
SHORTEST_WITH_A_TYPO = 4


class Command(StrEnum):
    """What the text asks for."""

    MARKS = "marks"
    HOMEWORK = "homework"
    TIMETABLE = "timetable"
    AVERAGES = "averages"
    DEBTS = "debts"
    ABSENCE = "absence"
    SIGN = "sign"
    WITHDRAW = "withdraw"
    PAUSE = "pause"
    STOP = "stop"
    START = "start"
    YES = "yes"
    NO = "no"
    HELP = "help"


@dataclass(frozen=True)
class Spoken:
    """How a command is texted: the first word of each language is the one that leaflet and help name."""

    command: Command
    ru: tuple[str, ...]
    en: tuple[str, ...]
    digit: str = ""
    takes: tuple[str, ...] = ()  # what may follow: child, subject, day; of an absence: days, reason
    changes: bool = False  # more than a question: spelled exactly, and said first
    confirmed: bool = False  # done after a confirming reply only

    @property
    def words(self) -> frozenset[str]:
        """All that is understood, in small letters: Russian words in Latin letters too."""
        return frozenset({*self.ru, *self.en, *(latin(word) for word in self.ru)})


TABLE: tuple[Spoken, ...] = (
    Spoken(
        Command.MARKS,
        ("оц", "оценки", "оценка", "отметки", "отметка"),
        ("marks", "mark", "grades", "oc", "ocenki"),
        "1",
        ("child", "subject", "day", "week"),
    ),
    Spoken(
        Command.HOMEWORK,
        ("дз", "домашка", "задание", "задания", "задано"),
        ("homework", "hw", "task", "tasks"),
        "2",
        ("child", "subject", "day", "week"),
    ),
    Spoken(
        Command.TIMETABLE,
        ("расп", "расписание", "уроки"),
        ("timetable", "schedule", "lessons", "raspisanie"),
        "3",
        ("child", "day"),
    ),
    Spoken(
        Command.AVERAGES,
        ("ср", "средний", "средние", "средняя", "балл"),
        ("average", "averages", "avg", "mean"),
        "4",
        ("child", "subject"),
    ),
    Spoken(Command.DEBTS, ("долг", "долги", "хвосты"), ("debts", "debt"), "5", ("child", "subject")),
    Spoken(
        Command.ABSENCE,
        ("бол", "болеет", "болен", "больна", "заболел", "заболела", "болезнь", "отсутствие"),
        ("absent", "ill", "sick", "absence"),
        "6",
        ("child", "days", "reason"),
        changes=True,
        confirmed=True,
    ),
    Spoken(
        Command.SIGN, ("подп", "подпись", "подписать", "подписываю"), ("sign",), "7", ("child",), changes=True,
        confirmed=True,
    ),
    Spoken(
        Command.WITHDRAW, ("отмена", "отменить", "отменяю", "отозвать"), ("cancel", "withdraw", "undo"), "", ("child",),
        changes=True, confirmed=True,
    ),
    Spoken(Command.PAUSE, ("пауза",), ("pause",), "", ("child",), changes=True, confirmed=True),
    Spoken(
        Command.STOP,
        ("стоп", "отписка", "отписаться", "отключить", "хватит"),
        ("stop", "unsubscribe", "end", "quit"),
        changes=True,
    ),
    Spoken(
        Command.START, ("старт", "подписка", "включить"), ("start", "resume"), "", ("child",), changes=True,
        confirmed=True,
    ),
    Spoken(Command.YES, ("да", "ок"), ("yes", "ok"), changes=True),
    Spoken(Command.NO, ("нет",), ("no",), changes=True),
    Spoken(Command.HELP, ("помощь", "справка", "команды"), ("help", "info", "commands", "pomosch"), "0"),
)  # fmt: skip
BY_COMMAND: dict[Command, Spoken] = {one.command: one for one in TABLE}
BY_WORD: dict[str, Command] = {word: one.command for one in TABLE for word in one.words}
BY_DIGIT: dict[str, Command] = {one.digit: one.command for one in TABLE if one.digit}
WEEK = frozenset({"неделя", "неделю", "недели", "nedelya", "nedelyu", "week"})
#: What is said besides, and asks for nothing: “Здравствуйте, какие оценки у Маши?”
_POLITE = (
    "здравствуйте здравствуй привет добрый доброе день утро вечер спасибо благодарю большое пожалуйста извините "
    "скажите подскажите сообщите пришлите напишите покажите какие какое какая какой что мне нам про для есть "
    "моего моей моих сына дочки дочери ребенка было за какую "
    "hello dear good morning evening thanks thank you please tell send show what which the are for my about"
)
POLITE = frozenset(form for word in _POLITE.split() for form in (word, latin(word)))


def spellings(word: str) -> tuple[str, ...]:
    """The word in small letters, as it stands and with its look-alikes of the other alphabet.

    >>> spellings("CTOП")
    ('ctoп', 'стоп')
    """
    forms = (word, word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN))
    return tuple(dict.fromkeys(form.casefold().replace("ё", "е") for form in forms))


def is_one_typo_away(typed: str, meant: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two neighbours are swapped; never of short words.

    >>> [is_one_typo_away(typed, "оценки") for typed in ("оценкм", "оцнки", "оцекни", "оценнки", "оценки", "оцкеим")]
    [True, True, True, True, False, False]
    """
    if min(len(typed), len(meant)) < SHORTEST_WITH_A_TYPO or abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    at = next((place for place, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), None)
    if at is None:
        return True  # one is the other and a letter
    rest, other = typed[at:], meant[at:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return rest[1:] == other[1:] or rest[1:] == other or rest == other[1:] or swapped


def command_of(word: str) -> Command | None:
    """The command that the word is, exactly.

    >>> command_of("СтОп"), command_of("CTOП"), command_of("Dz"), command_of("привет")
    (<Command.STOP: 'stop'>, <Command.STOP: 'stop'>, <Command.HOMEWORK: 'homework'>, None)
    """
    found = (BY_WORD.get(form) for form in spellings(word))
    return next((one for one in found if one is not None), None)


def nearly(word: str) -> Command | None:
    """The one command that a typo makes of the word; None where there is none, or more than one.

    >>> nearly("расписаниe"), nearly("стопп"), nearly("оценк")
    (None, <Command.STOP: 'stop'>, <Command.MARKS: 'marks'>)
    """
    if command_of(word) is not None:
        return None
    found = {command for form in spellings(word) for known, command in BY_WORD.items() if is_one_typo_away(form, known)}
    return found.pop() if len(found) == 1 else None
