"""The own password: changed by who knows the present one; every other browser is signed out by it."""

from typing import Any

import structlog
from flask import flash, redirect, render_template, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import User
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import PasswordField
from wtforms.validators import DataRequired

from app.pages.forms import REQUIRED, good_password, same_as
from app.web.accounts import account_with_password, active_account, hashed
from app.web.actors import current_account
from app.web.addresses import client_address
from app.web.resources import resources
from app.web.sessions import browser_session
from app.web.throttle import Throttle
from app.words import _

log = structlog.get_logger()


class PasswordForm(FlaskForm):
    """The present password, and the new one twice."""

    present = PasswordField(_("Present password"), [DataRequired(REQUIRED)])
    password = PasswordField(_("New password"), [DataRequired(REQUIRED), good_password()])
    again = PasswordField(_("New password again"), [same_as("password", _("The two differ."))])


class PasswordPage(BaseView):
    """Under the permissions of Flask-AppBuilder's own page."""

    route_base = "/password"
    class_permission_name = "ResetMyPasswordView"
    default_view = "this_form_get"

    @expose("/", methods=("GET",))
    @has_access
    @permission_name("this_form_get")
    def this_form_get(self) -> Any:
        return _shown(PasswordForm())

    @expose("/", methods=("POST",))
    @has_access
    @permission_name("this_form_post")
    def this_form_post(self) -> Any:
        form, account, session = PasswordForm(), current_account(), browser_session()
        assert account is not None
        assert session is not None
        if not form.validate_on_submit():
            return _shown(form)
        throttle = Throttle(resources().redis, account.username, client_address(request))
        if throttle.is_closed():
            form.present.errors = [_("Too many tries. Wait a few minutes.")]
            return _shown(form)
        if account_with_password(account.username, form.present.data) is None:
            throttle.count()
            form.present.errors = [_("This is not your present password.")]
            return _shown(form)
        throttle.forget()
        db = resources().db()
        db.scalars(select(User).where(User.id == account.id)).one().password = hashed(form.password.data)
        db.commit()
        changed = active_account(account.id)
        assert changed is not None
        session.begin(changed)
        log.info("password.changed", account=account.id)
        flash(str(_("Your password is changed. Everywhere else you are signed out.")), "success")
        return redirect("/", 303)


def _shown(form: PasswordForm) -> Any:
    return render_template("accounts/password.html", form=form), 422 if form.errors else 200
