"""The form of one account, with the roles and members of staff that the administrator may choose from."""

from typing import Any

from flask import request
from flask_appbuilder.security.sqla.models import User
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from app.domain.emails import is_no_address
from app.pages.forms import filled, good_password, matches
from app.services.account_reach import roles_to_give
from app.services.staff_accounts import MAY_TIE, staff_to_tie
from app.session.engine import actor_of
from app.web.accounts import active_account
from app.web.actors import current_account
from app.web.config import LIBRARY_ROLES
from app.web.resources import resources
from app.words import _
from app.words.roles import role_word


class AccountForm(FlaskForm):
    """One account; the password is left empty where it stays."""

    shortest_password: int | None = None

    last_name = StringField(_("Surname"), filled(64))
    first_name = StringField(_("Given name"), filled(64))
    username = StringField(
        _("User name"), [*filled(128), matches(r"[\w.@-]+", _("Takes letters, digits and . _ - @."))]
    )
    email = StringField(
        _("E-mail"),
        [
            Optional(),
            matches(r"[^@\s\x00]{1,64}@[^@\s\x00]{1,200}", _("An address looks like name@school.org.")),
        ],
    )
    password = PasswordField(_("New password"), [Optional(), good_password()])
    staff = SelectField(_("Member of staff"), coerce=int, default=0)
    roles = SelectMultipleField(_("Roles"), coerce=int)
    active = BooleanField(_("May sign in"), default=True)

    def own_words(self) -> tuple[str, ...]:
        return tuple(field.data or "" for field in (self.last_name, self.first_name, self.username, self.email))

    def refuse_taken(self, user_id: int | None) -> bool:
        """Whether name and address are free; else the reason stands by the field."""
        for field, column in ((self.username, User.username), (self.email, User.email)):
            if not field.data:
                continue
            taken = select(User.id).where(func.lower(column) == field.data.lower(), User.id != (user_id or 0))
            if resources().db().scalar(taken) is not None:
                field.errors = [*field.errors, _("Another account has it already.")]
        return not (self.username.errors or self.email.errors)


def form_of(user: Any) -> AccountForm:
    """The form of the account, of a new one where there is none yet."""
    form = AccountForm(obj=user)
    asked = [current_account(), active_account(user.id) if user is not None else None]
    form.shortest_password = max(account.rules.shortest_password for account in asked if account is not None)
    session = resources().db()
    roles = roles_to_give(session, actor_of(session), LIBRARY_ROLES)
    form.roles.choices = [(role.id, role_word(role.name)) for role in roles]
    _offer_staff(form, user)
    if request.method == "GET":
        form.roles.data = [role.id for role in user.roles] if user is not None else []
        if user is not None and is_no_address(user.email):
            form.email.data = ""
    return form


def _offer_staff(form: AccountForm, user: Any) -> None:
    """Only to who may change members of staff; others neither see the field nor change anything by it."""
    session = resources().db()
    if not actor_of(session).may(*MAY_TIE):
        del form.staff
        return
    members = staff_to_tie(session, user.id if user is not None else None)
    form.staff.choices = [(0, _("nobody of the staff")), *((member.id, str(member)) for member in members)]
    if request.method == "GET" and user is not None:
        form.staff.data = next((member.id for member in members if member.user_id == user.id), 0)
