"""One bad row does not stop the rest: what fails together is tried again in ever smaller parts."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import DBAPIError, OperationalError

log = structlog.get_logger()

T = TypeVar("T")


def is_of_the_moment(problem: Exception) -> bool:
    """Whether the same work will do later: the database is away or in a deadlock, or the job took too long."""
    if isinstance(problem, DBAPIError) and problem.connection_invalidated:
        return True
    return isinstance(problem, OperationalError | BaseTimeoutException)


def in_parts(work: Callable[[Sequence[T]], Any], rows: Sequence[T], event: str) -> list[tuple[T, Exception]]:
    """Do the work on all rows, or on ever smaller parts where it fails; the rows on which it fails alone, and why.

    Raises what has nothing to do with the rows.
    """
    if not rows:
        return []
    try:
        work(rows)
    except Exception as problem:  # whatever a bad row does must not reach the others
        if is_of_the_moment(problem):
            raise
        if len(rows) == 1:
            log.error(event, row=rows[0], error=type(problem).__name__, exc_info=True)
            return [(rows[0], problem)]
        middle = len(rows) // 2
        return in_parts(work, rows[:middle], event) + in_parts(work, rows[middle:], event)
    return []
