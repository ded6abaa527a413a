"""What became of messages by the beginning of the number: whose operator does not deliver."""

from typing import Any

from flask import request
from flask_admin import expose

from app.console.base import Page, reads
from app.services.outbox_reading import link_names
from app.services.sms_figures import MOST_PREFIXES, prefix_figures
from app.web.resources import resources

DAYS = (1, 7, 30)
DIGITS = (4, 5, 6, 7)  # after the plus: +7 999 is four
USUAL_DAYS, USUAL_DIGITS = 7, 5
FEW = 5  # messages, of which no share is told


class PrefixesPage(Page):
    """One statement over the chosen days."""

    @expose("/")
    @reads
    def index(self) -> Any:
        days = _one_of(DAYS, "days", USUAL_DAYS)
        digits = _one_of(DIGITS, "digits", USUAL_DIGITS)
        session = resources().db()
        return self.render(
            "console/prefixes.html",
            rows=prefix_figures(session, digits, days),
            links=link_names(session),
            days=days,
            digits=digits,
            DAYS=DAYS,
            DIGITS=DIGITS,
            few=FEW,
            most=MOST_PREFIXES,
        )


def _one_of(known: tuple[int, ...], name: str, usual: int) -> int:
    return next((one for one in known if request.args.get(name) == str(one)), usual)
