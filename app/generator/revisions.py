"""A record's history told for its page and its API: fields by their names, related rows and choices in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.generator.fields import Field, Kind, as_seen, fields_of
from app.generator.relations import rows_of_keys
from app.generator.showing import from_history, in_words
from app.models import Staff
from app.models.base import Table
from app.records.record_type import RecordType
from app.services.history import Told, record_history
from app.services.story import TOLD_BY, as_families_hear, is_family_of, pause_of
from app.session.actors import Actor
from app.session.changes import as_json
from app.session.engine import actor_of
from app.session.history import BY_SMS
from app.session.reasons import FOR_WHOM, NOT_COLUMNS, WHY
from app.session.rows import sees
from app.web.resources import resources
from app.words import Word, _
from app.words.values import NOT_SHOWN

ACTIONS = {"added": _("added"), "changed": _("changed"), "deleted": _("deleted")}
SYSTEM = _("the system")
BY_TEXT = _("{name}, by SMS")
SOMEBODY = _("a person whose data was erased")
ERASED = _("erased")


@dataclass(frozen=True)
class FieldChange:
    """One field of one change: its value before and after, in words and as the API gives it."""

    name: str
    label: Word
    old: str
    new: str
    raw: tuple[Any, Any]


@dataclass(frozen=True)
class RecordChange:
    """One change of a record."""

    told: Told
    fields: Sequence[FieldChange]
    why: str = ""  # for staff
    for_whom: str = ""  # the teacher in whose lesson another person wrote

    @property
    def action(self) -> Word:
        return ACTIONS[self.told.action]

    @property
    def author(self) -> str:
        if self.told.author.startswith("system:"):
            return str(SYSTEM)
        author = self.told.author or str(SOMEBODY)
        return str(Word(BY_TEXT.text, name=author)) if self.told.way == BY_SMS else author

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.told.number,
            "action": self.told.action,
            "happened_at": as_json(self.told.happened_at),
            "author": self.author,
            "reason": self.why,
            "entered_for": self.for_whom,
            "changes": {each.name: {"old": each.raw[0], "new": each.raw[1]} for each in self.fields},
        }


class _Former:
    """A record as it was at a time: answers the row rule like the record itself; what it hangs on has not changed."""

    def __init__(self, row: Table, values: Mapping[str, Any]) -> None:
        self.row, self.model, self.values = row, type(row), values

    def __getattr__(self, name: str) -> Any:
        return self.values[name] if name in self.values else getattr(self.row, name)


def told_changes(session: Session, record_type: RecordType, row: Table) -> list[RecordChange]:
    """The changes of a record that the person was found to see, newest first; only of fields that its page shows.

    What it said while it was somebody else's (another student's, for guardians only) stays theirs.
    """
    if not record_type.watched:
        return []
    names = dict.fromkeys((*record_type.shown, *record_type.fields))
    actor = actor_of(session)
    known = {field.column: field for field in as_seen(record_type, actor, fields_of(record_type, names))}
    written = record_history(session, record_type.name, row.id)
    is_family = is_family_of(actor, row)
    if is_family and record_type.name in TOLD_BY:
        written = as_families_hear(written, pause_of(session, row.school_id))  # type: ignore[attr-defined]
    seen = list(_seen(actor, row, written))
    history = [told for told, _before, _after in seen]
    related = _related(session, known.values(), history)
    writers = _names(session, history)
    return [
        RecordChange(
            told,
            [_as_seen(each, before, after) for each in _changes(told, known, related)],
            "" if is_family else str(told.fields.get(WHY, (None, ""))[1] or ""),
            writers.get(told.fields.get(FOR_WHOM, (None, None))[1], ""),
        )
        for told, before, after in seen
    ]


def _names(session: Session, history: Sequence[Told]) -> Mapping[Any, str]:
    """The names of those for whom others wrote."""
    keys = {told.fields[FOR_WHOM][1] for told in history if FOR_WHOM in told.fields}
    return {key: str(person) for key, person in rows_of_keys(session, Staff, keys).items()} if keys else {}


def _seen(actor: Actor, row: Table, history: Sequence[Told]) -> Iterator[tuple[Told, bool, bool]]:
    """Each change with whether the person sees the record as it was before it and as it was after it."""
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    after = True
    for told in history:
        values |= {column: old for column, (old, _new) in told.fields.items() if column not in NOT_COLUMNS}
        before = after if told.action == "added" else sees(actor, _Former(row, values))
        if before or after:
            yield told, before, after
        after = before


def _as_seen(change: FieldChange, before: bool, after: bool) -> FieldChange:
    if not before:
        return replace(change, old=NOT_SHOWN, raw=(None, change.raw[1]))
    return change if after else replace(change, new=NOT_SHOWN, raw=(change.raw[0], None))


def _related(
    session: Session, fields: Iterable[Field], history: Sequence[Told]
) -> Mapping[type[Table], Mapping[int, Table]]:
    """The related rows that the history names and the person sees, one statement for each table."""
    keys: dict[type[Table], set[int]] = {}
    for field in fields:
        if field.related is not None:
            values = (value for told in history for value in told.fields.get(field.column, ()))
            keys.setdefault(field.related, set()).update(value for value in values if isinstance(value, int))
    return {model: rows_of_keys(session, model, wanted) for model, wanted in keys.items()}


def _changes(
    told: Told, known: Mapping[str, Field], related: Mapping[type[Table], Mapping[int, Table]]
) -> Iterable[FieldChange]:
    for column, field in known.items():
        if column in told.erased:
            yield FieldChange(field.name, field.label, str(ERASED), str(ERASED), (None, None))
        elif column in told.fields and field.kind is Kind.HIDDEN:
            yield FieldChange(field.name, field.label, NOT_SHOWN, NOT_SHOWN, (None, None))
        elif column in told.fields:
            old, new = told.fields[column]
            words = [_in_words(field, value, related) for value in (old, new)]
            yield FieldChange(field.name, field.label, words[0], words[1], (old, new))


def _in_words(field: Field, value: Any, related: Mapping[type[Table], Mapping[int, Table]]) -> str:
    if field.kind is Kind.RELATION and field.related is not None and value is not None:
        row = related[field.related].get(value)
        return str(row) if row is not None else f"№ {value}"
    return in_words(field, from_history(field, value), resources().settings.timezone)
