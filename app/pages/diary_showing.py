"""What the diary's templates are given: a week with its words, the signature line, the words of the news."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.signatures import FROM_DAY, may_be_signed
from app.domain.weeks import A_WEEK, monday_of, week_name
from app.records.behaviour import BEHAVIOUR
from app.records.diary import MEANS, NOTICE_REASONS, NOTICE_STATES
from app.records.journal import ABSENCE_REASONS, REMARKS
from app.services.diary import DiaryWeek
from app.services.meetings import MAY_ANSWER
from app.services.signatures import MAY_SIGN, Signed, signed_state
from app.services.start_family import Child
from app.services.story import stories
from app.session.engine import actor_of
from app.web.resources import resources
from app.words import Word, _
from app.words.story import told
from app.words.term_marks import KIND_WORDS, figure

ENTRIES = {"mark": _("mark"), "absence": _("absence"), "remark": _("remark"), "behaviour": _("behaviour in a week")}


def week_shown(session: Session, child: Child, week: DiaryWeek, moment: datetime) -> dict[str, Any]:
    """All of a week's template. One statement more, for the changes of its marks."""
    actor, today, zone = actor_of(session), moment.date(), resources().settings.timezone
    marks = [mark.mark_id for lesson in week.lessons.values() for mark in lesson.marks]
    signed = signed_state(week.frame.signatures, week.parts)
    return {
        "child": child,
        "week": week,
        "name": week_name(week.monday),
        "stories": stories(session, "mark", marks),
        "told": lambda change: told(change, {}, zone),
        "figure": figure,
        "term_kinds": KIND_WORDS,
        "zone": zone,
        "today": today,
        "sunday": week.monday + timedelta(days=6),
        "before": week_name(week.monday - A_WEEK),
        "after": week_name(week.monday + A_WEEK),
        "is_present": week.monday == monday_of(today),
        "is_student": child.id in actor.own_student_ids,
        "reasons": ABSENCE_REASONS,
        "behaviour_words": BEHAVIOUR,
        "remark_kinds": REMARKS.choices["kind"],
        "signed": signed,
        "since": list(since_words(week, signed)),
        "may_sign": child.id in actor.child_ids and actor.may(*MAY_SIGN) and not week.is_empty,
        "is_signable": may_be_signed(week.monday, today),
        "signable_from": week.monday + FROM_DAY,
        "means": MEANS,
        "may_answer": child.id in actor.child_ids and actor.may(*MAY_ANSWER),
    }


def since_words(week: DiaryWeek, signed: Signed) -> Iterator[str]:
    """What has become different since the signature: "changed: mark, Mathematics 18.11"."""
    lessons = week.lessons
    said = (
        (signed.since.added, _("new: {what}")),
        (signed.since.changed, _("changed: {what}")),
        (signed.since.removed, _("taken away: {what}")),
    )
    for keys, words in said:
        for key in keys:
            kind, _own, lesson_id = key.split(":")
            lesson = lessons.get(int(lesson_id)) if lesson_id else None
            where = f", {lesson.row.subject} {lesson.row.date:%d.%m}" if lesson is not None else ""
            yield str(Word(words.text, what=f"{ENTRIES[kind]}{where}"))


def words_of_news() -> dict[str, Any]:
    """Words that the news need."""
    zone = resources().settings.timezone
    return {
        "reasons": ABSENCE_REASONS,
        "remark_kinds": REMARKS.choices["kind"],
        "behaviour_words": BEHAVIOUR,
        "notice_reasons": NOTICE_REASONS,
        "notice_states": NOTICE_STATES,
        "told": lambda change: told(change, {}, zone),
        "told_absence": lambda change: told(change, ABSENCE_REASONS, zone),
        "zone": zone,
        "week_of": week_of,
    }


def week_of(day: date) -> str:
    return week_name(day)
