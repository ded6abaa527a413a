"""The front page: is everything all right, and if not, what is wrong and where to go."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from sqlalchemy import select

from app.console.base import Page, acts, key_of, reads
from app.console.words import QUEUE_WORDS
from app.domain.errors import NotFound
from app.domain.sms_light import FRESH, LONG_WAIT
from app.domain.sms_states import STATES
from app.models import School
from app.services.job_queues import queue_state_or_none
from app.services.line_alarms import PAUSED
from app.services.line_troubles import troubles
from app.services.line_watch import end_by_hand
from app.services.money import held_since
from app.services.sms_figures import figures
from app.session.actors import WATCHER
from app.session.engine import actor_of, transaction
from app.web.locks import polled
from app.web.resources import resources
from app.words import _
from app.words.sms_light import LIGHT_WORDS, REASON_WORDS

HELD_LOOKED_BACK = timedelta(days=62)  # what is held longer was held anew


class FrontPage(Page):
    """Looked at again and again by a script while it is open."""

    @expose("/")
    @reads
    def index(self) -> Any:
        return self._figures("console/front.html")

    @expose("/figures")
    @polled
    @reads
    def figures(self) -> Any:
        """The same figures without the page around them."""
        return self._figures("console/_figures.html")

    @expose("/alarm", methods=("POST",))
    @acts
    def end_alarm(self) -> Any:
        """Somebody has seen to it: what the alarm held back goes on."""
        session, pk = resources().db(), key_of(request.form.get("id", ""))
        by = actor_of(session)
        with transaction(resources().engine, WATCHER) as db:
            if not end_by_hand(db, pk, _schools(), by.user_id, datetime.now(UTC)):
                raise NotFound
        flash(str(_("The alarm is over. It comes back if the cause does.")), "success")
        return redirect(url_for("console.index"), 303)

    def _figures(self, template: str) -> Any:
        session = resources().db()
        told, schools = figures(session), actor_of(session).whole_school_ids
        with transaction(resources().engine, WATCHER) as db:
            wrong = troubles(db, _schools(), told.now)
        return self.render(
            template,
            figures=told,
            raised=wrong.alarms,
            budgets=wrong.budgets,
            paused_words=PAUSED,
            held=sum(held_since(session, schools, told.now - HELD_LOOKED_BACK).waiting.values()),
            queues=queue_state_or_none(resources().redis),
            states=[state for state in STATES if state in told.today],
            lights=LIGHT_WORDS,
            reasons=REASON_WORDS,
            QUEUES=QUEUE_WORDS,
            is_old=told.oldest is not None and told.oldest > LONG_WAIT,
            is_silent=told.heartbeat is None or told.now - told.heartbeat > FRESH,
            day=told.now.astimezone(resources().settings.timezone).date().isoformat(),
        )


def _schools() -> list[int]:
    """The schools whose line the person minds: those that they see whole."""
    session = resources().db()
    actor = actor_of(session)
    return [key for key in session.scalars(select(School.id)) if actor.runs(key)]
