"""Draft columns whose moment has come are published; their marks go to the families by the ordinary way."""

from sqlalchemy import func, select

from app.models import Lesson
from app.session.actors import PUBLISHER
from workers.place import work

MOST = 20


def publish_columns() -> None:
    """Publish what is due, a column a transaction. Running it again does nothing."""
    for _ in range(MOST):
        with work(PUBLISHER) as session:
            due = select(Lesson).where(Lesson.draft, Lesson.publish_at <= func.now()).order_by(Lesson.publish_at)
            lesson = session.scalars(due.limit(1).with_for_update(skip_locked=True)).first()
            if lesson is None:
                return
            lesson.draft = False
