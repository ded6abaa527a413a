"""Rows of one record type: a workbook with the fields of its form, each row one record that is added or changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, inspect, select

from app.domain.errors import InvalidInput
from app.models import Lesson
from app.models.base import Table
from app.records import ALL
from app.records.imports.drafting import note, planned
from app.records.imports.finders import Finders
from app.records.imports.kind import Around, Kind
from app.records.imports.people import Doubtful, People, full_name
from app.records.imports.typed import columns_of
from app.records.record_type import RecordType
from app.services.imports.cells import folded
from app.services.imports.columns import Line
from app.services.imports.plan import Draft, Plan, Ref
from app.words import _
from app.words.values import DAY

BATCH = 5_000
ANY = object()  # a part of the key that was left empty and that the record fills by itself


@dataclass
class Told:
    """What one row says, and the record that it is about where one stands."""

    line: Line
    values: dict[str, Any]
    key: tuple[Any, ...]
    record_id: int | None = None
    differs: bool = False
    record: Any = field(default=None)


class Rows:
    """Plans the rows of one file of one record type."""

    def __init__(self, record_type: RecordType, around: Around, plan: Plan) -> None:
        assert record_type.imported is not None
        self._type, self._around, self._plan = record_type, around, plan
        self._imported = record_type.imported
        self._fields = self._imported.fields or record_type.fields
        mapper = inspect(record_type.model)
        self._relations = {
            name: mapper.relationships[name].mapper.class_ for name in self._fields if name in mapper.relationships
        }
        self._columns = {name: self._column(name) for name in self._fields}
        self.finders = Finders(around, plan)
        self._stand: dict[int, Any] = {}  # id → the columns that a row may tell
        self._indexes: dict[frozenset[int], dict[Any, list[int]]] = {}
        self._people: People | None = None
        self._seen: dict[Any, int] = {}

    def _column(self, name: str) -> str:
        if name not in self._relations:
            return name
        mapper = inspect(self._type.model)
        (local,) = mapper.relationships[name].local_columns
        return str(mapper.get_property_by_column(local).key)

    def plan(self, lines: Iterable[Line]) -> None:
        """Plan the rows; what is wrong or doubtful stands in the plan."""
        rows = [line for line in lines if not line.bad]
        days = [line.get(f"{name}.date") for name, model in self._relations.items() if model is Lesson for line in rows]
        self.finders.expect_lessons(day for day in days if day is not None)
        told = [one for line in rows if (one := self._read(line)) is not None]
        self._load(told)
        found = [one for one in told if self._is_found(one)]
        self._fetch(found)
        self._plan.rows += [self._planned(one) for one in found]

    def _read(self, line: Line) -> Told | None:
        values: dict[str, Any] = {}
        try:
            for name in sorted(self._fields, key=lambda one: self._relations.get(one) is not None and one == "student"):
                model = self._relations.get(name)
                value = line.get(name) if model is None else self.finders.find(name, model, line, values)
                if value is not None:
                    values[name] = value
        except InvalidInput as wrong:
            note(self._plan, line, wrong)
            return None
        except Doubtful:
            return None
        return Told(line, values, tuple(self._part(name, values.get(name)) for name in self._imported.key))

    def _part(self, name: str, value: Any) -> Any:
        """A part of the key for comparing."""
        if value is None:
            if name in self._type.optional:
                return ANY
            default = inspect(self._type.model).columns[self._columns[name]].default
            value = default.arg if default is not None and default.is_scalar else None  # type: ignore[attr-defined]
        if isinstance(value, Table):
            return value.id
        return folded(value) if isinstance(value, str) else value

    def _load(self, told: Sequence[Told]) -> None:
        """The records that stand already, as far as rows may be about them."""
        model: Any = self._type.model
        if self._imported.sure:
            rows = self._around.session.scalars(select(model).where(model.school_id == self._around.school_id))
            self._people = People(rows, self._imported.sure, _described)
            return
        columns = [getattr(model, column) for column in dict.fromkeys(self._columns.values())]
        query = select(model.id, *columns).where(model.school_id == self._around.school_id)
        if self._relations.get("lesson") is Lesson:
            query = query.where(model.lesson_id == _among(one.values["lesson"].id for one in told))
        elif model is Lesson:
            query = query.where(model.date.in_({one.values["date"] for one in told}))
        for row in self._around.session.execute(query):
            self._stand[row.id] = row

    def _is_found(self, one: Told) -> bool:
        """Whether it is clear which record the row is about, an old or a new one."""
        try:
            self._refuse_seen(one.line, one.key if self._people is None else self._person_key(one))
            if self._people is not None:
                decisions = self._around.decisions
                one.record = self._people.find(one.values, self._plan, (one.line.number, self._type.name), decisions)
                if one.record is not None:
                    self._refuse_seen(one.line, one.record.id)
                    one.record_id = one.record.id
                    one.differs = any(getattr(one.record, name) != value for name, value in one.values.items())
            else:
                one.record_id = self._same(one)
                one.differs = one.record_id is not None and self._differs(self._stand[one.record_id], one.values)
        except InvalidInput as wrong:
            note(self._plan, one.line, wrong)
            return False
        except Doubtful:
            return False
        return True

    def _person_key(self, one: Told) -> Any:
        sure = tuple(str(one.values.get(name) or "") for name in self._imported.sure)
        return (folded(full_name(one.values)), sure)

    def _same(self, one: Told) -> int | None:
        wild = frozenset(place for place, part in enumerate(one.key) if part is ANY)
        if wild not in self._indexes:
            index = self._indexes[wild] = defaultdict(list)
            for key, row in self._stand.items():
                parts = (self._part(name, getattr(row, self._columns[name])) for name in self._imported.key)
                index[tuple(ANY if place in wild else part for place, part in enumerate(parts))].append(key)
        found = self._indexes[wild].get(one.key, [])
        if len(found) > 1:
            raise InvalidInput(self._first_field(), "import.several")
        return found[0] if found else None

    def _first_field(self) -> str:
        name = self._imported.key[0]
        return f"{name}.date" if self._relations.get(name) is Lesson else name

    def _differs(self, row: Any, values: Mapping[str, Any]) -> bool:
        return any(
            getattr(row, self._columns[name]) != (value.id if isinstance(value, Table) else value)
            for name, value in values.items()
            if name not in self._imported.key
        )

    def _fetch(self, found: Sequence[Told]) -> None:
        """The records that change, whole."""
        model: Any = self._type.model
        wanted = [one for one in found if one.differs and one.record is None]
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            query = select(model).where(model.id == _among(one.record_id for one in batch if one.record_id))
            rows = {row.id: row for row in self._around.session.scalars(query)}
            for one in batch:
                one.record = rows.get(one.record_id)

    def _planned(self, one: Told) -> Any:
        values = one.values
        if one.record_id is not None:  # known again by its key, which stays as it is written there
            kept = () if self._people is not None else self._imported.key
            values = {name: value for name, value in values.items() if name not in kept}
            values = {name: value for name, value in values.items() if one.differs and _now(one, name) != value}
        shown = [_shown(one.values[name]) for name in self._imported.key if name in one.values]
        record = one.record if one.record_id is not None else None
        draft = Draft(Ref(f"{self._type.name}:{one.line.number}"), self._type.model, dict(values), record)
        if one.record_id is not None and not one.differs:
            draft.record = Ref("as it stands")  # nothing of it is written
            draft.values = {}
        return planned(one.line.number, " · ".join(shown), [draft], draft)

    def _refuse_seen(self, line: Line, key: Any) -> None:
        first = self._seen.setdefault(key, line.number)
        if first != line.number:
            raise InvalidInput(self._first_field(), "import.twice", row=first)


def _now(one: Told, name: str) -> Any:
    return getattr(one.record, name)


def _shown(value: Any) -> str:
    return value.strftime(DAY) if isinstance(value, date) else str(value)


def _described(row: Any) -> str:
    told = [str(row)]
    for name in ("born_on", "position", "phone", "email"):
        value = getattr(row, name, None)
        told += [_shown(value)] if value else []
    return ", ".join(told)


def _among(keys: Iterable[int]) -> Any:
    return any_(bindparam(None, sorted(set(keys)), type_=ARRAY(BigInteger)))


def kind_of(record_type: RecordType) -> Kind:
    """The kind of import of a record type that declares it."""
    return Kind(
        name=record_type.name,
        title=record_type.title,
        says=_("One row a record, with the columns of its form."),
        records=(record_type.name,),
        columns=columns_of(record_type),
        planner=lambda around, plan: Rows(record_type, around, plan),
        record=record_type.name,
    )


OF_RECORDS = tuple(kind_of(record_type) for record_type in ALL if record_type.imported is not None)
