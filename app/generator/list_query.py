"""What the API's list is asked: `q` in Rison or JSON as Flask-AppBuilder has it, or plain `page`, `page_size`."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import prison
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from prison.decoder import ParserException
from werkzeug.exceptions import BadRequest

from app.domain.errors import InvalidInput

PAGE_SIZE, LARGEST_PAGE = 20, 100
LAST_PAGE = 10**9
LONGEST = 8_000  # characters of `q`
WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
NO_RISON = (ParserException, ValueError, TypeError, LookupError, RecursionError)


class _Loose(Schema):
    class Meta:
        unknown = EXCLUDE  # `keys` and `select_columns`, which Flask-AppBuilder knows too, change nothing here


class _Filter(_Loose):
    col = fields.String(required=True)
    opr = fields.String(required=True)
    value = fields.Raw(required=True)


class _Shape(_Loose):
    """What `q` looks like."""

    filters = fields.List(fields.Nested(_Filter))
    order_column = fields.String()
    order_direction = fields.String(validate=validate.OneOf(("asc", "desc")))
    page = fields.Raw()
    page_size = fields.Raw()
    columns = fields.List(fields.String())


SHAPE = _Shape()


@dataclass(frozen=True)
class ListQuery:
    """One page of a list: from where, how long, in which order, of which rows, with which columns."""

    page: int = 0
    page_size: int = PAGE_SIZE
    order: str = "id"
    descends: bool = False
    filters: list[Mapping[str, Any]] = field(default_factory=list)
    columns: tuple[str, ...] = ()

    @property
    def order_by(self) -> tuple[str, ...]:
        return (f"-{self.order}" if self.descends else self.order,)


def read_list_query(arguments: Mapping[str, str], columns: Sequence[str], order_columns: Sequence[str]) -> ListQuery:
    """Read a list's address. Raises BadRequest where `q` cannot be read, InvalidInput where it asks for what is not."""
    asked = _read_q(arguments.get("q", ""))
    order = asked.get("order_column", "") or "id"
    if order not in order_columns:
        raise InvalidInput("order_column", "choice", allowed=", ".join(order_columns))
    wanted = tuple(asked.get("columns", ()))
    unknown = [name for name in wanted if name not in ("id", *columns)]
    if unknown:
        raise InvalidInput(unknown[0], "unknown_field")
    return ListQuery(
        page=_number(asked, arguments, "page", 0, 0, LAST_PAGE),
        page_size=min(_number(asked, arguments, "page_size", PAGE_SIZE, 1, LAST_PAGE), LARGEST_PAGE),
        order=order,
        descends=asked.get("order_direction") == "desc",
        filters=asked.get("filters", []),
        columns=wanted,
    )


def _read_q(written: str) -> dict[str, Any]:
    if not written:
        return {}
    try:
        return SHAPE.load(_parsed(written))
    except ValidationError:
        raise BadRequest from None


def _parsed(written: str) -> Any:
    if len(written) > LONGEST:
        raise BadRequest
    try:
        return prison.loads(written)
    except NO_RISON:
        try:
            return json.loads(written)
        except (ValueError, RecursionError):
            raise BadRequest from None


def _number(
    asked: Mapping[str, Any], arguments: Mapping[str, str], name: str, usual: int, lowest: int, highest: int
) -> int:
    given = asked.get(name, arguments.get(name, usual))
    if isinstance(given, str):
        given = int(given) if WHOLE.fullmatch(given) else None
    if not isinstance(given, int) or isinstance(given, bool) or not lowest <= given <= highest:
        raise InvalidInput(name, "number", lowest=lowest, highest=highest)
    return given
