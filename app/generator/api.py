"""The API of a record type: Flask-AppBuilder's conventions, our schemas, errors in words, each request once."""

import json
from collections.abc import Callable
from typing import Any

from apispec import APISpec
from flask import Response, abort, current_app, request
from flask_appbuilder.api import ModelRestApi, expose
from flask_appbuilder.security.decorators import permission_name, protect
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotAllowed
from app.generator import openapi
from app.generator.fields import fields_of
from app.generator.filters import api_criteria, filter_fields, operators
from app.generator.list_query import read_list_query
from app.generator.permissions import METHODS
from app.generator.queries import counted, only, ordered, rows_of_page
from app.generator.revisions import told_changes
from app.generator.schemas import given_schema, taken_schema, told
from app.generator.writing import Missing, add_row, change_row, remove_row, row_of, row_to_write
from app.records.record_type import RecordType
from app.services.request_keys import Answer, fingerprint, first_answer, keep_answer
from app.services.saving import saving
from app.session.engine import actor_of
from app.session.reasons import FIELD as REASON
from app.session.reasons import give_reason
from app.web.resources import resources
from app.words.errors import sentence
from app.words.values import NOT_SHOWN

KEY = "Idempotency-Key"
Work = Callable[[Session], tuple[int, dict[str, Any]]]


