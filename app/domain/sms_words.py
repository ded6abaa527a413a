"""What a family reads: facts about a child become one short text, in the language and script they chose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.sms_notices import MORE_WORDS, answer_told, change_told
from app.domain.sms_text import economical, segment_count
from app.domain.sms_vocabulary import WORDS
from app.domain.translit import latin

ALL_WORDS = {language: words | MORE_WORDS[language] for language, words in WORDS.items()}
ORDER = (  # the most important first
    "announcement", "absence", "absence_notice", "timetable", "term_mark", "mark", "debt", "remark", "behaviour_mark",
    "reminder", "homework", "lesson", "average", "count",
)  # fmt: skip
LONGEST_PHRASE = 300  # characters of a remark or homework in one text
LONGEST_NEWS = 1600  # of an announcement; no text of URGENT_PARTS holds more
URGENT_PARTS = 10  # an urgent text is never shortened: a longer one is refused when it is saved


@dataclass(frozen=True)
class Told:
    """One fact as it is now, ready to be told. `before` is what the family was told of it last, if anything."""

    record: str  # as in ORDER; `count` tells the number of several others
    student: str  # the child's given name; empty for news of the school
    subject: str = ""
    value: str = ""  # mark: its value; absence: its reason; remark: its kind
    work_type: str = ""
    day: date | None = None
    due: date | None = None
    period: int | None = None
    text: str = ""
    bring: str = ""  # of homework: to the lesson that it is due in
    mandatory: bool = True
    before: str | None = None
    gone: bool = False  # taken away after it was told; of a lesson: cancelled
    was_day: date | None = None  # of a lesson that was moved
    was_period: int | None = None
    room: str = ""  # where it is another one
    teacher: str = ""
    number: int = 1  # of a count: how many facts it stands for


def urgent_parts(title: str, text: str) -> int:
    """How many SMS an urgent announcement costs, signature included; more than URGENT_PARTS where it is too long."""
    if len(text) > LONGEST_NEWS:
        return len(text) // 67 + 1
    news = Told("announcement", "", value=title, text=text)
    rules = TextRules(signature="Ш" * 20)
    return segment_count(rules.finished([phrase(news, rules.words) + "."]))


@dataclass(frozen=True)
class TextRules:
    """How a subscription wants its texts: a text takes at most `longest_parts` segments, and another one follows.

    With `most_parts` there is one text of at most so many, and what does not fit is told by its number. `heading`
    stands first: in an answer it says what was understood.
    """

    language: str = "ru"
    script: str = "cyrillic"
    longest_parts: int = 6
    signature: str = ""
    most_parts: int | None = None
    heading: str = ""

    @property
    def words(self) -> dict[str, str]:
        return ALL_WORDS.get(self.language, ALL_WORDS["ru"])

    def finished(self, lines: Iterable[str]) -> str:
        """The text of these sentences, signed, in the family's script and the cheaper form of its signs."""
        text = economical(" ".join([self.heading, *lines, self.signature]).strip())
        return latin(text) if self.script == "latin" else text


def phrase(fact: Told, words: dict[str, str]) -> str:
    """The fact by itself, with its day: what stands in a text that tells nothing else."""
    tell = {
        "mark": _mark,
        "absence": _absence,
        "homework": _homework,
        "remark": _remark,
        "debt": _debt,
        "behaviour_mark": _behaviour,
        "announcement": _news,
        "reminder": _reminder,
        "lesson": _lesson,
        "absence_notice": answer_told,
        "timetable": change_told,
        "average": _average,
        "count": _count,
        "term_mark": _term_mark,
    }
    return tell[fact.record](fact, words)


def _mark(fact: Told, words: dict[str, str]) -> str:
    work = f" ({fact.work_type})" if fact.work_type else ""
    day = f" {fact.day:%d.%m}" if fact.day else ""
    if fact.gone:
        return f"{fact.subject} {fact.before or fact.value}{work}{day} {words['cancelled']}"
    if fact.before is not None:
        return f"{fact.subject} {fact.value} {words['instead']} {fact.before}{work}{day}"
    return f"{fact.subject} {fact.value}{work}{day}"


def _absence(fact: Told, words: dict[str, str]) -> str:
    number = "" if fact.period is None else f"{words['lesson']}{fact.period}"
    lesson = f"{number} {fact.subject}".strip()
    day = f" {fact.day:%d.%m}" if fact.day else ""
    if fact.gone:
        return f"{lesson}{day} – {words['mistake']}"
    return f"{words.get(fact.value, fact.value)}: {lesson}{day}"


