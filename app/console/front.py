"""The front page: is everything all right, and if not, what is wrong and where to go."""

from typing import Any

from flask_admin import expose

from app.console.base import Page, reads
from app.console.words import QUEUE_WORDS
from app.domain.sms_light import FRESH, LONG_WAIT
from app.domain.sms_states import STATES
from app.services.job_queues import queue_state_or_none
from app.services.sms_figures import figures
from app.web.locks import polled
from app.web.resources import resources
from app.words.sms_light import LIGHT_WORDS, REASON_WORDS


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

    def _figures(self, template: str) -> Any:
        told = figures(resources().db())
        return self.render(
            template,
            figures=told,
            queues=queue_state_or_none(resources().redis),
            states=[state for state in STATES if state in told.today],
            lights=LIGHT_WORDS,
            reasons=REASON_WORDS,
            QUEUES=QUEUE_WORDS,
            is_old=told.oldest is not None and told.oldest > LONG_WAIT,
            is_silent=told.heartbeat is None or told.now - told.heartbeat > FRESH,
            day=told.now.astimezone(resources().settings.timezone).date().isoformat(),
        )
