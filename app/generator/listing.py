"""Listing: a page's address becomes a query, and the query's answer what the list page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.domain.errors import InvalidInput
from app.generator.fields import Field
from app.generator.filters import Typed, filter_fields, page_criteria, read_filter
from app.generator.loading import with_related
from app.generator.queries import COUNTED_TO, counted, only, ordered, rows_of_page, searched
from app.records.record_type import RecordType
from app.session.actors import Actor
from app.session.engine import actor_of
from app.web.resources import resources
from app.words.errors import sentence

PAGE_SIZES = (25, 50, 100)
LONGEST_SEARCH = 200
LAST_PAGE = 1_000_000
LONGEST_QUERY, MOST_PARTS = 4_000, 200  # characters, and parts, of a kept address
COLUMNS = "columns"
Arguments = MultiDict[str, str]


@dataclass
class Asked:
    """What the address of a list asks for; what it does not know or may not ask is left out."""

    record_type: RecordType
    offered: Sequence[Field]  # the columns to choose from
    columns: Sequence[Field]  # those that are shown
    search: str = ""
    order: str = ""
    page: int = 1
    page_size: int = PAGE_SIZES[0]
    filters: list[Typed] = field(default_factory=list)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search) or any(typed.is_active for typed in self.filters)

    @property
    def has_errors(self) -> bool:
        return any(typed.error for typed in self.filters)

    @property
    def order_by(self) -> tuple[str, ...]:
        return (self.order,) if self.order else self.record_type.order

    def address(self, **changes: Any) -> str:
        """The query string of this list with some of it changed; None leaves a part out."""
        parts: dict[str, Any] = {"q": self.search, "order": self.order, "page": self.page, "page_size": self.page_size}
        parts[COLUMNS] = ",".join(column.name for column in self.columns)
        for typed in self.filters:
            parts |= typed.arguments
        parts |= changes
        usual = {"page": 1, "page_size": PAGE_SIZES[0], COLUMNS: ",".join(_usual(self.record_type))}
        kept = {key: part for key, part in parts.items() if part and usual.get(key) != part}
        return "?" + urlencode(kept, safe=",")

    @property
    def view(self) -> str:
        """The address as a saved view keeps it: everything but the page."""
        return self.address(page=None).removeprefix("?")

    @property
    def has_chosen_columns(self) -> bool:
        return tuple(column.name for column in self.columns) != _usual(self.record_type)

    def without(self, typed: Typed) -> str:
        """The address without one of the filters."""
        return self.address(page=None, **dict.fromkeys(typed.arguments))

    def order_address(self, name: str) -> str:
        """The address that sorts by the column; descending where it is sorted by it already."""
        return self.address(order=f"-{name}" if self.order == name else name, page=None)


@dataclass
class Listed:
    """One page of a list."""

    asked: Asked
    rows: Sequence[Any]
    count: int

    @property
    def is_more(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > COUNTED_TO

    @property
    def first(self) -> int:
        return (self.asked.page - 1) * self.asked.page_size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def has_next(self) -> bool:
        if self.is_more:
            return len(self.rows) == self.asked.page_size
        return bool(self.rows) and self.last < self.count


def _usual(record_type: RecordType) -> tuple[str, ...]:
    return tuple(name for name in record_type.columns if name not in record_type.secret)


def _chosen(record_type: RecordType, offered: Sequence[Field], arguments: Arguments) -> Sequence[Field]:
    """The columns of the address, in the order of the declaration; the usual ones where it names none that is known."""
    named = {name for part in arguments.getlist(COLUMNS) for name in part.split(",")}
    wanted = named & {column.name for column in offered} or set(_usual(record_type))
    return [column for column in offered if column.name in wanted]


def read_asked(record_type: RecordType, offered: Sequence[Field], arguments: Arguments, actor: Actor) -> Asked:
    """Read a list's address."""
    hidden = record_type.hidden_from(actor)
    search = "".join(sign for sign in arguments.get("q", "")[:LONGEST_SEARCH] if sign.isprintable()).strip()
    order = arguments.get("order", "")
    sortable = {"id", *(column.name for column in offered)} - hidden
    return Asked(
        record_type=record_type,
        offered=offered,
        columns=_chosen(record_type, offered, arguments),
        search=search,
        order=order if order.removeprefix("-") in sortable else "",
        page=_number(arguments.get("page", ""), 1, LAST_PAGE),
        page_size=_number(arguments.get("page_size", ""), PAGE_SIZES[0], PAGE_SIZES[-1]),
        filters=[read_filter(one, arguments) for one in filter_fields(record_type) if one.name not in hidden],
    )


def _number(written: str, usual: int, most: int) -> int:
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        return usual
    return min(max(int(written), 1), most)


def query_of(session: Session, asked: Asked) -> Select[Any]:
    """The rows that the list asks for. A filter that cannot be read gets its error, and then there are no rows."""
    zone = resources().settings.timezone
    query = searched(select(asked.record_type.model), asked.record_type, asked.search, actor_of(session))
    for typed in asked.filters:
        if not typed.is_active:
            continue
        try:
            query = only(query, page_criteria(session, asked.record_type.model, typed, zone))
        except InvalidInput as wrong:
            typed.error = sentence(wrong)
    return query


def with_columns(query: Select[Any], asked: Asked) -> Select[Any]:
    """The query in its order, with the related rows that the columns show."""
    names = [column.name for column in asked.columns]
    return ordered(query, asked.record_type, asked.order_by).options(*with_related(asked.record_type.model, names))


def read_list(session: Session, record_type: RecordType, offered: Sequence[Field], arguments: Arguments) -> Listed:
    """The page of the list that the address asks for; the last one where it asks for one behind it."""
    asked = read_asked(record_type, offered, arguments, actor_of(session))
    query = query_of(session, asked)
    if asked.has_errors:
        return Listed(asked, [], 0)
    count = counted(session, record_type.model, query, COUNTED_TO)
    if count <= COUNTED_TO:
        asked.page = min(asked.page, max(1, -(-count // asked.page_size)))
    in_order, names = ordered(query, record_type, asked.order_by), [column.name for column in asked.columns]
    names += record_type.judged_by if record_type.inline else ()
    rows = rows_of_page(session, record_type.model, in_order, names, asked.page - 1, asked.page_size) if count else []
    return Listed(asked, rows, count)


def arguments_of(query: str) -> Arguments:
    """A query string as the address of a list has it; what cannot be read is no part of it."""
    try:
        parts = parse_qsl(query[:LONGEST_QUERY].lstrip("?"), max_num_fields=MOST_PARTS)
    except ValueError:
        parts = []
    return MultiDict(parts)
