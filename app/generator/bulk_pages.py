"""The page of a bulk action: first what would happen to each chosen row, then, when the person agrees, all at once."""

from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.generator.bulk import MOST_AT_ONCE, Act, AnyRefused, acts_of, carry_out, keys_of, rows_chosen, try_out
from app.generator.form_pages import RecordFormPages
from app.generator.forms import RecordForm, form_of
from app.generator.listing import arguments_of, query_of, read_asked
from app.generator.queries import ordered
from app.generator.showing import in_words
from app.services.saving import saving
from app.session.engine import actor_of
from app.session.reasons import FIELD as REASON
from app.session.reasons import give_reason
from app.web.resources import resources
from app.words import _, plural
from app.words.errors import sentence

TOO_MANY = _("At most {most} records at once; narrow the list.", most=MOST_AT_ONCE)
OTHERWISE = _("Nothing was done: a record has changed meanwhile. Look again at what will happen.")


class BulkPages(RecordFormPages):
    """What is done to many rows at once."""

    @expose("/bulk", methods=("GET", "POST"))
    @has_access
    @permission_name("bulk")
    def bulk(self) -> Any:
        """GET asks and shows, POST with `sure` does; nothing is done to a row that was not shown."""
        act = self._act()
        if request.method == "POST" and request.form.get("sure"):
            return self._carried_out(act)
        return self._bulk_page(act)

    def _act(self) -> Act:
        name = request.values.get("act", "")
        act = next((each for each in acts_of(self.record_type) if each.name == name), None)
        if act is None:
            raise NotFound
        return act

    def _chosen(self, session: Session) -> list[int]:
        """The keys that were ticked, or those of the whole narrowed list."""
        if not request.values.get("all"):
            return [key for key, _version in keys_of(request.values.getlist("row"))]
        arguments = arguments_of(request.values.get("back", ""))
        asked = read_asked(self.record_type, self.seen(self.offered), arguments, actor_of(session))
        query = ordered(query_of(session, asked), self.record_type, asked.order_by)
        if asked.has_errors:
            return []
        keys = query.with_only_columns(self.record_type.model.id).limit(MOST_AT_ONCE + 1)
        return list(session.scalars(keys))

    def _bulk_page(self, act: Act, told: str = "", status: int = 200) -> Any:
        session = resources().db()
        chosen = self._chosen(session)
        if len(chosen) > MOST_AT_ONCE:
            told, status, chosen = str(TOO_MANY), 422, chosen[:MOST_AT_ONCE]
        form, value, is_ready = self._value(session, act)
        if form is not None and form.errors:
            told, status = told or str(_("Choose another value.")), 422
        words = in_words(act.spec, value, resources().settings.timezone) if act.spec is not None and is_ready else ""
        rows = rows_chosen(session, self.record_type, chosen)
        found = [(row.id, str(row)) for row in rows]
        needs_reason = any(self.asks_reason(row) for row in rows)
        give_reason(session, "?")  # it is asked for below, when the person agrees
        judged = try_out(session, self.record_type, act, rows, value, self.cell) if is_ready else []
        spec = act.spec
        inputs = {}
        if form is not None and spec is not None and spec.is_relation:
            inputs = {spec.name: self._relation(session, spec, form[spec.name].typed)}
        return self.page(
            "bulk", status, act=act, chosen=chosen, found=found, form=form, inputs=inputs, is_ready=is_ready, told=told,
            judged=[each for each in judged if not each.refused], refused=[each for each in judged if each.refused],
            missing=len(chosen) - len(rows), words=words, needs_reason=needs_reason,
            key=token_urlsafe(16), plural=plural,
            back=urlencode(arguments_of(request.values.get("back", ""))),
        )  # fmt: skip

    def _value(self, session: Session, act: Act) -> tuple[RecordForm | None, Any, bool]:
        """The small form of the value, what was typed into it, and whether there is something to try out."""
        if act.spec is None:
            return None, None, True
        if "given" not in request.values:
            return form_of((act.spec,), None, None), None, False
        form = form_of((act.spec,), request.values, None)
        values = form.values(session, adding=False)
        return form, (values or {}).get(act.spec.name), values is not None

    def _carried_out(self, act: Act) -> Any:
        session = resources().db()
        keys = keys_of(request.form.getlist("row"))
        _form, value, is_ready = self._value(session, act)
        if not is_ready or not keys or len(keys) > MOST_AT_ONCE:
            return self._bulk_page(act)
        rows = rows_chosen(session, self.record_type, [key for key, _version in keys])
        if not request.form.get(REASON, "").strip() and any(self.asks_reason(row) for row in rows):
            return self._bulk_page(act, sentence(InvalidInput(REASON, "change_reason.required")), 422)
        is_new = False
        give_reason(session, request.form.get(REASON, ""))
        try:
            with saving(session, self.record_type.model):
                place = self._earlier(session)
                if place is None:
                    carry_out(session, self.record_type, act, keys, value)
                    place = self._answered(session, self._list())
                    is_new = True
        except AnyRefused:
            return self._bulk_page(act, str(OTHERWISE), 409)
        except (InvalidInput, Conflict) as refused:
            return self._bulk_page(act, sentence(refused), 409)
        if is_new:
            flash(_done(act, len(keys)), "success")
        return redirect(place, 303)

    def _list(self) -> str:
        return f"{self.address('list')}?{urlencode(arguments_of(request.form.get('back', '')))}"


def _done(act: Act, count: int) -> str:
    if act.spec is None:
        return plural("Deleted: {count} record.", "Deleted: {count} records.", count)
    return plural("Changed: {count} record.", "Changed: {count} records.", count)
