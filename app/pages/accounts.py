"""Accounts: who may sign in, with which roles; for the school's administrators."""

from typing import Any

import structlog
from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import Role, User
from flask_wtf import FlaskForm
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload
from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from app.domain.codes import new_paper_code
from app.domain.emails import is_no_address, no_address
from app.pages.forms import REQUIRED, filled, good_password, matches
from app.services.contact_changes import tell_removed
from app.services.one_time import require_change
from app.services.staff_accounts import MAY_TIE, staff_to_tie, tie
from app.web import second_factor
from app.web.account_events import note
from app.web.accounts import active_account, hashed
from app.web.actors import current_account, current_actor
from app.web.config import LIBRARY_ROLES
from app.web.locks import recently_proved
from app.web.resources import resources
from app.web.session_rows import end_of
from app.words import Word, _
from app.words.roles import role_word

log = structlog.get_logger()

ON_A_PAGE = 50


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


class AccountPages(BaseView):
    """Under the permissions of Flask-AppBuilder's own page of users."""

    route_base = "/accounts"
    class_permission_name = "UserDBModelView"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("list")
    def list(self) -> str:
        asked, page = request.args.get("q", "").strip()[:100], request.args.get("page", 1, int)
        query = (
            select(User)
            .options(selectinload(User.roles))
            .order_by(_sorted(User.last_name), _sorted(User.first_name), User.id)
        )
        for word in asked.replace("\x00", "").split():
            query = query.where(
                or_(*(c.icontains(word, autoescape=True) for c in (User.last_name, User.first_name, User.username)))
            )
        page = min(max(page, 1), 10_000)
        rows = resources().db().scalars(query.offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE + 1)).all()
        return render_template(
            "accounts/list.html",
            users=rows[:ON_A_PAGE],
            with_factor=second_factor.set_up_by(user.id for user in rows[:ON_A_PAGE]),
            asked=asked,
            page=page,
            has_next=len(rows) > ON_A_PAGE,
        )

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @recently_proved
    @permission_name("add")
    def add(self) -> Any:
        form = _form(None)
        if request.method == "GET":
            return _shown(form, None)
        is_good = form.validate_on_submit()
        if not form.password.data:
            form.password.errors = [*form.password.errors, REQUIRED]
            is_good = False
        if not is_good or not form.refuse_taken(None):
            return _shown(form, None)
        return _saved(form, User(), _("The account is made."))

    @expose("/<int:pk>", methods=("GET", "POST"))
    @has_access
    @recently_proved
    @permission_name("edit")
    def edit(self, pk: int) -> Any:
        user = _user(pk)
        form = _form(user)
        if request.method == "GET":
            return _shown(form, user)
        is_good = form.validate_on_submit() and form.refuse_taken(user.id)
        if not form.active.data and user.id == _me():
            form.active.errors = [*form.active.errors, _("You cannot shut yourself out.")]
            is_good = False
        return _saved(form, user, _("The account is changed.")) if is_good else _shown(form, user)

    @expose("/<int:pk>/sign-out", methods=("POST",))
    @has_access
    @permission_name("edit")
    def sign_out(self, pk: int) -> Any:
        """End every session of the account; its password stays."""
        ended = end_of(_user(pk).id)
        note("sessions_ended", pk)
        flash(str(_("Sessions that were ended: {count}.", count=ended)), "success")
        return redirect(f"/accounts/{pk}", 303)

    @expose("/<int:pk>/one-time-password", methods=("POST",))
    @has_access
    @recently_proved
    @permission_name("edit")
    def one_time_password(self, pk: int) -> Any:
        """A password that is shown once, and changed by its owner at the first sign-in."""
        user, password, session = _user(pk), new_paper_code(), resources().db()
        if user.id == _me():
            return redirect("/password/", 303)
        user.password = hashed(password)
        require_change(session, user.id, _me(), is_demo=resources().settings.is_demo)
        session.commit()
        end_of(user.id)
        note("one_time_password", user.id)
        return render_template("accounts/one_time_password.html", user=user, password=password)

    @expose("/<int:pk>/second-factor", methods=("POST",))
    @has_access
    @recently_proved
    @permission_name("edit")
    def take_off(self, pk: int) -> Any:
        """Take off the second factor of somebody who has lost the phone and the paper; its owner sees who did it."""
        if second_factor.take_off(_user(pk).id):
            end_of(pk)
            note("second_factor_reset", pk)
        flash(str(_("The account has no second factor any more.")), "success")
        return redirect(f"/accounts/{pk}", 303)