def homework_task(fact: Told, words: dict[str, str]) -> str:
    """What is to be done, where subject and day stand before it."""
    says_so = fact.text.lstrip().lower().startswith(words["voluntary"])
    optional = "" if fact.mandatory or says_so else f" ({words['voluntary']})"
    bring = f"{words['bring']} {_shortened(fact.bring)}" if fact.bring.strip() else ""
    return f"{optional}: {'; '.join(filter(None, (_shortened(fact.text) if fact.text.strip() else '', bring)))}"


def _homework(fact: Told, words: dict[str, str]) -> str:
    due = f" {words['at']} {fact.due:%d.%m}" if fact.due else ""
    if fact.gone:
        return f"{words['homework']} {fact.subject}{due} {words['cancelled']}"
    return f"{words['homework']} {fact.subject}{due}{homework_task(fact, words)}"


def _debt(fact: Told, words: dict[str, str]) -> str:
    work = f" ({fact.work_type})" if fact.work_type else ""
    if fact.gone:
        return f"{words['debt']} {fact.subject} {words['cancelled']}"
    due = f" {words['until']} {fact.due:%d.%m}" if fact.due else ""
    task = f": {_shortened(fact.text)}" if fact.text.strip() else ""
    return f"{words.get(fact.value, words['debt'])}: {fact.subject}{work}{due}{task}"


def _remark(fact: Told, words: dict[str, str]) -> str:
    said = words.get(fact.value, words["remark"])
    if fact.gone:
        return f"{said} «{_shortened(fact.text)}» – {words['cancelled']}"
    subject = f" ({fact.subject})" if fact.subject else ""
    return f"{said}{subject}: {_shortened(fact.text)}"


def _behaviour(fact: Told, words: dict[str, str]) -> str:
    said = words.get(fact.value, fact.value)
    if fact.gone or fact.day is None:
        return f"{words['behaviour'].rsplit(' ', 1)[0]} ({said}) {words['cancelled']}"
    comment = f" ({_shortened(fact.text)})" if fact.text.strip() else ""
    return f"{words['behaviour']} {fact.day:%d.%m}: {said}{comment}"


def _reminder(fact: Told, words: dict[str, str]) -> str:
    day = f" {fact.day:%d.%m}" if fact.day else ""
    if fact.value == "sign":
        return f"{words['sign']}{day} {words['in_diary']}"
    if fact.value in ("meeting", "soon"):
        return _meeting(fact, day, words)
    return f"{words[fact.value]}{day}: {_shortened(fact.text)}"


def _meeting(fact: Told, day: str, words: dict[str, str]) -> str:
    if fact.gone:
        return f"{words['meeting']}{day} {_shortened(fact.text)} – {words['cancelled']}"
    changed = "" if fact.before is None else f"{words['other_than']}: "
    return f"{changed}{words[fact.value]}{day} {_shortened(fact.text)}. {words['will_you_come']}"


def _lesson(fact: Told, words: dict[str, str]) -> str:
    day = f"{fact.day:%d.%m} " if fact.day else ""
    off = f" ({words['off']})" if fact.gone else ""
    return f"{day}{'' if fact.period is None else fact.period} {fact.subject}{off}".strip()


def result_of(fact: Told, words: dict[str, str]) -> str:
    """What a term mark is for: “Итог (1 четверть)”."""
    return f"{words['term_mark']} ({words.get(fact.text, fact.text)})"


def term_mark_value(fact: Told, words: dict[str, str]) -> str:
    """Subject and mark, where it is said before what it is for."""
    if fact.gone:
        return f"{fact.subject} {fact.before or fact.value} {words['cancelled']}"
    instead = f" {words['instead']} {fact.before}" if fact.before is not None else ""
    return f"{fact.subject} {fact.value}{instead}"


def _term_mark(fact: Told, words: dict[str, str]) -> str:
    return f"{result_of(fact, words)}: {term_mark_value(fact, words)}"


def _average(fact: Told, words: dict[str, str]) -> str:
    weighted = f" ({words['weighted']} {fact.text})" if fact.text and fact.text != fact.value else ""
    return f"{fact.subject} {fact.value}{weighted}"


def _count(fact: Told, words: dict[str, str]) -> str:
    return f"{fact.text} {words['see']}"


def _news(fact: Told, words: dict[str, str]) -> str:
    title, text = fact.value.rstrip(" .!"), _shortened(fact.text, LONGEST_NEWS)
    return f"{title}. {text}".rstrip(" .") if text != title else title


def _shortened(text: str, longest: int = LONGEST_PHRASE) -> str:
    flat = " ".join(text.split()).rstrip(" .")
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"


def abbreviated(names: Iterable[str]) -> str:
    """The first of these that says something.

    >>> abbreviated(["", "матем"])
    'матем'
    """
    return next((name for name in names if name), "")
