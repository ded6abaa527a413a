"""Saving: what the database refuses becomes an error of the school, without SQL, at one place for every door."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import CheckConstraint, Date, DateTime, Time, inspect
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain.errors import Conflict, InvalidInput, SchoolError, TryLater
from app.models.base import Table
from app.words import _

log = structlog.get_logger()

NOT_NULL, FOREIGN_KEY, UNIQUE, CHECK = "23502", "23503", "23505", "23514"  # SQLSTATE


@contextmanager
def saving(session: Session, model: type[Table]) -> Iterator[None]:
    """Commit at the end of the block; roll back and raise a SchoolError where rules or database refuse.

    `model` is the table of the record that is saved: it tells which field a refusal belongs to.
    """
    try:
        yield
        session.commit()
    except SchoolError:
        session.rollback()
        raise
    except StaleDataError:
        session.rollback()
        raise Conflict("conflict.changed") from None
    except IntegrityError as refused:
        session.rollback()
        raise in_school_words(refused, model) from None
    except DataError as refused:
        session.rollback()
        log.warning("saving.refused", record=model.__tablename__, sqlstate=_sqlstate(refused))
        raise InvalidInput("", "wrong_type", allowed=_("another value")) from None
    except OperationalError as lost:  # a deadlock or a server that went away: trying again is right
        session.rollback()
        log.warning("saving.lost", record=model.__tablename__, sqlstate=_sqlstate(lost))
        raise TryLater("unavailable") from None
    except BaseException:
        session.rollback()
        raise


def _sqlstate(error: Any) -> str:
    return getattr(error.orig, "sqlstate", None) or type(error.orig).__name__


def in_school_words(refused: IntegrityError, model: type[Table]) -> SchoolError:
    """What the database refused, as an error of the school; `model` tells to which field it belongs."""
    state, diagnosis = _sqlstate(refused), getattr(refused.orig, "diag", None)
    log.info("saving.refused", record=model.__tablename__, sqlstate=state, constraint=_constraint(diagnosis))
    if state == UNIQUE:
        return Conflict("conflict.stands_already")
    if state == NOT_NULL:
        return InvalidInput(field_of_column(model, diagnosis.column_name), "required")  # type: ignore[union-attr]
    if state == FOREIGN_KEY:
        gone = "is not present" in str(getattr(diagnosis, "message_detail", ""))
        return (
            InvalidInput(_field_of_key(model, diagnosis), "relation.unknown") if gone else Conflict("conflict.in_use")
        )
    if state == CHECK:
        return _of_check(model, _constraint(diagnosis))
    return Conflict("conflict.changed")


def _constraint(diagnosis: Any) -> str:
    return getattr(diagnosis, "constraint_name", None) or ""


def field_of_column(model: type[Table], column: str) -> str:
    """The field that people know a column by: the relation whose key it holds, else the column itself."""
    for relation in inspect(model).relationships:
        if [local.name for local in relation.local_columns] == [column]:
            return relation.key
    return column


def _field_of_key(model: type[Table], diagnosis: Any) -> str:
    found = re.search(r"\((\w+)\)=", str(diagnosis.message_detail))
    return field_of_column(model, found[1]) if found else ""


def _of_check(model: type[Table], name: str) -> SchoolError:
    """By the last column that the check names: that of an end is the one that people correct."""
    for constraint in inspect(model).local_table.constraints:  # type: ignore[attr-defined]
        if isinstance(constraint, CheckConstraint) and constraint.name == name:
            words = re.findall(r"\w+", str(constraint.sqltext))
            columns = [column for column in inspect(model).local_table.columns if column.name in words]
            if columns:
                return _of_column(model, columns[-1])
    return Conflict("conflict.changed")


def _of_column(model: type[Table], column: Any) -> InvalidInput:
    field = field_of_column(model, column.name)
    if isinstance(column.type, Date):
        return InvalidInput(field, "date.order")
    if isinstance(column.type, Time | DateTime):
        return InvalidInput(field, "time.order")
    return InvalidInput(field, "wrong_type", allowed=_("another value"))