def _user(pk: int) -> Any:
    """The account of that number; leaves with 404 where there is none."""
    user = resources().db().scalar(select(User).where(User.id == pk)) if pk < 2**31 else None
    if user is None:
        abort(404)
    return user


def _sorted(column: Any) -> Any:
    """As a class list is sorted: ё as е, capitals as small letters."""
    return func.replace(func.lower(column), "ё", "е")


def _form(user: Any) -> AccountForm:
    form = AccountForm(obj=user)
    asked = [current_account(), active_account(user.id) if user is not None else None]
    form.shortest_password = max(account.rules.shortest_password for account in asked if account is not None)
    roles = resources().db().scalars(select(Role).where(Role.name.not_in(LIBRARY_ROLES)).order_by(Role.name)).all()
    form.roles.choices = [(role.id, role_word(role.name)) for role in roles]
    _offer_staff(form, user)
    if request.method == "GET":
        form.roles.data = [role.id for role in user.roles] if user is not None else []
        if user is not None and is_no_address(user.email):
            form.email.data = ""
    return form


def _offer_staff(form: AccountForm, user: Any) -> None:
    """Only to who may change members of staff; others neither see the field nor change anything by it."""
    actor = current_actor()
    if actor is None or not actor.may(*MAY_TIE):
        del form.staff
        return
    members = staff_to_tie(resources().db(), user.id if user is not None else None)
    form.staff.choices = [(0, _("nobody of the staff")), *((member.id, str(member)) for member in members)]
    if request.method == "GET" and user is not None:
        form.staff.data = next((member.id for member in members if member.user_id == user.id), 0)


def _shown(form: AccountForm, user: Any) -> Any:
    has_factor = user is not None and user.id in second_factor.set_up_by([user.id])
    page = render_template("accounts/form.html", form=form, user=user, has_factor=has_factor)
    return page, 422 if form.errors else 200


def _saved(form: AccountForm, user: Any, told: Word) -> Any:
    session, was_new, was_active = resources().db(), user.id is None, user.active
    before = {role.id for role in user.roles}
    user.last_name, user.first_name = form.last_name.data.strip(), form.first_name.data.strip()
    user.username, user.active = form.username.data, form.active.data
    old_email, user.email = user.email, form.email.data or no_address(form.username.data)
    kept = [role for role in user.roles if role.name in LIBRARY_ROLES]
    user.roles = [*kept, *session.scalars(select(Role).where(Role.id.in_(form.roles.data or ())))]
    if form.password.data:
        user.password = hashed(form.password.data)
    session.add(user)
    session.flush()
    if not was_new and old_email.lower() != user.email.lower():
        tell_removed(session, None, [old_email])
    if form.password.data and user.id != _me():
        require_change(session, user.id, _me(), is_demo=resources().settings.is_demo)
    if form.staff is not None:
        tie(session, user.id, form.staff.data)
    session.commit()
    happened = {
        "account_made": was_new,
        "password_set": bool(form.password.data) and not was_new,
        "roles_changed": not was_new and before != {role.id for role in user.roles},
        "closed": not was_new and was_active and not user.active,
        "opened": not was_new and not was_active and user.active,
    }
    for kind in (kind for kind, has_happened in happened.items() if has_happened):
        note(kind, user.id)
    log.info("account.saved", account=user.id, by=_me(), roles=[role.name for role in user.roles], active=user.active)
    flash(str(told), "success")
    return redirect("/accounts/", 303)


def _me() -> int | None:
    account = current_account()
    return account.id if account is not None else None
