"""Record type of lessons: where and when they are, what they are about, and how their column counts in the journal."""

from sqlalchemy.orm import Session

from app.models import Lesson
from app.records.checks import all_of, subgroup_of_class, term_of
from app.records.journal_drafts import check_draft, publish_drafts
from app.records.journal_rules import check_lesson_stays, check_lesson_taught, writes_lesson
from app.records.journal_words import JOURNAL
from app.records.record_type import Imported, RecordType
from app.records.telling import lesson_told
from app.words import _


def _fill_lesson(session: Session, lesson: Lesson) -> None:
    if lesson.date is not None:
        lesson.term_id = term_of(session, lesson.school_id, lesson.date).id
    publish_drafts(session, lesson)


WRITTEN = ("school_class", "subgroup", "subject", "teacher", "date", "period", "room", "work_type", "topic", "state")

LESSONS = RecordType(
    model=Lesson,
    title=_("Lessons"),
    one=_("Lesson"),
    menu=JOURNAL,
    columns=("date", "period", "school_class", "subgroup", "subject", "teacher", "room", "topic", "state"),
    fields=(*WRITTEN, "weight", "counts", "draft", "publish_at"),
    detail=(
        "date",
        "period",
        "school_class",
        "subgroup",
        "subject",
        "teacher",
        "term",
        "room",
        "work_type",
        "topic",
        "state",
        "weight",
        "counts",
    ),
    search=("topic", "subject.name", "school_class.name"),
    order=("-date", "period"),
    choices={"state": {"planned": _("planned"), "held": _("held"), "cancelled": _("cancelled")}},
    help={
        "work_type": _("What marks of this lesson are for, unless they say otherwise."),
        "weight": _("Where empty: that of the work type."),
        "draft": _("Families neither see nor hear of its marks before it is published."),
        "publish_at": _("Of a draft: when it is published by itself."),
    },
    groups=(
        (_("What"), ("school_class", "subgroup", "subject", "teacher", "topic", "work_type")),
        (_("When and where"), ("date", "period", "room", "state")),
        (_("Its column in the journal"), ("weight", "counts", "draft", "publish_at")),
    ),
    inline=("room", "topic", "state"),
    bulk=("room", "state"),
    related=("mark.lesson", "absence.lesson", "homework.lesson", "remark.lesson"),
    imported=Imported(
        key=("school_class", "date", "period", "subject", "subgroup"),
        fields=WRITTEN,  # how a column counts is nobody's workbook
    ),
    writes=writes_lesson,
    judged_by=("term",),
    fill=_fill_lesson,
    check=all_of(subgroup_of_class, check_lesson_taught, check_lesson_stays, check_draft),
    notice=lesson_told,
)
