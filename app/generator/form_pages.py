"""The writing pages of a record type: add, edit, delete; nothing typed is lost, nothing is saved twice."""

from collections.abc import Callable, Mapping
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, SchoolError
from app.generator.fields import Field
from app.generator.forms import RecordForm, as_typed, form_of
from app.generator.listing import arguments_of
from app.generator.pages import RecordPages
from app.generator.parts import grouped
from app.generator.reading import from_text
from app.generator.relations import few_choices, related_row
from app.generator.writing import Missing, add_row, change_row, remove_row, row_of, row_to_write
from app.models.base import Table
from app.services.request_keys import Answer, fingerprint, first_answer, keep_answer
from app.services.saving import saving
from app.session.engine import actor_of
from app.session.reasons import FIELD as REASON
from app.session.reasons import give_reason
from app.web.errors import STATUS
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

SAVED, DELETED = _("Saved."), _("Deleted.")
SENT_BEFORE = _("This form was sent before and is saved. To save another record, send it once more.")
LOOK_AGAIN = _("Nothing was saved yet. Look at the fields that are marked.")
NOT_OF_THE_FORM = frozenset({"csrf_token"})
Work = Callable[[Session, Mapping[str, Any]], Table]


class _Refused(Exception):
    """The form has errors, which stand by its fields."""


