"""What families hear of a change in the journal; compose decides later whether there is still something to tell."""

from typing import Any

from app.session.declarations import Change, Fact

TIMETABLE = frozenset({"date", "period", "room_id", "teacher_id", "state"})


def mark_told(change: Change) -> Fact | None:
    """Families hear of a published mark, of its changes, and that it was taken away."""
    mark = change.record
    if mark.published_at is None:
        return None
    told = {"value", "student_id", "work_type_id", "published_at"}
    if change.action == "changed" and not told & change.fields.keys():
        return None
    former = _former_student(change)
    was = _mark_words(change) if change.action == "deleted" or former else None
    return Fact(student_id=mark.student_id, was=was, former_student_id=former)


def term_mark_told(change: Change) -> Fact | None:
    """Families hear of a result of a term, of another one in its place, and that it was taken away."""
    if change.action == "changed" and not {"value", "student_id", "term_id", "kind"} & change.fields.keys():
        return None
    former = _former_student(change)
    mark = change.record
    was = {"value": change.was.value, "text": mark.term.name, "subject_words": mark.subject.short_name}
    is_gone = change.action == "deleted" or former
    return Fact(student_id=mark.student_id, was=was if is_gone else None, former_student_id=former)


def absence_told(change: Change) -> Fact | None:
    """Families hear of an absence, of a change of its reason, and that it was a mistake."""
    if change.action == "changed" and not {"reason", "student_id"} & change.fields.keys():
        return None
    if change.record.absence_notice_id is not None:
        return None  # the family said so itself
    former = _former_student(change)
    is_gone = change.action == "deleted" or former
    was = {"reason": change.was.reason, "lesson": change.was.lesson_id} if is_gone else None
    return Fact(student_id=change.record.student_id, was=was, former_student_id=former)


def debt_told(change: Change) -> Fact | None:
    """Families hear of a new debt, of another last day, are reminded, and hear that it was a mistake."""
    debt = change.record
    if change.was.state != "open" or debt.state != "open":
        return None  # the mark that it became is told by itself
    if change.action == "changed" and not {"due", "task", "student_id", "reminded_at"} & change.fields.keys():
        return None
    former = _former_student(change)
    is_gone = change.action == "deleted" or former
    was = {"text": change.was.task, "lesson": change.was.lesson_id} if is_gone else None
    return Fact(student_id=debt.student_id, was=was, former_student_id=former)


def homework_told(change: Change) -> list[Fact]:
    """Those whom it is for hear of new and changed homework; those whom it was for, that it is no more.

    Where it is for others now, the former hear first: of two facts about one record a family is told the last.
    """
    work, lesson = change.record, change.record.lesson
    was = {"text": change.was.text, "lesson": lesson.id}
    if change.action == "deleted":
        return _for_whom(change.was, lesson, was)
    if change.action == "changed" and not HOMEWORK_TELLS & change.fields.keys():
        return []
    is_moved = change.action == "changed" and bool({"students", "subgroup_id"} & change.fields.keys())
    return [*(_for_whom(change.was, lesson, was) if is_moved else ()), *_for_whom(work, lesson, None)]


HOMEWORK_TELLS = {"text", "bring", "due", "mandatory", "lesson_id", "students", "subgroup_id"}


def _for_whom(work: Any, lesson: Any, was: dict[str, Any] | None) -> list[Fact]:
    if work.students:
        return [Fact(student_id=student, was=was) for student in work.students]
    return [Fact(school_class_id=lesson.school_class_id, subgroup_id=work.subgroup_id, was=was)]


def remark_told(change: Change) -> Fact | None:
    """Guardians hear of remarks and praise."""
    former = _former_student(change)
    is_gone = change.action == "deleted" or former
    was = {"kind": change.was.kind, "text": change.was.text} if is_gone else None
    return Fact(student_id=change.record.student_id, was=was, former_student_id=former)


def behaviour_told(change: Change) -> Fact | None:
    """Guardians hear how the week was, and of a change of it."""
    if change.action == "changed" and not {"value", "student_id", "week"} & change.fields.keys():
        return None
    former = _former_student(change)
    is_gone = change.action == "deleted" or former
    was = {"value": change.was.value} if is_gone else None
    return Fact(student_id=change.record.student_id, was=was, former_student_id=former)


def lesson_told(change: Change) -> Fact | None:
    """The class hears that a lesson is cancelled, moved, in another room or by another teacher."""
    lesson = change.record
    if change.action != "changed" or not TIMETABLE & change.fields.keys():
        return None
    if not {"date", "period", "room_id", "teacher_id"} & change.fields.keys() and not _is_cancelled(change):
        return None
    was = {name: old for name, (old, _new) in change.fields.items() if name in TIMETABLE}
    return Fact(school_class_id=lesson.school_class_id, subgroup_id=lesson.subgroup_id, was=was)


def _is_cancelled(change: Change) -> bool:
    """Cancelled, or taking place after all; that a planned one was held is no news."""
    return "cancelled" in change.fields.get("state", ())


def absence_notice_told(change: Change) -> Fact | None:
    """The family hears what became of its notice."""
    notice = change.record
    if "state" not in change.fields or notice.state not in ("accepted", "declined"):
        return None
    return Fact(student_id=notice.student_id)


def reminder_told(change: Change) -> Fact | None:
    """Families are reminded; of a meeting they hear as well that it is moved, or off."""
    reminder = change.record
    if change.action == "added":
        return Fact(student_id=reminder.student_id)
    if reminder.event_id is None or (change.action == "changed" and not {"text", "about_on"} & change.fields.keys()):
        return None
    was = {"kind": reminder.kind, "text": reminder.text, "day": f"{reminder.about_on}"}
    return Fact(student_id=reminder.student_id, was=was if change.action == "deleted" else None)


def _former_student(change: Change) -> int | None:
    """Whose record it was before this change, where it was another student's."""
    was: int = change.was.student_id
    return was if was != change.record.student_id else None


def _mark_words(change: Change) -> dict[str, Any]:
    return {"value": change.was.value, "lesson": change.was.lesson_id}
