"""Facts about children become the fewest segments that lose none of them: grouped, the most important first.

A day that most facts share is said once, marks of one work stand together, lessons missed for one reason too. What a
family's own limit has no room for is counted, and no fact is cut by another.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from app.domain.sms_brief import briefly
from app.domain.sms_text import segment_count
from app.domain.sms_words import ORDER, TextRules, Told, homework_task, phrase, result_of, term_mark_value

Words = dict[str, str]
Of = Callable[[Told], object]


@dataclass(frozen=True)
class Text:
    """One text, and the places of its facts: those that it tells, and those of which it tells the number only."""

    body: str
    told: tuple[int, ...]
    counted: tuple[int, ...] = ()

    @property
    def parts(self) -> int:
        """How many segments it costs."""
        return segment_count(self.body)


def packed(facts: Sequence[Told], rules: TextRules) -> list[Text]:
    """Texts that tell all of these facts, or one text that tells some and counts the others, where a limit is set.

    Only a single fact that is longer than a whole text of `longest_parts` is shortened. Empty without facts.

    >>> [text.body for text in packed([Told("mark", "Аня", "матем", value) for value in "54"], TextRules())]
    ['Аня: матем 5,4.']
    """
    order = sorted(range(len(facts)), key=lambda place: (ORDER.index(facts[place].record), place))
    if not order:
        return []
    if rules.most_parts is not None:
        return [_limited(facts, order, rules, rules.most_parts)]
    body = _body([facts[place] for place in order], rules)
    if segment_count(body) <= rules.longest_parts:
        return [Text(body, tuple(order))]
    return _several(facts, order, rules)


def unpacked(facts: Sequence[Told], rules: TextRules) -> str:
    """The same facts one after the other, each by itself: what packing is measured by."""
    return rules.finished(_plain_lines(facts, rules.words))


def _limited(facts: Sequence[Told], order: Sequence[int], rules: TextRules, most: int) -> Text:
    everything = _body([facts[place] for place in order], rules)
    if segment_count(everything) <= most:
        return Text(everything, tuple(order))
    told: list[int] = []
    for place in order:
        left = sum(facts[at].number for at in order if at not in told and at != place)
        longer = _body([facts[at] for at in (*told, place)], rules, left)
        if segment_count(longer) <= most:
            told.append(place)
    counted = tuple(place for place in order if place not in told)
    left = sum(facts[place].number for place in counted)
    return Text(_body([facts[place] for place in told], rules, left), tuple(told), counted)


def _several(facts: Sequence[Told], order: Sequence[int], rules: TextRules) -> list[Text]:
    """Each fact goes into the first text that has room for it."""
    texts: list[list[int]] = []
    for place in order:
        for text in texts:
            if segment_count(_body([facts[at] for at in (*text, place)], rules)) <= rules.longest_parts:
                text.append(place)
                break
        else:
            texts.append([place])
    return [Text(_alone(facts[text[0]], rules) if len(text) == 1 else _body([facts[at] for at in text], rules),
                 tuple(text)) for text in texts]  # fmt: skip


def _alone(fact: Told, rules: TextRules) -> str:
    """A text of one fact, shortened where it must be."""
    said = phrase(fact, rules.words)
    text = rules.finished([_of_child(fact.student, said)])
    while segment_count(text) > rules.longest_parts and len(said) > 2:
        said = said[: min(len(said) * 9 // 10, len(said) - 2)].rstrip(" …") + "…"
        text = rules.finished([_of_child(fact.student, said)])
    return text


def _of_child(child: str, said: str) -> str:
    return f"{child}: {said}." if child else f"{said}."


def _body(facts: Sequence[Told], rules: TextRules, left: int = 0) -> str:
    """The cheapest way to say it: grouped, or one after the other (which grouping never was dearer than).

    Homework is told in the usual abbreviations where, and only where, that saves a segment.
    """
    words = rules.words
    more = [words["more" if facts else "only"].format(n=left) + "."] if left else []
    grouped = rules.finished([*_lines(facts, words), *more])
    if segment_count(grouped) == 1:
        return grouped
    alone = rules.finished([*_plain_lines(facts, words), *more])
    best = min((grouped, alone), key=lambda text: (segment_count(text), len(text)))
    brief = [replace(fact, text=briefly(fact.text)) if fact.record == "homework" else fact for fact in facts]
    shortest = rules.finished([*_lines(brief, words), *more])
    return shortest if segment_count(shortest) < segment_count(best) else best


def _by_child(facts: Iterable[Told]) -> Mapping[str, list[Told]]:
    found: dict[str, list[Told]] = defaultdict(list)
    for fact in facts:
        found[fact.student].append(fact)
    return found


def _plain_lines(facts: Sequence[Told], words: Words) -> Iterator[str]:
    for child, its in _by_child(facts).items():
        yield _of_child(child, "; ".join(phrase(fact, words) for fact in its))


def _lines(facts: Sequence[Told], words: Words) -> Iterator[str]:
    for child, its in _by_child(facts).items():
        day = _shared_day(its)
        said = ". ".join(_groups(its, day, words))
        yield _of_child(f"{child} {day:%d.%m}" if day and child else child, said)


def _shared_day(facts: Iterable[Told]) -> date | None:
    """The day that stands beside the child's name: of most marks and absences, where it is of more than one."""
    days = Counter(fact.day for fact in facts if fact.record in ("mark", "absence") and fact.day)
    best = max(days, key=lambda day: (days[day], day), default=None)
    return best if best is not None and days[best] > 1 and all(fact.student for fact in facts) else None


