"""Filters: typed conditions on columns that the declaration names, from a page's address or from an API's query."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, not_
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.generator.fields import Field, Kind, fields_of
from app.generator.queries import folded
from app.generator.reading import from_json, from_text
from app.generator.relations import related_row
from app.generator.showing import in_words
from app.models.base import Table
from app.records.record_type import RecordType
from app.session.engine import actor_of
from app.words import _

PREFIX = "f."  # of a filter's name in a page's address, so that no column is taken for `page` or `q`
FROM, TO, HOW = ".from", ".to", ".how"
EXACTLY = "is"
RANGES = (Kind.WHOLE, Kind.DECIMAL, Kind.DATE, Kind.TIME, Kind.MOMENT)
TEXTS = (Kind.TEXT, Kind.LONG_TEXT)


@dataclass
class Typed:
    """One filter of a page: its field, what was typed, what is wrong with it, the chosen related row."""

    spec: Field
    text: str = ""
    until: str = ""
    exactly: bool = False
    error: str = ""
    chosen: Table | None = None
    words: str = ""  # what it narrows to, for people
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def is_range(self) -> bool:
        return self.spec.kind in RANGES

    @property
    def is_active(self) -> bool:
        return bool(self.arguments)


def filter_fields(record_type: RecordType) -> tuple[Field, ...]:
    """What the record may be filtered by: what it declares, and nothing that a filter would give away."""
    found = fields_of(record_type, record_type.filtered)
    return tuple(_looked_into(each) for each in found if each.kind not in (Kind.SECRET, Kind.CHOICES, Kind.KEYS))


def _looked_into(one: Field) -> Field:
    """A part of a phone is looked for like a part of a text."""
    return replace(one, kind=Kind.TEXT) if one.kind is Kind.PHONE else one


def read_filter(one: Field, arguments: Mapping[str, str]) -> Typed:
    """What the page's address says of one field."""
    name = PREFIX + one.name
    typed = Typed(one)
    if one.kind in RANGES:
        typed.text, typed.until = arguments.get(name + FROM, ""), arguments.get(name + TO, "")
        typed.arguments = {name + FROM: typed.text, name + TO: typed.until}
    else:
        typed.text, typed.exactly = arguments.get(name, ""), arguments.get(name + HOW) == EXACTLY
        typed.arguments = {name: typed.text, name + HOW: EXACTLY if typed.exactly and typed.text else ""}
    typed.arguments = {key: value for key, value in typed.arguments.items() if value}
    return typed


def page_criteria(session: Session, model: type[Table], typed: Typed, zone: tzinfo) -> list[ColumnElement[bool]]:
    """The conditions of one filter. Raises InvalidInput where what was typed is no value of its field."""
    one, column = typed.spec, getattr(model, typed.spec.column)
    value = from_text(one, typed.text, zone)
    typed.words = in_words(one, value, zone)
    if typed.is_range:
        until = from_text(one, typed.until, zone)
        typed.words = _range_in_words(typed.words, in_words(one, until, zone))
        if one.kind is Kind.MOMENT and until is not None:
            until += timedelta(minutes=1) - timedelta(microseconds=1)  # the minute that was typed, to its end
        return [*([column >= value] if value is not None else []), *([column <= until] if until is not None else [])]
    if value is None:
        return []
    if one.is_relation:
        typed.chosen = related_row(session, one, value)
        typed.words = str(typed.chosen)
    if one.kind in TEXTS and not typed.exactly:
        return [_contains(column, value)]
    return [column == value]


def _range_in_words(first: str, last: str) -> str:
    if first and last:
        return f"{first} – {last}"
    return str(_("from {first}", first=first) if first else _("to {last}", last=last))


def _contains(column: Any, value: str) -> ColumnElement[bool]:
    return folded(column).contains(value.lower().replace("ё", "е"), autoescape=True)


Test = Callable[[Any, Any], ColumnElement[bool]]
ANY: dict[str, Test] = {
    "eq": lambda column, value: column == value,
    "neq": lambda column, value: column.is_distinct_from(value),
}
MORE: dict[str, Test] = ANY | {
    "gt": lambda column, value: column > value,
    "lt": lambda column, value: column < value,
    "ge": lambda column, value: column >= value,
    "le": lambda column, value: column <= value,
}
WORDS: dict[str, Test] = ANY | {
    "ct": _contains,
    "nct": lambda column, value: not_(_contains(column, value)),
    "sw": lambda column, value: column.istartswith(value, autoescape=True),
    "nsw": lambda column, value: not_(column.istartswith(value, autoescape=True)),
    "ew": lambda column, value: column.iendswith(value, autoescape=True),
    "new": lambda column, value: not_(column.iendswith(value, autoescape=True)),
}
RELATED: dict[str, Test] = ANY | {"rel_o_m": ANY["eq"], "nrel_o_m": ANY["neq"]}


def operators(one: Field) -> Mapping[str, Test]:
    """The API's operators for the field, by Flask-AppBuilder's names (`ge` and `le` are ours)."""
    if one.is_relation:
        return RELATED
    if one.kind in RANGES:
        return MORE
    return WORDS if one.kind in TEXTS else ANY


def api_criteria(
    session: Session, record_type: RecordType, given: Sequence[Mapping[str, Any]], zone: tzinfo
) -> list[ColumnElement[bool]]:
    """The conditions of `filters` in an API's `q`. Raises InvalidInput naming the column."""
    hidden = record_type.hidden_from(actor_of(session))
    known = {one.name: one for one in (*fields_of(record_type, ("id",)), *filter_fields(record_type))}
    known = {name: one for name, one in known.items() if name not in hidden}
    return [_api_criterion(session, record_type.model, known, each, zone) for each in given]


def _api_criterion(
    session: Session, model: type[Table], known: Mapping[str, Field], given: Mapping[str, Any], zone: tzinfo
) -> ColumnElement[bool]:
    name, operator, value = given["col"], given["opr"], given["value"]
    one = known.get(name)
    if one is None:
        raise InvalidInput(name, "unknown_field")
    tests = operators(one)
    if operator not in tests:
        raise InvalidInput(name, "wrong_type", allowed=", ".join(tests))
    if type(value) in (int, float) and one.kind in (*TEXTS, Kind.CHOICE, Kind.DECIMAL):
        value = str(value)  # Rison writes the mark "5" without quotes
    # In an address everything may be text: "5" is a number where the column has numbers.
    read = from_text(one, value, zone) if isinstance(value, str) else from_json(one, value, zone)
    if read is None:
        raise InvalidInput(name, "wrong_type", allowed=_("a value"))
    if one.is_relation:
        related_row(session, one, read)
    return tests[operator](getattr(model, one.column), read)
