"""The front page: is everything all right, and if not, what is wrong and where to go."""

from typing import Any

from flask_admin import expose

from app.console.base import Page, reads
from app.console.words import LIGHT_WORDS, QUEUE_WORDS, REASON_WORDS
from app.domain.errors import TryLater
from app.domain.sms_light import FRESH, LONG_WAIT
from app.domain.sms_states import STATES
from app.services.job_queues import QueueState, queue_state
from app.services.sms_figures import figures
from app.web.resources import resources


class FrontPage(Page):
    """Looked at again and again by a script while it is open."""

    @expose("/")
    @reads
    def index(self) -> Any:
        return self._figures("console/front.html")

    @expose("/figures")
    @reads
    def figures(self) -> Any:
        """The same figures without the page around them."""
        return self._figures("console/_figures.html")

    def _figures(self, template: str) -> Any:
        told = figures(resources().db())
        return self.render(
            template,
            figures=told,
            queues=queues_or_none(),
            states=[state for state in STATES if state in told.today],
            lights=LIGHT_WORDS,
            reasons=REASON_WORDS,
            QUEUES=QUEUE_WORDS,
            is_old=told.oldest is not None and told.oldest > LONG_WAIT,
            is_silent=told.heartbeat is None or told.now - told.heartbeat > FRESH,
            day=told.now.astimezone(resources().settings.timezone).date().isoformat(),
        )


def queues_or_none() -> QueueState | None:
    """The workers' queues; None where Redis is away, which the page tells in words."""
    try:
        return queue_state(resources().redis)
    except TryLater:
        return None
