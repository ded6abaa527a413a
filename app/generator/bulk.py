"""Bulk actions: many rows deleted or set to one value, each judged by the session's rules before and while it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain.errors import Conflict, InvalidInput, SchoolError
from app.generator.fields import Field, fields_of
from app.generator.loading import with_related, with_words
from app.generator.reading import LARGEST_KEY
from app.generator.writing import Missing, change_row, remove_row, row_to_write
from app.records.record_type import RecordType
from app.services.saving import in_school_words
from app.words import Word, _
from app.words.errors import sentence

MOST_AT_ONCE = 200
DELETE, SET = "delete", "set."


@dataclass(frozen=True)
class Act:
    """What may be done to many rows; `spec` is the field that it sets."""

    name: str
    title: Word
    spec: Field | None = None


@dataclass(frozen=True)
class Judged:
    """What would happen to one row: nothing where `refused` says why."""

    key: int
    version: int | None
    words: str
    was: str
    refused: str


class AnyRefused(Exception):
    """One of the rows cannot be changed any more; nothing was."""


def acts_of(record_type: RecordType) -> Sequence[Act]:
    """The acts that the declaration allows."""
    if not record_type.fields:
        return ()
    acts = [
        Act(SET + spec.name, _("Set: {field}", field=spec.label), spec)
        for spec in fields_of(record_type, record_type.bulk)
    ]
    return (*acts, Act(DELETE, _("Delete"))) if record_type.deletes else tuple(acts)


def keys_of(written: Iterable[str]) -> list[tuple[int, int | None]]:
    """Keys with versions, as “12” or “12:3”; what is none is left out. In the order of keys, so that none deadlock."""
    found: dict[int, int | None] = {}
    for each in written:
        key, _colon, version = each.partition(":")
        if _is_number(key) and 0 < int(key) <= LARGEST_KEY:
            found[int(key)] = int(version) if _is_number(version) else None
    return sorted(found.items())[: MOST_AT_ONCE + 1]


def _is_number(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) < 20


def rows_chosen(session: Session, record_type: RecordType, keys: Iterable[int]) -> Sequence[Any]:
    """Those of the rows that the person sees, with what their words are made of."""
    model = record_type.model
    names = [name for name in record_type.columns if name not in record_type.secret]
    query = select(model).where(model.id.in_(sorted(keys))).order_by(model.id)
    return session.scalars(query.options(*with_related(model, names), *with_words(model))).all()


def try_out(
    session: Session, record_type: RecordType, act: Act, rows: Sequence[Any], value: Any, cell: Any
) -> list[Judged]:
    """What would happen to each row: it is done inside the transaction, judged by every rule, and undone."""
    told = [(row.id, getattr(row, "version", None), str(row), _was(act, row, cell)) for row in rows]
    judged = []
    try:
        for key, version, words, was in told:
            judged.append(Judged(key, version, words, was, _tried(session, record_type, act, key, value)))
    finally:
        session.rollback()
    return judged


def _was(act: Act, row: Any, cell: Any) -> str:
    return cell(act.spec, row) if act.spec is not None else ""


def _tried(session: Session, record_type: RecordType, act: Act, key: int, value: Any) -> str:
    point = session.begin_nested()
    try:
        _do(session, record_type, act, key, None, value)
    except SchoolError as refused:
        return sentence(refused.errors[0] if isinstance(refused, Missing) else refused)
    except IntegrityError as refused:
        return sentence(in_school_words(refused, record_type.model))
    except (StaleDataError, DataError):
        return sentence(Conflict("conflict.changed"))
    finally:
        point.rollback()
        session.info.pop("pseudonym", None)  # of the writer: it was undone with the rest
    return ""


def carry_out(
    session: Session, record_type: RecordType, act: Act, keys: Sequence[tuple[int, int | None]], value: Any
) -> None:
    """Do it to all of these rows in the present transaction. Raises AnyRefused where one of them refuses."""
    for key, version in keys:
        try:
            _do(session, record_type, act, key, version, value)
        except SchoolError:
            raise AnyRefused from None


def _do(session: Session, record_type: RecordType, act: Act, key: int, version: int | None, value: Any) -> None:
    row = row_to_write(session, record_type, str(key), version)
    if act.spec is None:
        remove_row(session, row)
        return
    if value is None and not act.spec.nullable and not act.spec.filled:
        raise InvalidInput(act.spec.name, "required")
    change_row(session, record_type, row, (act.spec,), {act.spec.name: value})
