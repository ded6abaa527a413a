"""Draft columns: the marks of a lesson stay unpublished, unseen and untold until their column is published."""

from datetime import UTC, datetime

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import Lesson, Mark
from app.session.changes import old_value


def publish_new(session: Session, mark: Mark, lesson: Lesson) -> None:
    """A new mark is with the family at once, unless its column is a draft."""
    if mark.published_at is None and not lesson.draft and not inspect(mark).persistent:
        mark.published_at = datetime.now(UTC)


def publish_drafts(session: Session, lesson: Lesson) -> None:
    """A column that is no draft any more gives its marks to the families, each with its own revision and notice."""
    if not lesson.draft and lesson.publish_at is not None:
        lesson.publish_at = None
    if not inspect(lesson).persistent or lesson.draft or not old_value(lesson, "draft"):
        return
    waiting = select(Mark).where(Mark.lesson_id == lesson.id, Mark.published_at.is_(None))
    for mark in session.scalars(waiting):
        mark.published_at = datetime.now(UTC)


def check_draft(session: Session, lesson: Lesson) -> None:
    """What families have seen is not taken back by calling it a draft."""
    if not lesson.draft or (inspect(lesson).persistent and old_value(lesson, "draft")):
        return
    published = select(Mark.id).where(Mark.lesson_id == lesson.id, Mark.published_at.is_not(None)).limit(1)
    if session.scalars(published).first() is not None:
        raise InvalidInput("draft", "lesson.published")
