"""What families hear of a change in the journal; compose decides later whether there is still something to tell."""

from typing import Any

from app.session.declarations import Change, Fact


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


def absence_told(change: Change) -> Fact | None:
    """Families hear of an absence, of a change of its reason, and that it was a mistake."""
    if change.action == "changed" and not {"reason", "student_id"} & change.fields.keys():
        return None
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


def homework_told(change: Change) -> Fact | None:
    """Families of the class (or the lesson's subgroup) hear of new and changed homework."""
    lesson = change.record.lesson
    was = {"text": change.was.text, "lesson": lesson.id} if change.action == "deleted" else None
    return Fact(school_class_id=lesson.school_class_id, subgroup_id=lesson.subgroup_id, was=was)


def remark_told(change: Change) -> Fact | None:
    """Guardians hear of remarks and praise."""
    former = _former_student(change)
    is_gone = change.action == "deleted" or former
    was = {"kind": change.was.kind, "text": change.was.text} if is_gone else None
    return Fact(student_id=change.record.student_id, was=was, former_student_id=former)


def _former_student(change: Change) -> int | None:
    """Whose record it was before this change, where it was another student's."""
    was: int = change.was.student_id
    return was if was != change.record.student_id else None


def _mark_words(change: Change) -> dict[str, Any]:
    return {"value": change.was.value, "lesson": change.was.lesson_id}