def _groups(facts: Sequence[Told], day: date | None, words: Words) -> Iterator[str]:
    tell = {
        "absence": _absences,
        "mark": _marks,
        "homework": _homework,
        "term_mark": _term_marks,
        "lesson": _plan,
        "timetable": _changes,
        "average": _averages,
        "count": _counts,
    }
    for record, its in groupby(facts, key=lambda fact: fact.record):
        group = tell.get(record)
        if group is None:
            yield from (phrase(fact, words) for fact in its)
        else:
            yield from group(list(its), day, words)


def _sorted_into(facts: Iterable[Told], of: Of) -> Iterable[tuple[object, list[Told]]]:
    """The facts by what `of` says of them, in the order in which that comes first."""
    found: dict[object, list[Told]] = defaultdict(list)
    for fact in facts:
        found[of(fact)].append(fact)
    return found.items()


def _dated(fact: Told, shared: date | None) -> Told:
    """The fact without its day, where the line tells it."""
    if fact.day != shared or shared is None:
        return fact
    return replace(fact, day=None)


def _absences(facts: Sequence[Told], shared: date | None, words: Words) -> Iterator[str]:
    """Lessons missed for one reason on one day: “нет на уроке: ур.1 матем, 2 русск”."""
    alike = _sorted_into(facts, lambda fact: (fact.value, fact.day) if not fact.gone and fact.period else id(fact))
    for _, its in alike:
        first = _dated(its[0], shared)
        if len(its) == 1:
            yield phrase(first, words)
            continue
        lessons = ", ".join(f"{fact.period} {fact.subject}".strip() for fact in its)
        day = f" {first.day:%d.%m}" if first.day else ""
        yield f"{words.get(first.value, first.value)}: {words['lesson']}{lessons}{day}"


def _marks(facts: Sequence[Told], shared: date | None, words: Words) -> Iterator[str]:
    """Marks of a day, subject by subject; the day stands before several and behind a single one."""
    for _, of_day in _sorted_into(facts, lambda fact: fact.day):
        day = of_day[0].day
        if len(of_day) == 1:
            yield phrase(_dated(of_day[0], shared), words)
            continue
        subjects = [_of_subject(its, words) for _, its in _sorted_into(of_day, lambda fact: fact.subject)]
        yield ("" if day is None or day == shared else f"{day:%d.%m} ") + "; ".join(subjects)


def _of_subject(facts: Sequence[Told], words: Words) -> str:
    """Marks in one subject: those of one kind of work together, changes and what was taken away each by itself."""
    said = []
    for _, its in _sorted_into(facts, lambda fact: fact.work_type if _is_plain(fact) else id(fact)):
        first = replace(its[0], day=None, subject="")
        if len(its) == 1:
            said.append(phrase(first, words).strip())
        else:
            work = f" ({first.work_type})" if first.work_type else ""
            said.append(",".join(fact.value for fact in its) + work)
    return f"{facts[0].subject} {', '.join(said)}".strip()


def _is_plain(fact: Told) -> bool:
    return not fact.gone and fact.before is None


def _homework(facts: Sequence[Told], _shared: date | None, words: Words) -> Iterator[str]:
    """Homework day by day: “ДЗ на 24.11: матем: §5; русск: упр. 3. На 25.11: …”."""
    if len(facts) == 1:
        yield phrase(facts[0], words)
        return
    yield from (phrase(fact, words) for fact in facts if fact.gone)
    given = sorted((fact for fact in facts if not fact.gone), key=lambda fact: fact.due or date.min)
    heading = words["homework"]
    for due, its in _sorted_into(given, lambda fact: fact.due):
        day = f"{words['at']} {due:%d.%m}" if due else ""
        alike = _sorted_into(its, lambda fact: homework_task(fact, words))
        tasks = "; ".join(f"{', '.join(fact.subject for fact in same)}{task}" for task, same in alike)
        yield f"{heading} {day}".strip() + f": {tasks}" if heading else f"{day[0].upper()}{day[1:]}: {tasks}"
        heading = ""


def _plan(facts: Sequence[Told], _shared: date | None, words: Words) -> Iterator[str]:
    """The lessons of a day: “24.11: 1 матем, 2 русск”."""
    for day, its in _sorted_into(facts, lambda fact: fact.day):
        said = ", ".join(phrase(replace(fact, day=None), words) for fact in its)
        yield f"{day:%d.%m}: {said}" if day else said


def _term_marks(facts: Sequence[Told], _shared: date | None, words: Words) -> Iterator[str]:
    """The results of one term together: “Итог (1 четверть): матем 4; русск 5”."""
    for _, its in _sorted_into(facts, lambda fact: fact.text):
        yield f"{result_of(its[0], words)}: {'; '.join(term_mark_value(fact, words) for fact in its)}"


def _changes(facts: Sequence[Told], _shared: date | None, words: Words) -> Iterator[str]:
    """Changes of the timetable in the order of the lessons."""
    in_order = sorted(facts, key=lambda fact: (fact.day or date.min, fact.period or 0))
    yield "; ".join(phrase(fact, words) for fact in in_order)


def _averages(facts: Sequence[Told], _shared: date | None, words: Words) -> Iterator[str]:
    yield "; ".join(phrase(fact, words) for fact in facts)


def _counts(facts: Sequence[Told], _shared: date | None, words: Words) -> Iterator[str]:
    yield f"{', '.join(fact.text for fact in facts)} {words['see']}"
