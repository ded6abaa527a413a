"""What a lesson says, written in place: its topic, its homework with what to bring, and that it was held."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import Homework, Lesson
from app.records.journal_cells import Overtaken
from app.records.journal_places import Written, locked_lesson
from app.records.lessons import LESSONS
from app.services.history import record_history

FIELDS = ("topic", "homework", "bring", "state")
LONGEST_BRING = 200


def write_text(session: Session, lesson_id: int, field: str, typed: str, was: str) -> Written:
    """Let the lesson say it; `was` is what the person saw. Raises Overtaken, InvalidInput; the caller commits."""
    if field not in FIELDS:
        raise InvalidInput("field", "choice", allowed=", ".join(FIELDS))
    lesson = locked_lesson(session, lesson_id)
    text = typed.strip()
    if field in ("homework", "bring"):
        return _write_homework(session, lesson, "text" if field == "homework" else field, text, was.strip())
    if field == "state" and text not in LESSONS.choices["state"]:
        raise InvalidInput("state", "choice", allowed=", ".join(LESSONS.choices["state"]))
    stands: str = getattr(lesson, field)
    if stands != text:
        _refuse_overtaken(session, "lesson", lesson.id, stands, was.strip())
        setattr(lesson, field, text)
        session.flush()
    return Written(text, text)


def _write_homework(session: Session, lesson: Lesson, name: str, text: str, was: str) -> Written:
    """The lesson's first piece of homework for everybody, its `text` or `bring`; an emptied one is taken away."""
    if name == "bring" and len(text) > LONGEST_BRING:
        raise InvalidInput("bring", "text.too_long", limit=LONGEST_BRING, given=len(text))
    for_all = Homework.students.is_(None)
    query = select(Homework).where(Homework.lesson_id == lesson.id, for_all).order_by(Homework.id).limit(1)
    homework = session.scalars(query).first()
    stands: str = getattr(homework, name) if homework is not None else ""
    if stands.strip() != text:
        _refuse_overtaken(session, "homework", homework.id if homework is not None else 0, stands, was)
        if homework is None:
            session.add(Homework(lesson=lesson, **({"text": ""} | {name: text})))
        elif text or (homework.bring if name == "text" else homework.text):
            setattr(homework, name, text)
        else:
            session.delete(homework)
        session.flush()
    return Written(text, text)


def _refuse_overtaken(session: Session, record: str, record_id: int, stands: str, was: str) -> None:
    if stands.strip() != was:
        told = record_history(session, record, record_id, 1)
        who, when = (told[0].author, told[0].happened_at) if told else ("", None)
        raise Overtaken(Written(stands, stands), who, when)
