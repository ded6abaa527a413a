"""The outbox as the operator works with it: look, send again, cancel; and the uncertain rows, oldest first."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.actions import action
from sqlalchemy import false, select
from sqlalchemy.orm import Session

from app.console.base import COUNTED_TO, SafeView, acts, key_of
from app.console.filters import Choice, Filter, Number, Related, WhoWrote, days, link_choices
from app.console.words import RECORD_WORDS
from app.domain.sms_errors import in_language
from app.models import SmsMessage
from app.records.sms import KIND_WORDS, STATE_WORDS
from app.services import outbox
from app.services.money import summed
from app.services.outbox_reading import CodeWords, attempts_of, link_names, told_by
from app.services.saving import saving
from app.session.engine import actor_of
from app.web.guard import local_path
from app.web.resources import resources
from app.words import Word, _, language, plural
from app.words.money import money

MOST_AT_ONCE = 1000  # rows of one act; more are told to be too many for one look
Work = Callable[[Session, Sequence[int]], list[int]]


class OutboxView(SafeView):
    """All messages, the newest first."""

    list_template, details_template = "console/outbox.html", "console/message.html"
    column_list = ("id", "phone", "kind", "state", "parts", "attempts", "link_id", "created_at", "done_at", "cost")
    column_sortable_list = column_list
    column_default_sort = ("id", True)
    column_filters: tuple[Filter, ...] = (
        Choice(SmsMessage.state, "state", _("State"), STATE_WORDS),
        Choice(SmsMessage.kind, "kind", _("Kind"), KIND_WORDS),
        Number(SmsMessage.phone, "phone", _("Phone")),
        Related(SmsMessage.link_id, "link", _("SMS link"), link_choices),
        WhoWrote(SmsMessage.phone),
        *days(SmsMessage.created_at),
    )
    related = ("link",)
    heading: Word = _("Outbox")

    def __init__(self, rows: Any, **options: Any) -> None:
        super().__init__(SmsMessage, rows, **options)

    def render(self, template: str, **shown: Any) -> Any:
        words = {
            "heading": self.heading,
            "error_words": lambda error: in_language(error or "", language()),
        }
        cost, currency = self._summed(shown)
        words |= {"cost": cost, "money": partial(money, currency=currency)}
        return super().render(template, **(words | shown))

    def details_of(self, row: Any) -> Mapping[str, Any]:
        session, actor = resources().db(), actor_of(resources().db())
        return {
            "attempts": attempts_of(session, row),
            "codes": CodeWords(session, language()),
            "links": link_names(session),
            "told": {RECORD_WORDS.get(record, record): count for record, count in told_by(session, row).items()},
            "guardian_is_open": row.guardian_id is not None and actor.may("can_read", "guardian"),
            "can_send": row.state in outbox.SENT_AGAIN_FROM,
            "can_cancel": row.state in outbox.CANCELLED_FROM,
        }

    def _summed(self, shown: Mapping[str, Any]) -> tuple[Any, str]:
        """What all rows that fit the filters cost together, summed to a limit; of a page of one, that one."""
        query = select(SmsMessage).limit(COUNTED_TO)
        if "data" not in shown:
            return summed(
                resources().db(), query.where(SmsMessage.id == shown["row"].id if "row" in shown else false())
            )
        if shown["data"]:
            fitting, *_others = self._apply_filters(self.get_query(), None, {}, {}, self._get_list_filter_args())
            query = query.where(*fitting._where_criteria)
        return summed(resources().db(), query)

    @expose("/action/", methods=("POST",))
    @acts
    def action_view(self) -> Any:
        """Show what an act on the chosen rows will do; do it when the person has agreed."""
        return self.handle_action()

    @action("send_again", _("Send again"))
    def send_again(self, ids: Sequence[str]) -> Any:
        return self._act("send_again", outbox.send_again, outbox.SENT_AGAIN_FROM)

    @action("cancel", _("Cancel"))
    def cancel(self, ids: Sequence[str]) -> Any:
        def work(session: Session, keys: Sequence[int]) -> list[int]:
            return outbox.cancel(session, keys, resources().settings.locale)

        return self._act("cancel", work, outbox.CANCELLED_FROM)

    def _act(self, name: str, work: Work, takes: Sequence[str]) -> Any:
        keys, back = self._chosen(), local_path(request.form.get("url"))
        if not keys:
            flash(str(_("Choose at least one message.")), "danger")
            return redirect(back, 303)
        session = resources().db()
        if request.form.get("sure") != "yes":
            states = outbox.states_of(session, keys)
            return self.render(
                "console/act.html", act=name, keys=keys, back=back, states=states, takes=takes, most=MOST_AT_ONCE
            )
        with saving(session, SmsMessage):
            done = work(session, keys)
        flash(_told(name, len(done), len(keys)), "success" if done else "danger")
        return redirect(back, 303)

    def _chosen(self) -> list[int]:
        """The rows that were ticked, or all that fit the filters of the address; each once, none that is no number."""
        if request.form.get("whole") == "yes":
            return self.keys_of_list(MOST_AT_ONCE)
        written = [key for each in request.form.getlist("rowid") for key in each.split(",")]
        return sorted({key_of(key) for key in written[:MOST_AT_ONCE]})


def _told(name: str, done: int, asked: int) -> str:
    if name == "send_again":
        said = plural("{count} message is in the queue again.", "{count} messages are in the queue again.", done)
    else:
        said = plural("{count} message is cancelled.", "{count} messages are cancelled.", done)
    left = asked - done
    if not left:
        return said
    rest = plural(
        "{count} was left alone: it is in another state by now.",
        "{count} were left alone: they are in another state by now.",
        left,
    )
    return f"{said} {rest}"


class UncertainView(OutboxView):
    """Rows of which nobody knows whether they arrived, the oldest first."""

    list_template = "console/uncertain.html"
    column_default_sort = ("id", False)
    column_filters = (
        Choice(SmsMessage.kind, "kind", _("Kind"), KIND_WORDS),
        Number(SmsMessage.phone, "phone", _("Phone")),
        Related(SmsMessage.link_id, "link", _("SMS link"), link_choices),
    )
    heading = _("Uncertain texts")

    def get_query(self) -> Any:
        return super().get_query().filter(SmsMessage.state == "uncertain")
