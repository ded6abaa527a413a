"""The own password: changed by who knows the present one; every other browser is signed out by it."""

from typing import Any

from flask import flash, redirect, render_template
from flask_appbuilder import expose, has_access
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import User
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import PasswordField
from wtforms.validators import DataRequired

from app.domain.errors import Conflict
from app.pages.forms import REQUIRED, good_password, same_as
from app.services.one_time import settle
from app.web.account_events import note
from app.web.accounts import active_account, hashed
from app.web.actors import current_account
from app.web.locks import prove, with_one_time_password
from app.web.resources import resources
from app.web.session_kinds import SHARED
from app.web.sessions import browser_session
from app.words import _

SAME = _("This is the password that was given to you. Choose an own one.")


class PasswordForm(FlaskForm):
    """The present password, and the new one twice."""

    shortest_password: int | None = None

    present = PasswordField(_("Present password"), [DataRequired(REQUIRED)])
    password = PasswordField(_("New password"), [DataRequired(REQUIRED), good_password()])
    again = PasswordField(_("New password again"), [same_as("password", _("The two differ."))])

    def own_words(self) -> tuple[str, ...]:
        account = current_account()
        return (account.first_name, account.last_name, account.username) if account is not None else ()


class PasswordPage(BaseView):
    """Under the permissions of Flask-AppBuilder's own page."""

    route_base = "/password"
    class_permission_name = "ResetMyPasswordView"
    default_view = "this_form_get"

    @expose("/", methods=("GET",))
    @with_one_time_password
    @has_access
    @permission_name("this_form_get")
    def this_form_get(self) -> Any:
        return _shown(PasswordForm())

    @expose("/", methods=("POST",))
    @with_one_time_password
    @has_access
    @permission_name("this_form_post")
    def this_form_post(self) -> Any:
        form, account, session = PasswordForm(), current_account(), browser_session()
        assert account is not None
        assert session is not None
        form.shortest_password = account.rules.shortest_password
        if not form.validate_on_submit():
            return _shown(form)
        wrong = prove(session, form.present.data)
        if wrong is not None:
            form.present.errors = [wrong[0]]
            return _shown(form)
        if account.must_change_password and form.password.data == form.present.data:
            form.password.errors = [SAME]
            return _shown(form)
        db, made = resources().db(), hashed(form.password.data)
        user = db.scalars(select(User).where(User.id == account.id).with_for_update()).one()
        now = active_account(account.id)
        if now is None or now.stamp != account.stamp:  # the password that was given here is no longer in force
            raise Conflict
        user.password = made
        settle(db, account.id)
        db.commit()
        changed = active_account(account.id)
        assert changed is not None
        session.begin(changed, is_shared=session.kind is SHARED)
        note("password_changed", account.id)
        flash(str(_("Your password is changed. Everywhere else you are signed out.")), "success")
        return redirect("/", 303)


def _shown(form: PasswordForm) -> Any:
    return render_template("accounts/password.html", form=form), 422 if form.errors else 200
