"""RecordType: the one declaration from which a record's list, form, API, export, history and rights follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.models.base import Table
from app.session.actors import Actor
from app.session.declarations import Change, Fact
from app.words import Word


def nobody(actor: Actor, record: Any) -> bool:
    """Written by no person; parts of the system may write it."""
    return False


@dataclass(frozen=True)
class Imported:
    """That the record may be imported: what a row of its workbook tells, and by what a record is known again."""

    key: tuple[str, ...]  # fields; those of people are a name, which alone makes nothing sure
    fields: tuple[str, ...] = ()  # the record's own `fields` where empty
    sure: tuple[str, ...] = ()  # of people: any of these beside the name makes it sure who is meant


@dataclass(frozen=True)
class RecordType:
    """What a record is called, shows, takes, allows and tells.

    Names of `columns`, `fields`, `detail`, `filters` are columns of the model or relations ("student", whose key
    column is `student_id`); `search` takes paths as well ("student.surname"). Who sees a row follows from the
    model's shape, who opens the page from the permissions `can_read` and `can_write` on `name`.
    """

    model: type[Table]
    title: Word  # of the list: "Marks"
    one: Word  # of a single one: "Mark"
    menu: Word  # the chapter in the menu: "Journal"
    columns: tuple[str, ...]  # of the list, the export and the API's list
    fields: tuple[str, ...] = ()  # of the form and of the API's writes; none: read only
    detail: tuple[str, ...] = ()  # of the page of one; columns and fields where empty
    search: tuple[str, ...] = ()  # columns that the search box looks in
    filters: tuple[str, ...] = ()  # typed filters; the columns where empty
    order: tuple[str, ...] = ("id",)  # of the list page; "-date" descends; the API ascends by id
    labels: Mapping[str, Word] = field(default_factory=dict)  # where the common word does not fit
    help: Mapping[str, Word] = field(default_factory=dict)  # a sentence by a field of the form
    notes: Mapping[str, Callable[[Any], Word]] = field(default_factory=dict)  # the same where it depends on the row
    worded: Mapping[str, Callable[[Any], Word | str]] = field(default_factory=dict)  # how pages show the row's value
    empties: Mapping[str, Word] = field(default_factory=dict)  # what it means where nothing stands: "all links"
    choices: Mapping[str, Mapping[Any, Word]] = field(default_factory=dict)  # value → word
    groups: tuple[tuple[Word, tuple[str, ...]], ...] = ()  # of the form: fields under a heading; the others stand first
    inline: tuple[str, ...] = ()  # fields that are edited in the list, where it shows them
    bulk: tuple[str, ...] = ()  # fields that many records may be set to one value of at once
    related: tuple[str, ...] = ()  # tabs of what hangs on a record: "mark.student", a record and its relation to here
    imported: Imported | None = None  # by spreadsheet, where it may be
    optional: tuple[str, ...] = ()  # fields that may be left empty because `fill` sets them
    long_text: tuple[str, ...] = ()  # fields typed in a large box
    guarded: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # column → permission to read it; else masked
    secret: tuple[str, ...] = ()  # columns that are written but never shown, logged or kept in the history
    volatile: tuple[str, ...] = ()  # columns that the system writes all the time; not kept in the history
    writes: Callable[[Actor, Any], bool] = nobody  # asked of the row as it was and as it will be
    judged_by: tuple[
        str, ...
    ] = ()  # relations that `writes` looks at ("lesson.term"), so that a list loads them at once
    adds: bool = True
    deletes: bool = True
    fill: Callable[[Session, Any], None] | None = None  # sets what follows from other fields, before saving
    check: Callable[[Session, Any], None] | None = None  # raises InvalidInput
    notice: Callable[[Change], Fact | Sequence[Fact] | None] | None = None  # what families hear of a change
    reasoned: Callable[[Session, Any], bool] | None = None  # whether changing or deleting this row takes a reason now
    entered_for: Callable[[Actor, Any], int | None] | None = None  # the staff whose entry another person makes
    follows: Callable[[Change], None] | None = None  # what else is written with a change, such as a warning
    reach: bool = False  # whoever writes it sees whom it was told to, and how far it came
    watched: bool = True  # every change is a revision in the school's chain

    @property
    def name(self) -> str:
        """The record's name in every layer: its table, its place in the API, its permission."""
        return str(self.model.__tablename__)

    @property
    def shown(self) -> tuple[str, ...]:
        """What the page of one record shows."""
        return self.detail or tuple(dict.fromkeys((*self.columns, *self.fields)))

    @property
    def offered(self) -> tuple[str, ...]:
        """The columns that a list may show; it shows `columns` unless others are chosen."""
        return tuple(name for name in dict.fromkeys((*self.columns, *self.shown)) if name not in self.secret)

    def hidden_from(self, actor: Actor) -> frozenset[str]:
        """The guarded columns that the person may not read: masked, and neither searched, filtered nor sorted by."""
        return frozenset(name for name, permission in self.guarded.items() if not actor.may(*permission))

    @property
    def permissions(self) -> tuple[str, ...]:
        """All that may be granted on this record."""
        further = {permission for permission, record in self.guarded.values() if record == self.name} - {"can_write"}
        return ("can_read", "can_write", *sorted(further))

    @property
    def filtered(self) -> tuple[str, ...]:
        """What lists and the API filter by."""
        return self.filters or self.columns
