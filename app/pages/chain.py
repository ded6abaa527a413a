"""The chain in plain words: what the nightly checks found, for those who oversee the school."""

from datetime import UTC, datetime

from flask import Blueprint, render_template

from app.services.chain_checks import HERE, checks, last_checks, needs_a_look
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.resources import resources
from app.web.rights import MAY_OVERSEE

pages = Blueprint("chain", __name__)


@pages.get(HERE)
@permitted(*MAY_OVERSEE)
def show() -> str:
    """The last checks of the person's schools, and what they mean."""
    session = resources().db()
    schools = actor_of(session).whole_school_ids
    found = checks(session, schools) if schools else last_checks(session)
    return render_template(
        "oversight/chain.html",
        checks=found,
        needs_a_look=needs_a_look(found[0] if found else None, datetime.now(UTC)),
        zone=resources().settings.timezone,
    )
