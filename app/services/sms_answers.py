"""Answers to questions by SMS: marks, homework, timetable, averages and debts of the children that were named."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.averages import Given, averages
from app.domain.sms_commands import Command
from app.domain.sms_days import day_named
from app.domain.sms_detail import as_wished
from app.domain.sms_packer import Text, packed
from app.domain.sms_question import Asked
from app.domain.sms_replies import reply
from app.domain.sms_words import TextRules, Told
from app.models import Debt, Homework, Lesson, Mark, SmsSubscription, Subject, Term, WorkType
from app.services.facts import subject_words, tell
from app.services.homework import is_for
from app.services.proposals import WEIGHT
from app.services.sms_family import Child

A_WEEK = timedelta(days=7)
LOOKS_AHEAD = timedelta(days=10)
MOST = 60  # facts that one answer is packed of
MOST_PARTS = 3  # of an answer, where the family has set no other limit

Found = list[tuple[Child, Told]]


@dataclass(frozen=True)
class Question:
    """What is asked, of whom, on which day, and in whose words it is answered."""

    asked: Asked
    children: Sequence[Child]
    wish: SmsSubscription
    now: datetime
    today: date

    @property
    def in_latin(self) -> bool:
        return self.wish.script == "latin"

    @property
    def ids(self) -> list[int]:
        return [child.student_id for child in self.children]

    @property
    def class_ids(self) -> list[int]:
        return sorted({key for child in self.children for key in child.class_ids})

    @property
    def day(self) -> date | None:
        """The day that was named; None where none was."""
        is_past = self.asked.command is Command.MARKS
        return day_named(self.asked.day, self.today, is_past=is_past) if self.asked.day else None

    def of(self, student_id: int) -> Child:
        return next(child for child in self.children if child.student_id == student_id)


def subject_names(session: Session, class_ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """Of the subjects of these classes' lessons: long, short and Latin name, by key."""
    taught = select(Lesson.subject_id).where(Lesson.school_class_id.in_(list(class_ids))).distinct()
    query = select(Subject.id, Subject.name, Subject.short_name, Subject.latin_name).where(Subject.id.in_(taught))
    return {row.id: (row.name, row.short_name, row.latin_name) for row in session.execute(query)}


def answer(session: Session, question: Question, signature: str) -> str:
    """One text that says what was understood and tells the facts; those without room are counted. One statement.

    A child of whom there is nothing to tell is named with that word, so that nobody takes it for forgotten.
    """
    language = question.wish.language
    found = _ASK[question.asked.command](session, question)
    told = {child.id: _as_wished(child, found, language) for child in question.children}
    title = reply(question.asked.command.value, language)
    idle = [child for child in question.children if not told[child.id]]
    if len(idle) == len(question.children):
        when = f" {question.day:%d.%m}" if question.day else ""
        names = ", ".join(child.name for child in idle)
        plain = TextRules(language, question.wish.script, signature=signature)
        return plain.finished([f"{title}{when} ({names}): {_nothing(question, idle, found)}."])
    facts = [fact for child in question.children for fact in told[child.id]]
    rest = [f"{child.name}: {_nothing(question, [child], found)}." for child in idle]
    texts = [
        _packed(question, [*heading, *rest], shown, signature) for heading, shown in _headings(question, title, facts)
    ]
    return min(texts, key=lambda text: (len(text.counted), text.parts)).body


def _packed(question: Question, heading: Sequence[str], facts: Sequence[Told], signature: str) -> Text:
    wish = question.wish
    rules = TextRules(
        wish.language, wish.script, signature=signature, heading=" ".join(heading),
        most_parts=wish.longest_parts or MOST_PARTS,
    )  # fmt: skip
    return packed(facts, rules)[0]


def _headings(question: Question, title: str, facts: Sequence[Told]) -> list[tuple[list[str], Sequence[Told]]]:
    """What may stand before the facts, the clearest first: a shorter one is taken where it saves a part."""
    command = question.asked.command
    if command is Command.HOMEWORK:
        return [([], facts)]
    if command is Command.AVERAGES:
        return [([f"{title}."], facts)]
    days = {fact.day for fact in facts}
    if command is Command.TIMETABLE and len(days) == 1 and (day := days.pop()) is not None:
        facts = [replace(fact, day=None) for fact in facts]
        return [([f"{title} {day:%d.%m}."], facts), ([f"{day:%d.%m}."], facts)]
    return [([f"{title}."], facts), ([], facts)]


def _nothing(question: Question, children: Sequence[Child], found: Found) -> str:
    """Why nothing is told of these: there is nothing, or they are not told of by SMS."""
    is_kept_back = any(whose in children for whose, _ in found)
    name = "not_by_sms" if is_kept_back else _NOTHING.get(question.asked.command, "none")
    return reply(name, question.wish.language)


def _as_wished(child: Child, found: Found, language: str) -> list[Told]:
    own = [fact for whose, fact in found if whose is child]
    return [one.fact for one in as_wished(own, child.subscription.detail, language)]


def _of_subject(query: Any, question: Question) -> Any:
    return query.where(Lesson.subject_id.in_(question.asked.subjects)) if question.asked.subjects else query


def _this_term(question: Question) -> Any:
    term = select(Term.id).where(Term.begins_on <= question.today, Term.ends_on >= question.today)
    return Lesson.term_id.in_(term)


