"""What a family may text: the words of each command, tolerant of case, signs and Latin look-alikes."""

import re
from enum import StrEnum

# Latin letters that stand for a Cyrillic one on a phone's keyboard or to the eye.
_LOOK_ALIKE = str.maketrans("ABEKMHOPCTYXaeopcyx", "АВЕКМНОРСТУХаеорсух")
_NOT_LETTERS = re.compile(r"[\W_]+")


class Command(StrEnum):
    """What the text asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


WORDS: dict[Command, frozenset[str]] = {
    Command.STOP: frozenset({"стоп", "stop", "отписка", "отписаться", "хватит", "unsubscribe"}),
    Command.START: frozenset({"старт", "start", "подписка"}),
    Command.HELP: frozenset({"помощь", "справка", "help", "?"}),
}


def command(text: str) -> Command:
    """The command that a text names by its first word; whatever is not understood asks for help.

    >>> command("  СтОп!!"), command("CTOП"), command("привет")
    (<Command.STOP: 'stop'>, <Command.STOP: 'stop'>, <Command.HELP: 'help'>)
    """
    for word in _NOT_LETTERS.split(text.strip())[:2]:
        if not word:
            continue
        for spelling in (word.casefold(), word.translate(_LOOK_ALIKE).casefold()):
            for asked, words in WORDS.items():
                if spelling in words:
                    return asked
        break
    return Command.HELP
