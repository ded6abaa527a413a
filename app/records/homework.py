"""Record type of homework: for the class, a subgroup or named students; due in the subject's next lesson by itself."""

from datetime import UTC, date, datetime

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import Enrollment, Homework, Lesson
from app.records.checks import (
    AROUND,
    all_of,
    once,
    students_of_class,
    students_of_subgroup,
    subgroup_of_class,
)
from app.records.journal import writes_in_lesson
from app.records.journal_words import JOURNAL
from app.records.record_type import Imported, RecordType
from app.records.telling import homework_told
from app.services.homework import next_lesson_day
from app.session.engine import actor_of
from app.session.owners import related
from app.words import _


def _fill_homework(session: Session, homework: Homework) -> None:
    lesson = related(session, homework, "lesson")
    if lesson is None:
        return
    homework.school_class_id = lesson.school_class_id
    if homework.subgroup_id is None and related(session, homework, "subgroup") is None:
        homework.subgroup_id = lesson.subgroup_id
    homework.students = sorted(set(homework.students or ())) or None
    if inspect(homework).key is None and homework.due is None and not actor_of(session).silent:
        homework.due = _proposed_day(session, lesson, homework)
    if inspect(homework).key is None or session.is_modified(homework):
        homework.revised_at = datetime.now(UTC)


def _proposed_day(session: Session, lesson: Lesson, homework: Homework) -> date | None:
    group = homework.subgroup_id
    key = ("next lesson", lesson.school_class_id, lesson.subject_id, group, lesson.date)
    return once(session, key, lambda: next_lesson_day(session, lesson, group))


def _check_says_something(session: Session, homework: Homework) -> None:
    if not homework.text.strip() and not (homework.bring or "").strip():
        raise InvalidInput("text", "text.empty")


def _check_homework(session: Session, homework: Homework) -> None:
    lesson = homework.lesson
    if homework.due is not None and homework.due < lesson.date:
        raise InvalidInput("due", "due.before_lesson")
    if lesson.subgroup_id not in (None, homework.subgroup_id):
        raise InvalidInput("subgroup", "homework.other_subgroup")
    if homework.students:
        _check_students(session, homework)


def _check_students(session: Session, homework: Homework) -> None:
    """Each is in the lesson's class (and the subgroup) on its day; another is refused as one that there is not."""
    named = set(homework.students or ())
    there = students_of_class(homework.lesson).where(Enrollment.student_id.in_(named))
    if homework.subgroup_id is not None:
        there = there.where(Enrollment.student_id.in_(students_of_subgroup(homework.subgroup_id)))
    found = set(session.scalars(there, execution_options=AROUND))
    if named - found:
        raise InvalidInput("students", "homework.not_among")


HOMEWORK = RecordType(
    model=Homework,
    title=_("Homework"),
    one=_("Homework"),
    menu=JOURNAL,
    columns=("lesson", "text", "bring", "mandatory", "due", "minutes"),
    fields=("lesson", "text", "bring", "subgroup", "students", "mandatory", "independent", "minutes", "due"),
    detail=(
        "lesson",
        "text",
        "bring",
        "subgroup",
        "students",
        "mandatory",
        "independent",
        "minutes",
        "due",
        "revised_at",
    ),
    search=("text", "bring"),
    filters=("lesson", "text", "bring", "mandatory", "independent", "due", "minutes"),
    order=("-id",),
    long_text=("text",),
    labels={
        "bring": _("What to bring"),
        "independent": _("Independent work"),
        "minutes": _("Expected time, minutes"),
        "revised_at": _("Latest revision"),
        "students": _("For named students"),
    },
    help={
        "bring": _("To the lesson that it is due in, such as paints or a contour map."),
        "due": _("Where empty: in the next lesson of the subject."),
        "minutes": _("What it takes at home; the class’s load of a day is reckoned by it."),
        "students": _("Their numbers; none: for everybody. The lesson’s page of homework offers them by name."),
        "subgroup": _("Where empty: for the whole class, or the lesson’s own subgroup."),
    },
    guarded={"students": ("can_write", "homework")},  # a family does not learn whose work it is besides
    inline=("due", "minutes"),
    bulk=("mandatory", "due"),
    related=("attachment.homework",),
    imported=Imported(key=("lesson", "mandatory"), fields=("lesson", "text", "bring", "mandatory", "due", "minutes")),
    writes=writes_in_lesson,
    judged_by=("lesson.term",),
    fill=_fill_homework,
    check=all_of(_check_says_something, subgroup_of_class, _check_homework),
    notice=homework_told,
    volatile=("revised_at",),
)
