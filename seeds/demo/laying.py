"""Rows go to the database in large handfuls."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.models.base import Table

HANDFUL = 500


def lay(session: Session, rows: Sequence[Table]) -> None:
    """Save the rows, so that they have their ids."""
    for first in range(0, len(rows), HANDFUL):
        session.add_all(rows[first : first + HANDFUL])
        session.flush()
