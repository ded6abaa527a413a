"""Writing: values are put on a record, what is missing is named, and the session saves it or refuses."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotFound, SchoolError
from app.generator.fields import Field
from app.generator.loading import with_related
from app.generator.reading import LARGEST_KEY
from app.models.base import Table
from app.records.record_type import RecordType
from app.session.engine import actor_of
from app.session.owners import fill_school


class Missing(SchoolError):
    """Fields that are required and were left empty, all at once."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__("required")
        self.errors = [InvalidInput(name, "required") for name in names]


def row_of(session: Session, record_type: RecordType, key: str, names: Iterable[str] = ()) -> Table:
    """The row of an address with the named relations. Raises NotFound, alike for a foreign and for an unknown one."""
    query = select(record_type.model).where(record_type.model.id == _key(key))
    found = session.scalars(query.options(*with_related(record_type.model, names))).first()
    if found is None:
        raise NotFound
    return found


def row_to_write(session: Session, record_type: RecordType, key: str, version: int | None) -> Any:
    """The row, locked until it is saved. Raises NotFound, or Conflict where `version` is not the newest."""
    model = record_type.model
    query = select(model).where(model.id == _key(key)).with_for_update(of=model)
    row: Any = session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    newest = getattr(row, "version", None)
    if version is not None and newest is not None and version != newest:
        raise Conflict("conflict.version", given=version, newest=newest)
    return row


def _key(written: str) -> int:
    if not written.isascii() or not written.isdigit() or len(written) > 19 or int(written) > LARGEST_KEY:
        raise NotFound
    return int(written)


def add_row(session: Session, record_type: RecordType, specs: tuple[Field, ...], values: Mapping[str, Any]) -> Table:
    """A new row with these values, flushed. Raises Missing and whatever the session finds wrong."""
    row = record_type.model()
    _put(session, row, specs, values)
    _refuse_missing(session, record_type, row, specs)
    session.add(row)
    session.flush()
    return row


def change_row(
    session: Session, record_type: RecordType, row: Table, specs: tuple[Field, ...], values: Mapping[str, Any]
) -> None:
    """Put the values on the row and flush it. Raises Missing and whatever the session finds wrong."""
    _put(session, row, specs, values)
    _refuse_missing(session, record_type, row, specs)
    session.flush()


def remove_row(session: Session, row: Table) -> None:
    """Delete the row. Raises Conflict where other records hang on it."""
    session.delete(row)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("conflict.in_use") from None


def _put(session: Session, row: Table, specs: tuple[Field, ...], values: Mapping[str, Any]) -> None:
    with session.no_autoflush:
        for spec in specs:
            if spec.name in values and spec.is_relation:
                _put_relation(session, row, spec, values[spec.name])
            elif spec.name in values:
                setattr(row, spec.column, values[spec.name])


def _put_relation(session: Session, row: Table, spec: Field, related: Table | None) -> None:
    """A relation is set together with its key, so that rules asked before the flush see both as they will be.

    An emptied one by its key alone: SQLAlchemy would write None over the key that `fill` puts there instead.
    """
    if related is not None:
        setattr(row, spec.name, related)
    elif inspect(row).persistent:
        session.expire(row, [spec.name])
    setattr(row, spec.column, None if related is None else related.id)


def _refuse_missing(session: Session, record_type: RecordType, row: Table, specs: tuple[Field, ...]) -> None:
    missing = _missing(row, specs)
    if missing and record_type.fill is not None:
        with session.no_autoflush:
            try:  # what `fill` sets from other fields may be left empty
                fill_school(session, row, actor_of(session))
                record_type.fill(session, row)
            except InvalidInput:
                pass  # found again, and told, when the row is saved
        missing = _missing(row, specs)
    if missing:
        raise Missing(missing)


def _missing(row: Table, specs: tuple[Field, ...]) -> list[str]:
    return [
        spec.name for spec in specs if not spec.nullable and _is_empty(row, spec) and (spec.required or _is_kept(row))
    ]


def _is_empty(row: Table, spec: Field) -> bool:
    value = getattr(row, spec.column)
    return value is None or (spec.required and isinstance(value, str) and not value.strip())


def _is_kept(row: Table) -> bool:
    return bool(inspect(row).persistent)
