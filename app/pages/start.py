"""The start page: what waits for this person, block by block, and below it all that they may open."""

from datetime import datetime

from flask import Blueprint, render_template
from flask import session as browser_session
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app.pages.imports_showing import IMPORTS_BEGUN
from app.pages.start_blocks import blocks_for
from app.services.imports.runs import unseen_runs
from app.session.engine import actor_of
from app.web.actors import current_account
from app.web.guard import signed_in
from app.web.resources import resources

pages = Blueprint("start", __name__)


def now() -> datetime:
    """The moment, in the time zone of the pages."""
    return datetime.now(resources().settings.timezone)


@pages.get("/")
@signed_in
def start() -> str:
    account = current_account()
    assert account is not None
    session, moment = resources().db(), now()
    roles = session.scalars(select(Role).join(Role.user).where(User.id == account.id).order_by(Role.name))
    imports = unseen_runs(session, actor_of(session)) if browser_session.get(IMPORTS_BEGUN) else ()
    return render_template(
        "start.html",
        roles=[role.name for role in roles],
        blocks=blocks_for(session, moment),
        today=moment.date(),
        imports=imports,
    )