def _marks(session: Session, question: Question) -> Found:
    """Of each child's latest day of the last week, of a day, of the week; of a subject: of the term, newest first."""
    query = (
        select(Mark)
        .join(Lesson, Lesson.id == Mark.lesson_id)
        .options(joinedload(Mark.lesson).joinedload(Lesson.subject), joinedload(Mark.work_type))
        .where(Mark.student_id.in_(question.ids), Mark.published_at <= question.now)
        .where(Lesson.date <= question.today)
        .order_by(Lesson.date.desc(), Lesson.period, Mark.id)
        .limit(MOST * len(question.ids))
    )
    if question.asked.subjects:
        when = Lesson.date == question.day if question.day else _this_term(question)
        marks = session.scalars(_of_subject(query, question).where(when)).all()
    else:
        when = Lesson.date == question.day if question.day else Lesson.date > question.today - A_WEEK
        marks = session.scalars(query.where(when)).all()
        latest: dict[int, date] = {}
        for mark in marks:
            latest.setdefault(mark.student_id, mark.lesson.date)
        if not question.asked.is_week:
            marks = [mark for mark in marks if mark.lesson.date == latest[mark.student_id]]
    return _told(question, "mark", marks)


def _told(question: Question, name: str, records: Iterable[Any]) -> Found:
    return [
        (child, tell(name, record, child.name, question.in_latin, None))
        for record in records
        for child in (question.of(record.student_id),)
    ]


def _homework(session: Session, question: Question) -> Found:
    """What is due on the day or in the week; of a subject: from today on; else on the next day that has some."""
    query = (
        select(Homework)
        .join(Lesson, Lesson.id == Homework.lesson_id)
        .options(joinedload(Homework.lesson).joinedload(Lesson.subject))
        .where(Homework.school_class_id.in_(question.class_ids))
        .order_by(Homework.due.asc().nulls_last(), Homework.id)
        .limit(MOST * len(question.ids))
    )
    query, day = _of_subject(query, question), question.day
    if day is not None:
        query = query.where(Homework.due == day)
    elif question.asked.subjects:
        undated = Homework.due.is_(None) & (Lesson.date > question.today - A_WEEK)
        query = query.where(or_(Homework.due >= question.today, undated))
    else:
        ahead = A_WEEK if question.asked.is_week else LOOKS_AHEAD
        query = query.where(Homework.due > question.today, Homework.due <= question.today + ahead)
    works = session.scalars(query).all()
    found: Found = []
    for child in question.children:
        own = [work for work in works if _is_homework_of(child, work)]
        if day is None and not question.asked.subjects and not question.asked.is_week:
            own = [work for work in own if work.due == own[0].due]
        found += [(child, tell("homework", work, child.name, question.in_latin, None)) for work in own]
    return found


def _is_homework_of(child: Child, work: Homework) -> bool:
    return work.school_class_id in child.class_ids and is_for(work, child.student_id, child.subgroup_ids)


def _timetable(session: Session, question: Question) -> Found:
    """The lessons of the day, else of the next day that has some."""
    day = question.day
    when = Lesson.date == day if day else (Lesson.date > question.today) & (
        Lesson.date <= question.today + LOOKS_AHEAD
    )  # fmt: skip
    query = (
        select(Lesson)
        .options(joinedload(Lesson.subject))
        .where(Lesson.school_class_id.in_(question.class_ids), when)
        .order_by(Lesson.date, Lesson.period, Lesson.id)
    )
    lessons = session.scalars(query).all()
    found: Found = []
    for child in question.children:
        own = [lesson for lesson in lessons if child.is_in(lesson.school_class_id, lesson.subgroup_id)]
        for lesson in own:
            if lesson.date == own[0].date:
                subject = subject_words(lesson.subject, question.in_latin)
                told = Told("lesson", child.name, subject, day=lesson.date, period=lesson.period,
                            gone=lesson.state == "cancelled")  # fmt: skip
                found.append((child, told))
    return found


def _averages(session: Session, question: Question) -> Found:
    """Mean and weighted mean of the term's marks, subject by subject."""
    query = (
        select(Mark.student_id, Mark.value, WEIGHT.label("weight"), Lesson.counts, Subject)
        .join(Lesson, Lesson.id == Mark.lesson_id)
        .join(WorkType, WorkType.id == Mark.work_type_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .where(Mark.student_id.in_(question.ids), Mark.published_at <= question.now, _this_term(question))
        .order_by(Subject.name, Mark.id)
    )
    given: dict[tuple[int, Any], list[Given]] = defaultdict(list)
    for row in session.execute(_of_subject(query, question)):
        given[row.student_id, row.Subject].append(Given(row.value, Decimal(row.weight), row.counts))
    found: Found = []
    for (student_id, subject), marks in given.items():
        means = averages(marks)
        if means.mean is not None and means.weighted is not None:
            child = question.of(student_id)
            told = Told("average", child.name, subject_words(subject, question.in_latin), _written(means.mean),
                        text=_written(means.weighted))  # fmt: skip
            found.append((child, told))
    return found


def _written(mean: Decimal) -> str:
    return str(mean).replace(".", ",")


def _debts(session: Session, question: Question) -> Found:
    query = (
        select(Debt)
        .join(Lesson, Lesson.id == Debt.lesson_id)
        .options(joinedload(Debt.lesson).joinedload(Lesson.subject), joinedload(Debt.work_type))
        .where(Debt.student_id.in_(question.ids), Debt.state == "open", Debt.due >= question.today)
        .order_by(Debt.due, Debt.id)
        .limit(MOST * len(question.ids))
    )
    return _told(question, "debt", session.scalars(_of_subject(query, question)))


_ASK: dict[Command, Callable[[Session, Question], Found]] = {
    Command.MARKS: _marks,
    Command.HOMEWORK: _homework,
    Command.TIMETABLE: _timetable,
    Command.AVERAGES: _averages,
    Command.DEBTS: _debts,
}
QUESTIONS = frozenset(_ASK)
_NOTHING = {Command.HOMEWORK: "not_given", Command.TIMETABLE: "no_lessons"}
