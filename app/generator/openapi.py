"""The API's description (OpenAPI), told from the declarations."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.exceptions import DuplicateComponentNameError
from flask_appbuilder.api.schemas import get_list_schema

from app.generator.fields import Field
from app.generator.permissions import METHODS

if TYPE_CHECKING:
    from app.generator.api import RecordApi

ERRORS = {
    "400": "The request cannot be understood: broken JSON, or no object.",
    "401": "Sign in first.",
    "403": "The person may not do this.",
    "404": "There is no such record, or none that the person sees.",
    "409": "Somebody was faster, there is one like this already, or other records hang on it. Nothing was changed.",
    "422": "A field has a value that it does not take; `message` says which, and what it takes.",
}
OURS = "record."  # the library has answers of these numbers, whose message is never told by field
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 100},
    "description": "The same key again returns the first answer and saves nothing twice.",
}
PK = {"in": "path", "name": "pk", "required": True, "schema": {"type": "integer"}}
MESSAGE = {"type": "object", "properties": {"message": {"description": "A sentence, or field → sentences."}}}
WORDS = {
    "info": "What the record is made of",
    "get_list": "A page of the records that the person sees",
    "get": "One record",
    "history": "What changed in a record, by whom and when, newest first",
    "post": "Add a record",
    "put": "Change the fields that are sent, and no others",
    "delete": "Delete a record that nothing hangs on",
}


def columns_told(specs: Sequence[Field]) -> list[dict[str, Any]]:
    """The fields of a form as `_info` tells them; where a relation's choices are searched instead of the choices."""
    return [
        {
            "name": spec.name,
            "label": str(spec.label),
            "description": str(spec.help or ""),
            "type": str(spec.kind),
            "required": spec.required,
            **({"choices": {str(value): str(word) for value, word in spec.choices.items()}} if spec.choices else {}),
        }
        for spec in specs
    ]


def operation(api: "RecordApi", method: str) -> dict[str, Any]:
    """One route of the record's API."""
    writes = METHODS[method] == "write"
    has_key = "pk" if method not in ("info", "get_list", "post") else ""
    told: dict[str, Any] = {
        "summary": WORDS[method],
        "operationId": f"{api.record_type.name}_{method}",
        "security": [{"jwt": []}],
        "parameters": [*([PK] if has_key else []), *([KEY] if writes else []), *_query(method)],
        "responses": _answers(api, method, writes=writes, has_key=bool(has_key)),
    }
    if method in ("post", "put"):
        told["requestBody"] = {"required": True, "content": _json(_component(api, method))}
    return told


def _query(method: str) -> list[dict[str, Any]]:
    if method != "get_list":
        return []
    return [
        {
            "in": "query",
            "name": "q",
            "description": "Filters, order and page, as JSON or Rison.",
            "content": _json({"$ref": "#/components/schemas/get_list_schema"}),
        },
        {"in": "query", "name": "page", "schema": {"type": "integer", "minimum": 0}},
        {"in": "query", "name": "page_size", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
    ]


def _answers(api: "RecordApi", method: str, *, writes: bool, has_key: bool) -> dict[str, Any]:
    codes = {"401", "403", *(["404"] if has_key else []), *(["422"] if writes or method == "get_list" else [])}
    codes |= {"400", "409"} if writes else set()
    codes |= {"400"} if method in ("get_list", "info") else set()
    good = "201" if method == "post" else "200"
    answers: dict[str, Any] = {good: {"description": WORDS[method], "content": _json(_given(api, method))}}
    return answers | {code: {"$ref": f"#/components/responses/{OURS}{code}"} for code in sorted(codes)}


def _given(api: "RecordApi", method: str) -> dict[str, Any]:
    if method in ("info", "delete", "history"):
        return {"type": "object"}
    one = {"$ref": f"#/components/schemas/{_name(api, 'of_list' if method == 'get_list' else 'one')}"}
    if method != "get_list":
        return {"type": "object", "properties": {"id": {"type": "integer"}, "result": one}}
    return {
        "type": "object",
        "properties": {"count": {"type": "integer"}, "result": {"type": "array", "items": one}},
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _name(api: "RecordApi", which: str) -> str:
    return f"{api.record_type.name}.{which}"


def _component(api: "RecordApi", method: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{_name(api, method)}"}


def add_components(api: "RecordApi", api_spec: APISpec) -> None:
    """The schemas of the record, and once what all records share."""
    schemas = {
        "of_list": api.list_model_schema,
        "one": api.show_model_schema,
        "post": api.add_model_schema,
        "put": api.edit_model_schema,
    }
    for which, schema in schemas.items():
        api_spec.components.schema(_name(api, which), schema=schema)
    with suppress(DuplicateComponentNameError):
        api_spec.components.schema("get_list_schema", get_list_schema)
    for code, words in ERRORS.items():
        with suppress(DuplicateComponentNameError):
            api_spec.components.response(f"{OURS}{code}", {"description": words, "content": _json(MESSAGE)})
