"""Accounts: who may sign in, with which roles; for administrators, each of the own schools (docs/decisions/0016)."""

from datetime import datetime
from typing import Any

import structlog
from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from app.domain.codes import new_paper_code
from app.domain.emails import no_address
from app.domain.errors import NotAllowed
from app.pages.account_form import AccountForm, form_of
from app.pages.forms import REQUIRED
from app.services.account_reach import HELD, accounts_beyond, seen_accounts
from app.services.contact_changes import tell_removed
from app.services.one_time import require_change
from app.services.staff_accounts import MAY_TIE, tie
from app.session.engine import actor_of
from app.web import second_factor
from app.web.account_events import note, rights_events_of
from app.web.accounts import active_account, hashed
from app.web.actors import current_account
from app.web.config import LIBRARY_ROLES
from app.web.locks import recently_proved
from app.web.resources import resources
from app.web.rights_watch import RightsWatch
from app.web.session_rows import end_of
from app.words import Word, _

log = structlog.get_logger()

ON_A_PAGE = 50
MAY_CHANGE = ("can_edit", "UserDBModelView")
PASSWORD_MADE = _("a new password was made.")
FACTOR_OFF = _("the second factor was taken off.")


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
        role = request.args.get("role", 0, int)
        session = resources().db()
        query = (
            select(User)
            .where(seen_accounts(actor_of(session)))
            .options(selectinload(User.roles))
            .order_by(_sorted(User.last_name), _sorted(User.first_name), User.id)
        )
        for word in asked.replace("\x00", "").split():
            query = query.where(
                or_(*(c.icontains(word, autoescape=True) for c in (User.last_name, User.first_name, User.username)))
            )
        if 0 < role < 2**31:
            query = query.where(User.id.in_(select(HELD.c.user_id).where(HELD.c.role_id == role)))
        page = min(max(page, 1), 10_000)
        limited = query.offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE + 1)
        rows = session.scalars(limited).all()
        return render_template(
            "accounts/list.html",
            users=rows[:ON_A_PAGE],
            with_factor=second_factor.set_up_by(user.id for user in rows[:ON_A_PAGE]),
            asked=asked,
            role=role,
            makes_for_staff=actor_of(session).may(*MAY_TIE),
            page=page,
            has_next=len(rows) > ON_A_PAGE,
        )

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @recently_proved
    @permission_name("add")
    def add(self) -> Any:
        form = form_of(None)
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
        form = form_of(user)
        if request.method == "GET":
            return _shown(form, user)
        _ask_whether_theirs(user)
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
        user, password, session = _user_to_change(pk), new_paper_code(), resources().db()
        if user.id == _me():
            return redirect("/password/", 303)
        RightsWatch(session).tell_taken_over(user.id, PASSWORD_MADE)
        user.password = hashed(password)
        require_change(session, user.id, _me(), is_demo=resources().settings.is_demo)
        session.commit()
        end_of(user.id)
        note("one_time_password", user.id)
        account = active_account(user.id)
        life = account.rules.one_time_life if account is not None else None
        until = datetime.now(resources().settings.timezone) + life if life is not None else None
        return render_template("accounts/one_time_password.html", user=user, password=password, until=until)

    @expose("/<int:pk>/second-factor", methods=("POST",))
    @has_access
    @recently_proved
    @permission_name("edit")
    def take_off(self, pk: int) -> Any:
        """Take off the second factor of somebody who has lost the phone and the paper; its owner sees who did it."""
        user, session = _user_to_change(pk), resources().db()
        if second_factor.take_off(user.id):
            RightsWatch(session).tell_taken_over(user.id, FACTOR_OFF)
            session.commit()
            end_of(pk)
            note("second_factor_reset", pk)
        flash(str(_("The account has no second factor any more.")), "success")
        return redirect(f"/accounts/{pk}", 303)


def _user(pk: int) -> Any:
    """The account of that number; leaves with 404 where there is none, or none of the administrator's."""
    session = resources().db()
    query = select(User).where(User.id == pk, seen_accounts(actor_of(session)))
    user = session.scalar(query) if pk < 2**31 else None
    if user is None:
        abort(404)
    return user


def _user_to_change(pk: int) -> Any:
    user = _user(pk)
    _ask_whether_theirs(user)
    return user


def _ask_whether_theirs(user: Any) -> None:
    """Raise NotAllowed where the account reaches beyond the administrator's schools."""
    if _is_beyond(user):
        raise NotAllowed("account.beyond")


def _is_beyond(user: Any) -> bool:
    session = resources().db()
    return user.id in accounts_beyond(session, actor_of(session), LIBRARY_ROLES)


def _sorted(column: Any) -> Any:
    """As a class list is sorted: ё as е, capitals as small letters."""
    return func.replace(func.lower(column), "ё", "е")


def _shown(form: AccountForm, user: Any) -> Any:
    page = render_template(
        "accounts/form.html",
        form=form,
        user=user,
        has_factor=user is not None and user.id in second_factor.set_up_by([user.id]),
        is_beyond=user is not None and _is_beyond(user),
        events=rights_events_of(user.id) if user is not None else (),
        zone=resources().settings.timezone,
    )
    return page, 422 if form.errors else 200


def _saved(form: AccountForm, user: Any, told: Word) -> Any:
    session, was_new = resources().db(), user.id is None
    watch = RightsWatch(session)
    old_email = user.email or ""
    _fill(form, user)
    session.add(user)
    session.flush()
    if not was_new and old_email.lower() != user.email.lower():
        tell_removed(session, None, [old_email])
    if form.password.data and user.id != _me():
        require_change(session, user.id, _me(), is_demo=resources().settings.is_demo)
        watch.tell_taken_over(user.id, PASSWORD_MADE)
    if form.staff is not None:
        tie(session, user.id, form.staff.data)
    grown = watch.tell()
    if watch.shuts_out(*MAY_CHANGE):
        session.rollback()
        form.roles.errors = [_("With this you would shut yourself out of this page.")]
        return _shown(form, user)
    session.commit()
    if form.password.data and not was_new:
        note("password_set", user.id)
    log.info("account.saved", account=user.id, by=_me(), roles=[role.name for role in user.roles], active=user.active)
    flash(str(told), "success")
    if grown is not None:
        flash(str(grown), "warning")
    return redirect("/accounts/", 303)


def _fill(form: AccountForm, user: Any) -> None:
    """Write what was sent into the account; roles that are not offered here stay."""
    user.last_name, user.first_name = form.last_name.data.strip(), form.first_name.data.strip()
    user.username, user.active = form.username.data, form.active.data
    user.email = form.email.data or no_address(form.username.data)
    offered = {key for key, _word in form.roles.choices}
    kept = [role for role in user.roles if role.id not in offered]
    user.roles = [*kept, *resources().db().scalars(select(Role).where(Role.id.in_(form.roles.data or ())))]
    if user.id is None:
        user.created_by_fk = _me()
    if form.password.data:
        user.password = hashed(form.password.data)


def _me() -> int | None:
    account = current_account()
    return account.id if account is not None else None
