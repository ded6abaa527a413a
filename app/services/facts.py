"""The records that deliveries are about, as they are now, ready to be told."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.sms_words import Told, abbreviated
from app.models import (
    Absence,
    AbsenceNotice,
    Announcement,
    BehaviourMark,
    Debt,
    Homework,
    Lesson,
    Mark,
    Remark,
    Reminder,
    Subject,
    TermMark,
)
from app.services import clock


def present_records(session: Session, wanted: Mapping[str, Collection[int]]) -> dict[tuple[str, int], Any]:
    """The records by (name, id) with all that telling them needs; one query a kind. Missing: deleted meanwhile."""
    with_lesson = {
        "mark": select(Mark).options(joinedload(Mark.lesson).joinedload(Lesson.subject), joinedload(Mark.work_type)),
        "absence": select(Absence).options(joinedload(Absence.lesson).joinedload(Lesson.subject)),
        "homework": select(Homework).options(joinedload(Homework.lesson).joinedload(Lesson.subject)),
        "debt": select(Debt).options(joinedload(Debt.lesson).joinedload(Lesson.subject), joinedload(Debt.work_type)),
        "remark": select(Remark).options(joinedload(Remark.lesson).joinedload(Lesson.subject)),
        "behaviour_mark": select(BehaviourMark),
        "announcement": select(Announcement),
        "reminder": select(Reminder),
        "absence_notice": select(AbsenceNotice),
        "term_mark": select(TermMark).options(joinedload(TermMark.subject), joinedload(TermMark.term)),
        "lesson": select(Lesson).options(
            joinedload(Lesson.subject), joinedload(Lesson.teacher), joinedload(Lesson.room)
        ),
    }
    models: dict[str, Any] = {
        "mark": Mark,
        "absence": Absence,
        "homework": Homework,
        "remark": Remark,
        "debt": Debt,
        "behaviour_mark": BehaviourMark,
        "announcement": Announcement,
        "reminder": Reminder,
        "absence_notice": AbsenceNotice,
        "term_mark": TermMark,
        "lesson": Lesson,
    }
    found: dict[tuple[str, int], Any] = {}
    for name, keys in wanted.items():
        query = with_lesson[name].where(models[name].id.in_(sorted(keys)))
        for record in session.scalars(query, execution_options={"populate_existing": True}):
            found[name, record.id] = record
    return found


def lessons_of(session: Session, snapshots: Sequence[Mapping[str, Any]]) -> dict[int, Lesson]:
    """The lessons that deleted records stood in, by id."""
    keys = sorted({snapshot["lesson"] for snapshot in snapshots if snapshot.get("lesson")})
    if not keys:
        return {}
    query = select(Lesson).options(joinedload(Lesson.subject)).where(Lesson.id.in_(keys))
    return {lesson.id: lesson for lesson in session.scalars(query)}


def concerns(record: Any, notice: Any) -> bool:
    """Whether the record is still of the student or the class that the notice told of."""
    if isinstance(record, Debt) and record.state != "open":
        return False  # made up or expired: there is nothing to tell of it any more
    if isinstance(record, AbsenceNotice) and record.state not in ("accepted", "declined"):
        return False  # withdrawn meanwhile
    if isinstance(record, Homework):
        return _is_for_them(record, notice)
    if isinstance(record, Reminder) and record.about_at is not None and record.about_at <= clock.now():
        return False  # the meeting has begun
    if isinstance(record, Lesson) and record.date < clock.now().date():
        return False  # it is over: how it was moved is of no more use
    if isinstance(record, Announcement):
        return _is_out(record, notice)
    student_id = getattr(record, "student_id", None)
    if student_id is not None:
        return bool(student_id == notice.student_id)
    return bool(record.school_class_id in (None, notice.school_class_id))


def _is_out(news: Announcement, notice: Any) -> bool:
    """Published still, and for the circle that the notice told."""
    is_for_all = news.class_ids is None and news.school_class_id is None
    classes = [news.school_class_id] if news.class_ids is None else news.class_ids
    is_theirs = is_for_all or notice.school_class_id in classes
    return news.state == "published" and is_theirs and news.subgroup_id in (None, notice.subgroup_id)


def _is_for_them(homework: Homework, notice: Any) -> bool:
    """A notice of a class or a subgroup holds as long as the homework is for just that one."""
    if homework.students is not None:
        return notice.student_id in homework.students
    if notice.student_id is not None:
        return notice.was is None  # for more than this student by now; else another notice tells it
    return (homework.school_class_id, homework.subgroup_id) == (notice.school_class_id, notice.subgroup_id)


def value_of(name: str, record: Any) -> str:
    """What a family would call the fact changed by: kept with the delivery, for a later correction."""
    return VALUES[name](record)


VALUES: dict[str, Callable[[Any], str]] = {
    "mark": lambda mark: mark.value,
    "absence": lambda absence: absence.reason,
    "homework": lambda work: _in_brief(work.text, work.due, work.mandatory, *filter(None, [work.bring])),
    "debt": lambda debt: _in_brief(debt.task, debt.due, debt.reminded_at is not None),
    "remark": lambda remark: _in_brief(remark.text, remark.kind),
    "behaviour_mark": lambda mark: f"{mark.week:%d.%m} {mark.value}",
    "announcement": lambda announcement: _in_brief(announcement.text, announcement.title),
    "absence_notice": lambda notice: _in_brief(notice.answer, notice.state, notice.begins_on, notice.ends_on),
    "lesson": lambda one: _in_brief(one.state, one.date, one.period, one.room_id, one.teacher_id),
    "reminder": lambda reminder: _in_brief(reminder.text, reminder.kind, reminder.about_on),
    "term_mark": lambda mark: mark.value,
}


def _in_brief(said: str, *more: object) -> str:
    """At most 100 characters that differ where anything of it differs: how it begins, and a digest of the whole."""
    digest = sha256(repr((said, *more)).encode("utf-8", "replace")).hexdigest()
    return f"{said[:60]} #{digest[:32]}"


def tell(name: str, record: Any, student: str, in_latin: bool, before: str | None) -> Told:
    """The fact of a record that stands."""
    lesson: Lesson | None = record if name == "lesson" else getattr(record, "lesson", None)
    common: dict[str, Any] = {"record": name, "student": student, "before": before}
    if lesson is not None:
        common |= {"subject": subject_words(lesson.subject, in_latin), "day": lesson.date, "period": lesson.period}
    if name == "mark":
        work = abbreviated((record.work_type.latin_name if in_latin else "", record.work_type.short_name))
        return Told(**common, value=record.value, work_type=work)
    if name == "debt":
        work = abbreviated((record.work_type.latin_name if in_latin else "", record.work_type.short_name))
        again = "reminder" if record.reminded_at is not None else "debt"
        return Told(**common, value=again, text=record.task, due=record.due, work_type=work)
    if name == "absence":
        return Told(**common, value=record.reason)
    if name == "term_mark":
        what = record.term.name if record.kind == "term" else record.kind
        return Told(**common, subject=subject_words(record.subject, in_latin), value=record.value, text=what)
    if name == "homework":
        return Told(**common, text=record.text, due=record.due, mandatory=record.mandatory, bring=record.bring)
    if name == "lesson":
        return Told(**common)
    if name == "absence_notice":
        return Told(**common, value=record.state, text=record.answer, day=record.begins_on, due=record.ends_on)
    if name == "behaviour_mark":
        return Told(**common, value=record.value, day=record.week, text=record.comment)
    if name == "reminder":
        return Told(**common, value=record.kind, text=record.text, day=record.about_on)
    if name == "remark":
        return Told(**common, value=record.kind, text=record.text)
    return Told(**common, value=record.title, text=record.text)


def tell_gone(
    name: str, was: Mapping[str, Any], lesson: Lesson | None, student: str, in_latin: bool, before: str
) -> Told:
    """The fact that a record which was told has been taken away."""
    common: dict[str, Any] = {"record": name, "student": student, "before": before, "gone": True}
    if lesson is not None:
        common |= {"subject": subject_words(lesson.subject, in_latin), "day": lesson.date, "period": lesson.period}
    if was.get("day"):
        common["day"] = date.fromisoformat(str(was["day"]))
    if was.get("subject_words"):
        common["subject"] = str(was["subject_words"])
    return Told(**common, value=str(was.get("value") or was.get("kind") or ""), text=str(was.get("text") or ""))


def subject_words(subject: Subject, in_latin: bool) -> str:
    """The subject's short name, in Latin letters where it has one and the text wants it."""
    return abbreviated((subject.latin_name if in_latin else "", subject.short_name, subject.name))


def by_record(deliveries: Sequence[Any]) -> dict[tuple[str, int, int | None], list[Any]]:
    """Deliveries by the record that they are about and the subscription; each in the order of their notices."""
    grouped: dict[tuple[str, int, int | None], list[Any]] = defaultdict(list)
    for delivery in sorted(deliveries, key=lambda one: one.notice_id):
        grouped[delivery.record, delivery.record_id, delivery.subscription_id].append(delivery)
    return grouped
