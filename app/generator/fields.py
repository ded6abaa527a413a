"""Fields: what declaration and model say of each column and relation, told once for form, API, list and export."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    Time,
    inspect,
)
from sqlalchemy.orm import RelationshipProperty

from app.models.base import Table
from app.records.record_type import RecordType
from app.records.words import LABELS
from app.session.actors import Actor
from app.words import Word

LONGEST_TEXT = 10_000  # characters, where the column itself has no limit
LARGEST = {SmallInteger: 2**15 - 1, BigInteger: 2**63 - 1, Integer: 2**31 - 1}  # in this order: subclasses first
BETWEEN = re.compile(r"(\w+) BETWEEN (-?\d+) AND (-?\d+)")


class WrongDeclaration(Exception):
    """A declaration names what its model does not have; the process does not start."""


class Kind(StrEnum):
    """How a field is typed, read and shown."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    SECRET = "secret"
    HIDDEN = "hidden"  # guarded from the person who looks
    PHONE = "phone"
    WHOLE = "whole"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    KEYS = "keys"  # ids of several rows; the record's `check` knows which
    RELATION = "relation"


@dataclass(frozen=True)
class Field:
    """One column, or one relation with the column that holds its key."""

    name: str
    column: str
    kind: Kind
    label: Word
    help: Word | None = None
    note: Callable[[Any], Word] | None = None
    worded: Callable[[Any], Word | str] | None = None
    empty: Word | None = None
    nullable: bool = True
    filled: bool = False  # the record's `fill` sets it from other fields where it is left empty
    default: Any = None  # of a new record; a list is copied by whoever takes it
    has_default: bool = False  # the column fills itself where nothing is given
    limit: int = LONGEST_TEXT  # characters
    lowest: int | Decimal = 0
    highest: int | Decimal = 0
    places: int = 0  # behind the point
    choices: Mapping[Any, Word] = field(default_factory=dict)
    related: type[Table] | None = None

    @property
    def required(self) -> bool:
        """Whether something must be given."""
        return not self.nullable and not self.has_default and not self.filled

    @property
    def is_relation(self) -> bool:
        return self.kind is Kind.RELATION


def fields_of(record_type: RecordType, names: Iterable[str]) -> tuple[Field, ...]:
    """The named fields, in this order. Raises WrongDeclaration where the model has no such column or relation."""
    return tuple(_field(record_type, name) for name in names)


def as_seen(record_type: RecordType, actor: Actor, fields: Iterable[Field]) -> tuple[Field, ...]:
    """The fields as this person meets them: what is guarded from them is hidden."""
    hidden = record_type.hidden_from(actor)
    return tuple(replace(one, kind=Kind.HIDDEN) if one.name in hidden else one for one in fields)


def check_guarded(record_type: RecordType) -> None:
    """Raise WrongDeclaration where a guarded column would show all the same: typed into a form, or by the order."""
    by_writers = {name for name, grant in record_type.guarded.items() if grant == ("can_write", record_type.name)}
    typed = set(record_type.fields) - by_writers  # who opens the form may read those
    open_names = {name.removeprefix("-") for name in record_type.order} | typed
    for name in open_names & set(record_type.guarded):
        raise WrongDeclaration(f"{record_type.name}: {name!r} is guarded, and stands in its form or its order")


def _field(record_type: RecordType, name: str) -> Field:
    mapper = inspect(record_type.model)
    relation = mapper.relationships.get(name)
    if relation is not None:
        return _relation(record_type, relation)
    if name not in mapper.column_attrs:
        raise WrongDeclaration(f"{record_type.name}: its model has neither a column nor a relation {name!r}")
    column: Any = mapper.column_attrs[name].columns[0]
    kind = _kind(record_type, name, column)
    lowest, highest = _bounds(record_type.model, column)
    return Field(
        name=name,
        column=name,
        kind=kind,
        limit=getattr(column.type, "length", None) or LONGEST_TEXT,
        lowest=lowest,
        highest=highest,
        places=getattr(column.type, "scale", None) or 0,
        choices=record_type.choices.get(name, {}),
        **_common(record_type, name, column),
    )


def _relation(record_type: RecordType, relation: RelationshipProperty[Any]) -> Field:
    if relation.uselist or len(relation.local_columns) != 1:
        raise WrongDeclaration(f"{record_type.name}: {relation.key!r} is no relation to one record by one key")
    (local,) = relation.local_columns
    return Field(
        name=relation.key,
        column=inspect(record_type.model).get_property_by_column(local).key,
        kind=Kind.RELATION,
        related=relation.mapper.class_,
        **_common(record_type, relation.key, local),
    )


def _common(record_type: RecordType, name: str, column: Any) -> dict[str, Any]:
    return {
        "label": label_of(record_type, name),
        "help": record_type.help.get(name),
        "note": record_type.notes.get(name),
        "worded": record_type.worded.get(name),
        "empty": record_type.empties.get(name),
        "nullable": bool(column.nullable),
        "filled": name in getattr(record_type, "optional", ()),
        "default": _default(column),
        "has_default": column.default is not None or column.server_default is not None or column.identity is not None,
    }


def label_of(record_type: RecordType, name: str) -> Word:
    """What people call the field: by the declaration, else by the common words, else by its name."""
    return record_type.labels.get(name) or LABELS.get(name) or Word(name.replace("_", " ").capitalize())


def _default(column: Column[Any]) -> Any:
    default = column.default
    if default is None or default.is_sequence or default.is_clause_element:
        return None
    return default.arg(None) if default.is_callable else default.arg  # type: ignore[attr-defined]


def _kind(record_type: RecordType, name: str, column: Column[Any]) -> Kind:
    if name in record_type.secret:
        return Kind.SECRET
    if isinstance(column.type, ARRAY):
        return Kind.CHOICES if name in record_type.choices else Kind.KEYS
    if name in record_type.choices:
        return Kind.CHOICE
    kinds: tuple[tuple[type, Kind], ...] = (
        (Boolean, Kind.YES_NO),
        (DateTime, Kind.MOMENT),
        (Date, Kind.DATE),
        (Time, Kind.TIME),
        (Integer, Kind.WHOLE),
        (Numeric, Kind.DECIMAL),
    )
    for known, kind in kinds:
        if isinstance(column.type, known):
            return kind
    if isinstance(column.type, String) and name == "phone":
        return Kind.PHONE
    if isinstance(column.type, String):
        is_long = name in record_type.long_text or isinstance(column.type, Text)
        return Kind.LONG_TEXT if is_long else Kind.TEXT
    raise WrongDeclaration(f"{record_type.name}.{name}: no form is known for {column.type!r}")


def _bounds(model: type[Table], column: Column[Any]) -> tuple[int | Decimal, int | Decimal]:
    """The smallest and the largest number: by a check of the table, else by what the column holds."""
    for constraint in inspect(model).local_table.constraints:  # type: ignore[attr-defined]
        found = BETWEEN.fullmatch(str(constraint.sqltext)) if isinstance(constraint, CheckConstraint) else None
        if found is not None and found[1] == column.name:
            return int(found[2]), int(found[3])
    for kind, largest in LARGEST.items():
        if isinstance(column.type, kind):
            return -largest - 1, largest
    if isinstance(column.type, Numeric):
        places = column.type.scale or 0
        most = Decimal(10) ** ((column.type.precision or 15) - places) - Decimal(1).scaleb(-places)
        return -most, most
    return 0, 0
