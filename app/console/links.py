"""The links: their traffic lights, priority and pace changed in the list, pause and resume, a test by one of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any

import structlog
from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.actions import action
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.console.base import SafeView, acts
from app.domain.errors import Conflict, InvalidInput
from app.models import SmsLink, SmsSession
from app.records.sms_links import SMS_LINKS
from app.records.words import LABELS
from app.services.outbox import LONGEST_TEST, queue_test
from app.services.request_keys import Answer, fingerprint, first_answer, keep_answer
from app.services.saving import saving
from app.services.sms_figures import link_figures, links, oldest_due
from app.session.engine import actor_of
from app.web.guard import local_path
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence
from app.words.sms_light import LIGHT_WORDS, REASON_WORDS

log = structlog.get_logger()

LONGEST_NUMBER = 6  # digits
SENT_BEFORE = _("This form was sent before and is saved. To save another record, send it once more.")


class LinksView(SafeView):
    """Whoever may write the record of the links may change them here, by the same rules and with the same history."""

    list_template, details_template = "console/links.html", "console/link.html"
    column_list = ("name", "priority", "weight", "rate", "window")
    column_editable_list = ("priority", "weight", "rate", "window")
    column_sortable_list = ("name",)
    column_default_sort = ("id", False)

    def __init__(self, rows: Any, **options: Any) -> None:
        super().__init__(SmsLink, rows, **options)

    def render(self, template: str, **shown: Any) -> Any:
        session = resources().db()
        words = {
            "lights": LIGHT_WORDS,
            "reasons": REASON_WORDS,
            "may_write": self._may_write,
            "edit_words": {name: _label(name) for name in self.column_editable_list},
            "link_states": SMS_LINKS.choices["state"],
            "link_kinds": SMS_LINKS.choices["kind"],
            "editable": [(name, SMS_LINKS.help.get(name)) for name in self.column_editable_list],
        }
        if "data" in shown:
            now = datetime.now(UTC)
            told = {each.link.id: each for each in links(session, now, oldest_due(session, now))}
            order = list(told)
            shown["data"] = sorted(shown["data"], key=lambda row: order.index(row.id))
            words["told"] = told
        return super().render(template, **(words | shown))

    @staticmethod
    def _may_write(link: SmsLink) -> bool:
        actor = actor_of(resources().db())
        return (
            actor.may("can_write", "console")
            and actor.may("can_write", SMS_LINKS.name)
            and bool(SMS_LINKS.writes(actor, link))
        )

    def details_of(self, row: Any) -> Mapping[str, Any]:
        session, now = resources().db(), datetime.now(UTC)
        said = session.scalars(
            select(SmsSession).where(SmsSession.link_id == row.id).order_by(SmsSession.gateway)
        ).all()
        return {
            "told": link_figures(row, said, now, oldest_due(session, now)),
            "typed": {"phone": request.form.get("phone", ""), "text": request.form.get("text", "")},
            "longest": LONGEST_TEST,
            "key": token_urlsafe(16),
            "errors": {},
        }

    @expose("/ajax/update/", methods=("POST",))
    @acts
    def ajax_update(self) -> Response:
        """Save what was changed in one line of the list."""
        session = resources().db()
        try:
            with saving(session, SmsLink):
                link = self.row_of(request.form.get("list_form_pk", ""), locked=True)
                _refuse_old(link, request.form.get("version", ""))
                for name in self.column_editable_list:
                    if name in request.form:
                        setattr(link, name, _number(name, request.form[name]))
                session.flush()
        except InvalidInput as wrong:
            flash(f"{_label(wrong.field)}: {sentence(wrong)}", "danger")
            return redirect(url_for(".index_view"), 303)
        flash(str(_("Saved.")), "success")
        return redirect(url_for(".index_view"), 303)

    @expose("/action/", methods=("POST",))
    @acts
    def action_view(self) -> Any:
        """Pause or resume the links that were chosen."""
        return self.handle_action()

    @action("pause", _("Pause"))
    def pause(self, ids: Sequence[str]) -> Response:
        return self._pause(ids, True)

    @action("resume", _("Resume"))
    def resume(self, ids: Sequence[str]) -> Response:
        return self._pause(ids, False)

    def _pause(self, ids: Sequence[str], is_paused: bool) -> Response:
        session = resources().db()
        with saving(session, SmsLink):
            chosen = [self.row_of(each, locked=True) for each in ids]
            for link in chosen:
                link.paused = is_paused
            session.flush()
        log.info("link.paused" if is_paused else "link.resumed", by=actor_of(session).user_id, links=sorted(set(ids)))
        for link in chosen:
            told = _("“{name}” is paused. Nothing is sent by it until it is resumed.", name=link.name)
            flash(str(told if is_paused else _("“{name}” sends again.", name=link.name)), "success")
        return redirect(local_path(request.form.get("url")), 303)

    @expose("/test/", methods=("POST",))
    @acts
    def test(self) -> Any:
        """Send a text by one link and no other."""
        session, typed = resources().db(), request.form
        link = self.get_one(typed.get("id", ""))
        try:
            with saving(session, SmsLink):
                place = _sent_before(session)
                if place is None:
                    message = queue_test(session, link, typed.get("phone", ""), typed.get("text", ""))
                    place = _keep(session, url_for("console_outbox.details_view", id=message))
        except InvalidInput as wrong:
            errors = {wrong.field: sentence(wrong)} if wrong.key != "request_key.other" else {"text": SENT_BEFORE}
            shown = {**self.details_of(link), "errors": errors}
            return self.render(self.details_template, row=link, **shown), 422
        flash(
            str(_("The test is in the queue. It goes by this link only, within ten minutes or not at all.")), "success"
        )
        return redirect(place, 303)


def _sent_before(session: Session) -> str | None:
    """Where the same form led when it was sent before: a test that is sent twice goes once."""
    key, user_id = request.form.get("request_key"), actor_of(session).user_id
    if not key or user_id is None:
        return None
    sent = fingerprint(request.path, *(f"{name}={request.form.get(name)}" for name in ("id", "phone", "text")))
    earlier = first_answer(session, user_id, f"form:{key}", sent)
    return earlier.text if earlier is not None else None


def _keep(session: Session, place: str) -> str:
    key, user_id = request.form.get("request_key"), actor_of(session).user_id
    if key and user_id is not None:
        keep_answer(session, user_id, f"form:{key}", Answer(303, place))
    return place


def _refuse_old(link: SmsLink, version: str) -> None:
    if version and version != str(link.version):
        raise Conflict("conflict.version", given=version[:LONGEST_NUMBER], newest=link.version)


def _number(name: str, written: str) -> int:
    text = written.strip()
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise InvalidInput(name, "wrong_type", allowed=_("a whole number"))
    return int(text)


def _label(name: str) -> str:
    return str(SMS_LINKS.labels.get(name) or LABELS[name])
