"""Parts: the groups of a form, the tabs of what hangs on a record; and that declarations name only what there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect

from app.generator.fields import Field, WrongDeclaration, fields_of
from app.records.record_type import RecordType
from app.session.actors import Actor
from app.session.engine import declarations
from app.words import Word


@dataclass(frozen=True)
class Related:
    """A tab: the record type of the rows that hang on a record, and their relation to it."""

    record_type: RecordType
    relation: str

    @property
    def name(self) -> str:
        """Its place in the address."""
        return self.record_type.name

    @property
    def column(self) -> str:
        (field,) = fields_of(self.record_type, (self.relation,))
        return field.column


def related_of(record_type: RecordType) -> Sequence[Related]:
    """The tabs of the record type. Raises WrongDeclaration where one names no relation that leads here."""
    known = {each.name: each for each in declarations().values() if isinstance(each, RecordType)}
    found = []
    for written in record_type.related:
        name, _dot, relation = written.partition(".")
        declared = known.get(name)
        relations: Any = inspect(declared.model).relationships if declared is not None else {}
        if declared is None or relation not in relations or relations[relation].mapper.class_ is not record_type.model:
            raise WrongDeclaration(f"{record_type.name}: {written!r} is no relation of a record to it")
        found.append(Related(declared, relation))
    if len({each.name for each in found}) < len(found):
        raise WrongDeclaration(f"{record_type.name}: a record is named twice in `related`")
    return found


def related_for(record_type: RecordType, actor: Actor) -> Sequence[Related]:
    """The tabs that the person may open: each asks for the right to read its own records."""
    return [each for each in related_of(record_type) if actor.may("can_read", each.name)]


def grouped(record_type: RecordType, specs: Iterable[Field]) -> list[tuple[Word | None, list[Field]]]:
    """The fields of a form under their headings; those of no group come first, under none."""
    by_name = {spec.name: spec for spec in specs}
    groups = [(title, [by_name[name] for name in names if name in by_name]) for title, names in record_type.groups]
    named = {name for _title, names in record_type.groups for name in names}
    loose = [spec for spec in by_name.values() if spec.name not in named]
    return [(None, loose), *groups] if loose else list(groups)


def check_parts(record_type: RecordType) -> None:
    """Raise WrongDeclaration where groups, inline or bulk name what the form has not, or related what is not."""
    fields = set(record_type.fields)
    in_groups = [name for _title, names in record_type.groups for name in names]
    for part, names in (("groups", in_groups), ("inline", record_type.inline), ("bulk", record_type.bulk)):
        for name in names:
            is_hidden = name in record_type.secret or name in record_type.guarded
            if name not in fields or (is_hidden and part != "groups"):
                raise WrongDeclaration(f"{record_type.name}: {name!r} of `{part}` is no field of its form")
        if len(set(names)) < len(names):
            raise WrongDeclaration(f"{record_type.name}: a field stands twice in `{part}`")
    for name in set(record_type.inline) - set(record_type.offered):
        raise WrongDeclaration(f"{record_type.name}: {name!r} of `inline` is shown by no list")
    imported = record_type.imported
    if imported is not None and not {*imported.key, *imported.fields, *imported.sure} <= fields:
        raise WrongDeclaration(f"{record_type.name}: `imported` names what is no field of its form")
    related_of(record_type)