class RecordFormPages(RecordPages):
    """All pages of a record type."""

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("add")
    def add(self) -> Any:
        """The form of a new row."""
        if not self.rights(actor_of(resources().db()), None)["may_add"]:
            raise NotAllowed
        if request.method == "GET":
            return self._form_page(form_of(self.specs, None, None), None, "")

        def work(session: Session, values: Mapping[str, Any]) -> Table:
            return add_row(session, self.record_type, self.specs, values)

        return self._save(None, work)

    @expose("/<int:pk>/edit", methods=("GET", "POST"))
    @has_access
    @permission_name("edit")
    def edit(self, pk: int) -> Any:
        """The form of a row."""
        row = self._row_to_offer(pk, "may_edit")
        if request.method == "GET":
            return self._form_page(form_of(self.specs, None, row), row, str(getattr(row, "version", "")))

        def work(session: Session, values: Mapping[str, Any]) -> Table:
            kept: Table = row_to_write(session, self.record_type, str(pk), typed_version())
            change_row(session, self.record_type, kept, self.specs, values)
            return kept

        return self._save(row, work)

    @expose("/<int:pk>/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("delete")
    def delete(self, pk: int) -> Any:
        """A page that asks, and what it does when the person agrees."""
        if request.method == "GET":
            return self._delete_page(self._row_to_offer(pk, "may_delete"))
        session = resources().db()
        try:
            with saving(session, self.record_type.model):
                place = self._earlier(session)
                if place is None:
                    self._refuse_unless_deletable()
                    give_reason(session, request.form.get(REASON, ""))
                    remove_row(session, row_to_write(session, self.record_type, str(pk), typed_version()))
                    place = self._answered(session, self.address("list"))
        except (Conflict, InvalidInput) as refused:
            status = 409 if isinstance(refused, Conflict) else 422
            return self._delete_page(row_of(session, self.record_type, str(pk)), sentence(refused), status)
        flash(str(DELETED), "success")
        return redirect(place, 303)

    def _refuse_unless_deletable(self) -> None:
        if not self.record_type.deletes or not self.record_type.fields:
            raise NotAllowed

    def _row_to_offer(self, pk: int, right: str) -> Table:
        session = resources().db()
        row = row_of(session, self.record_type, str(pk), [field.name for field in self.shown])
        if not self.rights(actor_of(session), row)[right]:
            raise NotAllowed("not_allowed.row")
        return row

    def _delete_page(self, row: Table, refused: str = "", status: int = 200) -> Any:
        return self.page("delete", status, row=row, shown=self.seen(self.shown), refused=refused, key=token_urlsafe(16))

    def _save(
        self, row: Table | None, work: Work, specs: tuple[Field, ...] | None = None, template: str = "form"
    ) -> Any:
        """Save in one transaction and go on; or show the form with what was typed and what is wrong."""
        session, form, status = resources().db(), form_of(specs or self.specs, request.form, None), 422
        version, is_new = request.form.get("version", ""), False
        try:
            with saving(session, self.record_type.model):
                place = self._earlier(session)
                if place is None:
                    give_reason(session, request.form.get(REASON, ""))
                    values = form.values(session, adding=row is None)
                    if values is None:
                        raise _Refused
                    place = self._answered(session, self._place(work(session, values), is_added=row is None))
                    is_new = True
            if is_new:  # a form that was sent twice says so once
                flash(str(SAVED), "success")
            return redirect(place, 303)
        except _Refused:
            pass
        except Missing as missing:
            for each in missing.errors:
                form.refuse(each.field, sentence(each))
        except InvalidInput as wrong:
            form.refuse(wrong.field, str(SENT_BEFORE) if wrong.key == "request_key.other" else sentence(wrong))
        except NotFound:
            raise
        except SchoolError as refused:
            form.general.append(sentence(refused))
            status = next((code for kind, code in STATUS.items() if isinstance(refused, kind)), status)
            if isinstance(refused, Conflict) and row is not None:
                row = self._show_newest(form, row.id)
                version = str(getattr(row, "version", ""))
        return self._form_page(form, row, version, status, template)

    def _place(self, saved: Table, *, is_added: bool) -> str:
        """Where to go after saving: to the row's page, to the list, or to the next form."""
        then, following = request.form.get("then", ""), request.form.get("next", "")
        if then == "next" and is_added:
            return self.address("add")
        if then == "next" and following.isascii() and following.isdigit() and len(following) < 19:
            return self.address("edit", pk=int(following))
        if then == "list":
            return f"{self.address('list')}?{urlencode(arguments_of(request.form.get('back', '')))}"
        return self.address("show", pk=saved.id)

    def _show_newest(self, form: RecordForm, pk: int) -> Table:
        """Put by each field that differs what stands in the row meanwhile; what was typed stays."""
        row = row_of(resources().db(), self.record_type, str(pk), [field.name for field in form.specs])
        zone = resources().settings.timezone
        for spec in form.specs:
            newest = as_typed(spec, getattr(row, spec.column), zone)
            if spec.name not in self.record_type.secret and newest != form[spec.name].typed:
                form[spec.name].newest = self.cell(spec, row) or "—"
        return row

    def _form_page(
        self, form: RecordForm, row: Table | None, version: str, status: int = 200, template: str = "form"
    ) -> Any:
        session = resources().db()
        inputs = {
            spec.name: self._relation(session, spec, form[spec.name].typed) for spec in form.specs if spec.is_relation
        }
        refused = form.general or ([str(LOOK_AGAIN)] if form.errors else [])
        return self.page(
            template, status, form=form, row=row, inputs=inputs, refused=refused, version=version,
            key=token_urlsafe(16), groups=grouped(self.record_type, form.specs),
            back=urlencode(arguments_of(request.values.get("back", ""))),
        )  # fmt: skip

    def _relation(self, session: Session, spec: Field, typed: str) -> dict[str, Any]:
        """How a relation is chosen: from a drop-down where the choices are few, else searched as one types."""
        few = few_choices(session, spec)
        if few is not None:
            return {"choices": [(str(row.id), str(row)) for row in few]}
        try:
            key = from_text(spec, typed, resources().settings.timezone)
            chosen = "" if key is None else str(related_row(session, spec, key))
        except InvalidInput:
            chosen = ""
        return {"chosen": chosen, "source": self.options_address(spec)}

    def _earlier(self, session: Session) -> str | None:
        """Where the same form led when it was sent before."""
        key, user_id = request.form.get("request_key"), actor_of(session).user_id
        if not key or user_id is None:
            return None
        earlier = first_answer(session, user_id, f"form:{key}", _sent())
        return earlier.text if earlier is not None else None

    def _answered(self, session: Session, place: str) -> str:
        key, user_id = request.form.get("request_key"), actor_of(session).user_id
        if key and user_id is not None:
            keep_answer(session, user_id, f"form:{key}", Answer(303, place))
        return place


def _sent() -> str:
    """What was sent, without what differs from one sending to the next."""
    parts = [f"{name}={value}" for name, value in request.form.items(multi=True) if name not in NOT_OF_THE_FORM]
    return fingerprint(request.method, request.path, *parts)


def typed_version() -> int | None:
    """The version that was edited; a form that names none that can be is an old one."""
    written = request.form.get("version", "")
    if not written:
        return None
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else -1
