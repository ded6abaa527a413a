"""The start page: who one is here, and what one may open."""

from flask import Blueprint, render_template
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app.web.actors import current_account
from app.web.guard import signed_in
from app.web.resources import resources

pages = Blueprint("start", __name__)


@pages.get("/")
@signed_in
def start() -> str:
    account = current_account()
    assert account is not None
    roles = resources().db().scalars(select(Role).join(Role.user).where(User.id == account.id).order_by(Role.name))
    return render_template("start.html", roles=[role.name for role in roles])
