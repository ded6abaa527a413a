"""Schemas: what the API takes and gives of a record; a relation is the id of a row under the relation's name."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields

from app.domain.errors import InvalidInput
from app.generator.fields import Field, Kind, fields_of
from app.generator.reading import from_json
from app.generator.relations import related_row
from app.models.base import Table, Versioned
from app.records.record_type import RecordType
from app.session.changes import as_json
from app.session.reasons import FIELD as REASON
from app.web.resources import resources
from app.words import _
from app.words.errors import SENTENCES, sentence


class Declared(fields.Field[Any]):
    """Reads and writes a value as the declaration says; mixed into the class that OpenAPI knows the JSON type of."""

    spec: Field

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> Any:
        try:
            read = from_json(self.spec, value, resources().settings.timezone)
            return related_row(resources().db(), self.spec, read) if self.spec.is_relation else read
        except InvalidInput as wrong:
            raise ValidationError(sentence(wrong)) from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_options: Any) -> Any:
        return as_json(value)


JSON_TYPES: Mapping[Kind, type[fields.Field[Any]]] = {
    Kind.WHOLE: fields.Integer,
    Kind.RELATION: fields.Integer,
    Kind.YES_NO: fields.Boolean,
    Kind.DATE: fields.Date,
    Kind.TIME: fields.Time,
    Kind.MOMENT: fields.DateTime,
    Kind.CHOICES: fields.Raw,
    Kind.KEYS: fields.Raw,
}
DECLARED = {kind: type(f"Declared{kind.title()}", (Declared, JSON_TYPES.get(kind, fields.String)), {}) for kind in Kind}
ERRORS: dict[str, Any] = {"required": SENTENCES["required"], "null": SENTENCES["required"]}


def _field(spec: Field, **options: Any) -> fields.Field[Any]:
    made = DECLARED[spec.kind](
        allow_none=spec.nullable or not spec.has_default, error_messages=ERRORS, metadata=_described(spec), **options
    )
    made.spec = spec
    return made


def _described(spec: Field) -> dict[str, Any]:
    """What the API's description says of the field besides its type."""
    told: dict[str, Any] = {"description": " ".join(str(words) for words in (spec.label, spec.help) if words)}
    if spec.kind is Kind.CHOICE:
        told |= {
            "enum": list(spec.choices),
            "type": "integer" if isinstance(next(iter(spec.choices)), int) else "string",
        }
    if spec.kind is Kind.CHOICES:
        told |= {"type": "array", "items": {"enum": list(spec.choices)}}
    if spec.kind is Kind.KEYS:
        told |= {"type": "array", "items": {"type": "integer"}}
    if spec.kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.SECRET):
        told["maxLength"] = spec.limit
    return told


REFUSED: dict[str, Any] = {"unknown": SENTENCES["unknown_field"], "type": _("Send one JSON object.")}


class Taken(Schema):
    """What is written: unknown fields and everything that is no plain value are refused by their name."""

    class Meta:
        unknown = RAISE

    error_messages = REFUSED


class Given(Schema):
    """What is read."""

    class Meta:
        unknown = EXCLUDE


def taken_schema(record_type: RecordType, *, editing: bool) -> Schema:
    """Of a new record, or of the changed fields of a record (with the version that was edited)."""
    specs = fields_of(record_type, record_type.fields)
    members: dict[str, Any] = {spec.name: _field(spec) for spec in specs}
    if editing and issubclass(record_type.model, Versioned):
        told = {"description": "The version that was edited; an old one is answered 409."}
        members["version"] = fields.Integer(strict=True, metadata=told, error_messages=WHOLE)
    if editing and record_type.reasoned is not None:
        told = {
            "description": "Why it is changed; needed once the lesson is older than the school’s days of correction."
        }
        members[REASON] = fields.String(allow_none=True, metadata=told, error_messages=TEXT)
    name = f"{record_type.name}_{'change' if editing else 'new'}"
    return type(name, (Taken,), members)()


TEXT: dict[str, Any] = {"invalid": _("Takes {allowed}.", allowed=_("a text"))}
WHOLE: dict[str, Any] = {"invalid": _("Takes {allowed}.", allowed=_("a whole number")), "null": SENTENCES["required"]}


def given_schema(record_type: RecordType, names: tuple[str, ...], suffix: str) -> Schema:
    """Of a record as lists and single answers give it: id, version, the named columns, names of related rows."""
    specs = [spec for spec in fields_of(record_type, names) if spec.kind is not Kind.SECRET and spec.name != "id"]
    members: dict[str, Any] = {"id": fields.Integer()}
    if issubclass(record_type.model, Versioned):
        members["version"] = fields.Integer()
    members |= {spec.name: _field(spec, attribute=spec.column) for spec in specs}
    relations = tuple(spec.name for spec in specs if spec.is_relation)
    if relations:
        members["names"] = Names(relations)
    return type(f"{record_type.name}{suffix}", (Given,), members)()


class Names(fields.Raw):
    """The words of the related rows that the person sees, by relation."""

    def __init__(self, relations: tuple[str, ...]) -> None:
        told = {"type": "object", "description": "The related records in words.", "readOnly": True}
        super().__init__(metadata=told)
        self.relations = relations

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_options: Any) -> Any:
        return _names(obj, self.relations)

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:
        return obj


def _names(row: Table, relations: tuple[str, ...]) -> dict[str, str]:
    related = {name: getattr(row, name) for name in relations}
    return {name: str(row) for name, row in related.items() if row is not None}


def told(messages: Mapping[str, Any]) -> dict[str, list[str]]:
    """Marshmallow's messages as field → sentences in the reader's language."""
    return {
        str(name): [str(each) for each in (said if isinstance(said, list) else [said])]
        for name, said in messages.items()
    }