class RecordApi(ModelRestApi):
    """Base of all; `api_of` makes one class for each record type."""

    record_type: RecordType
    version = "v1"
    allow_browser_login = True  # a browser's session with a CSRF token (app/web/guard.py), or a token of the API
    include_route_methods = {"info", "get_list", "get", "post", "put", "delete", "history"}
    method_permission_name = METHODS

    def _init_properties(self) -> None:
        """Instead of Flask-AppBuilder's: its filters, which threads share, are not made."""
        declared = self.record_type
        self.base_permissions = list(declared.permissions)
        self.specs = fields_of(declared, declared.fields)
        self.filterable = filter_fields(declared)
        self.list_columns = [name for name in declared.columns if name not in declared.secret]
        self.show_columns = [name for name in declared.shown if name not in declared.secret]
        self.add_columns = self.edit_columns = [spec.name for spec in self.specs]
        self.search_columns = [each.name for each in self.filterable]
        self.order_columns = list(dict.fromkeys(("id", *self.list_columns, *self.search_columns)))
        self.add_model_schema = taken_schema(declared, editing=False)
        self.edit_model_schema = taken_schema(declared, editing=True)
        self.list_model_schema = given_schema(declared, tuple(self.list_columns), "_of_list")
        self.show_model_schema = given_schema(declared, tuple(self.show_columns), "")
        self.label_columns = {spec.name: spec.label for spec in fields_of(declared, self.show_columns)}

    @expose("/_info", methods=["GET"])
    @protect()
    @permission_name("info")
    def info(self) -> Response:
        """What the record is made of, without a row of any table."""
        actor, declared = actor_of(resources().db()), self.record_type
        writable = openapi.columns_told(self.specs)
        return self.response(
            200,
            permissions=[each for each in declared.permissions if actor.may(each, declared.name)],
            add_columns=writable if declared.adds else [],
            edit_columns=writable,
            list_columns=self.list_columns,
            show_columns=self.show_columns,
            order_columns=self._sortable(),
            label_columns={name: str(label) for name, label in self.label_columns.items()},
            filters={
                each.name: list(operators(each))
                for each in self.filterable
                if each.name not in declared.hidden_from(actor)
            },
            list_title=str(declared.title),
            add_title=str(declared.one),
        )

    @expose("/", methods=["GET"])
    @protect()
    @permission_name("get_list")
    def get_list(self) -> Response:
        """A page of the rows that the person sees."""
        session, declared = resources().db(), self.record_type
        asked = read_list_query(request.args, self.list_columns, self._sortable())
        zone = resources().settings.timezone
        query = only(select(declared.model), api_criteria(session, declared, asked.filters, zone))
        in_order = ordered(query, declared, asked.order_by)
        rows = rows_of_page(session, declared.model, in_order, self.list_columns, asked.page, asked.page_size)
        shown = [self._masked(row) for row in self.list_model_schema.dump(rows, many=True)]
        if asked.columns:
            shown = [{name: row[name] for name in ("id", *asked.columns)} for row in shown]
        return self.response(
            200, count=counted(session, declared.model, query, None), ids=[row.id for row in rows], result=shown
        )

    @expose("/<pk>", methods=["GET"])
    @protect()
    @permission_name("get")
    def get(self, pk: str) -> Response:
        """One row."""
        row = row_of(resources().db(), self.record_type, pk, self.show_columns)
        return self.response(200, id=row.id, result=self._told(row))

    @expose("/<pk>/history", methods=["GET"])
    @protect()
    @permission_name("history")
    def history(self, pk: str) -> Response:
        """What changed in a row, by whom and when, newest first."""
        session = resources().db()
        row = row_of(session, self.record_type, pk)
        changes = told_changes(session, self.record_type, row)
        return self.response(200, id=row.id, count=len(changes), result=[change.as_json() for change in changes])

    @expose("/", methods=["POST"])
    @protect()
    @permission_name("post")
    def post(self) -> Response:
        """Add a row."""

        def work(session: Session) -> tuple[int, dict[str, Any]]:
            self._refuse_unless(self.record_type.adds)
            values = self.add_model_schema.load(_body())
            row = add_row(session, self.record_type, self.specs, values)
            return 201, {"id": row.id, "result": self._told(row)}

        return self._once(work)

    @expose("/<pk>", methods=["PUT"])
    @protect()
    @permission_name("put")
    def put(self, pk: str) -> Response:
        """Change the fields that are sent, and no others."""

        def work(session: Session) -> tuple[int, dict[str, Any]]:
            body = _body()
            version = body.get("version") if type(body.get("version")) is int else None
            row = row_to_write(session, self.record_type, pk, version)
            self._refuse_unless(bool(self.specs))
            values = self.edit_model_schema.load(body)
            give_reason(session, values.get(REASON) or "")
            change_row(session, self.record_type, row, self.specs, values)
            return 200, {"id": row.id, "result": self._told(row)}

        return self._once(work)

    @expose("/<pk>", methods=["DELETE"])
    @protect()
    @permission_name("delete")
    def delete(self, pk: str) -> Response:
        """Delete a row that nothing hangs on."""

        def work(session: Session) -> tuple[int, dict[str, Any]]:
            row = row_to_write(session, self.record_type, pk, None)
            self._refuse_unless(self.record_type.deletes)
            if self.record_type.reasoned is not None and request.get_data():
                given = _body().get(REASON)
                give_reason(session, given if isinstance(given, str) else "")
            remove_row(session, row)
            return 200, {"message": "OK"}

        return self._once(work)

    def _told(self, row: Any) -> dict[str, Any]:
        return self._masked(self.show_model_schema.dump(row))

    def _masked(self, told: dict[str, Any]) -> dict[str, Any]:
        hidden = self.record_type.hidden_from(actor_of(resources().db()))
        if not hidden:
            return told
        shown = told | {name: NOT_SHOWN for name in hidden if name in told}
        if "names" in shown:
            shown["names"] = {name: words for name, words in shown["names"].items() if name not in hidden}
        return shown

    def _sortable(self) -> list[str]:
        hidden = self.record_type.hidden_from(actor_of(resources().db()))
        return [name for name in self.order_columns if name not in hidden]

    def _refuse_unless(self, possible: bool) -> None:
        if not possible or not self.record_type.fields:
            raise NotAllowed

    def _once(self, work: Work) -> Response:
        """Do the work in one transaction; the same request with the same key again gets the first answer."""
        session, key = resources().db(), request.headers.get(KEY)
        user_id = actor_of(session).user_id
        try:
            with saving(session, self.record_type.model):
                if key is not None and user_id is not None:
                    asked = fingerprint(request.method, request.path, request.get_data())
                    earlier = first_answer(session, user_id, key, asked)
                    if earlier is not None:
                        return _json_answer(earlier)
                status, content = work(session)
                answer = Answer(status, json.dumps(content, ensure_ascii=False))
                if key is not None and user_id is not None:
                    keep_answer(session, user_id, key, answer)
        except ValidationError as wrong:
            return self.response(422, message=told(wrong.messages_dict))
        except Missing as missing:
            return self.response(422, message={each.field: [sentence(each)] for each in missing.errors})
        return _json_answer(answer)

    def response_403(self) -> Response:
        """As Flask-AppBuilder's `protect` answers; in our words."""
        return self.response(403, message=sentence(NotAllowed()))

    def operation_helper(
        self, path: Any = None, operations: Any = None, methods: Any = None, func: Any = None, **_: Any
    ) -> None:
        """The description of one route, from the declaration instead of a docstring."""
        for method in methods or ():
            operations[method.lower()] = openapi.operation(self, func.__name__)

    def add_apispec_components(self, api_spec: APISpec) -> None:
        openapi.add_components(self, api_spec)


def _body() -> dict[str, Any]:
    """The request's JSON object; 400 where it is broken, too deep or none."""
    if not request.is_json:
        abort(400)
    try:
        body = request.get_json()
    except RecursionError:
        abort(400)
    if not isinstance(body, dict):
        abort(400)
    return body


def _json_answer(answer: Answer) -> Response:
    return current_app.response_class(answer.text, answer.status, content_type="application/json; charset=utf-8")


def api_of(record_type: RecordType, datamodel: Any) -> type[RecordApi]:
    """The API class of the record type."""
    members = {
        "record_type": record_type,
        "datamodel": datamodel,
        "resource_name": record_type.name,
        "class_permission_name": record_type.name,
        "openapi_spec_tag": record_type.name,
    }
    return type(f"api_{record_type.name}", (RecordApi,), members)
