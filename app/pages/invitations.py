"""Invitations: a class teacher or the office sees who of a class has an account, and prints letters with codes."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.models import AcademicYear, School, SchoolClass
from app.services import invitations as service
from app.services.letters import letters_pdf
from app.web.actors import current_actor
from app.web.guard import permitted
from app.web.locks import recently_proved
from app.web.resources import resources
from app.words import _, plural

pages = Blueprint("invitations", __name__)

HERE = "/invitations/"
MISSING, NEVER = "missing", "never"  # whom the buttons for the whole class mean


@pages.get(HERE)
@permitted(*service.MAY_INVITE)
def classes() -> Any:
    """The classes that the person invites into; where it is one, that one."""
    found = [one for one in _classes_of_now() if _may(one)]
    if len(found) == 1:
        return redirect(f"{HERE}{found[0].id}", 303)
    return render_template("invitations/classes.html", classes=found)


@pages.get("/invitations/<int:pk>")
@permitted(*service.MAY_INVITE)
def of_class(pk: int) -> str:
    school_class, now = _class(pk), datetime.now(UTC)
    people = service.people_of(resources().db(), school_class, now)
    return render_template(
        "invitations/class.html",
        school_class=school_class,
        people=people,
        now=now,
        missing=sum(one.may_join and not one.waits(now) for one in people),
        never=sum(_never(one) and one.letter is not None for one in people),
        zone=resources().settings.timezone,
    )


@pages.post("/invitations/<int:pk>/letters")
@permitted(*service.MAY_INVITE)
@recently_proved
def letters(pk: int) -> Response:
    """New codes, and the paper that tells them: they are not shown anywhere else, nor a second time."""
    school_class, now, session = _class(pk), datetime.now(UTC), resources().db()
    chosen: set[str] | None = set(request.form.getlist("person"))
    if request.form.get("all") == MISSING:
        chosen = None
    elif request.form.get("all") == NEVER:
        people = service.people_of(session, school_class, now)
        chosen = {one.key for one in people if _never(one) and one.letter is not None}
    made = service.make_letters(session, school_class, chosen, str(current_app.secret_key), now)
    if not made:
        session.rollback()
        flash(str(_("Nobody of them needs a letter.")), "info")
        return redirect(f"{HERE}{pk}", 303)
    school = session.get_one(School, school_class.school_id).name
    paper = letters_pdf(made, school, school_class.name, resources().settings.public_url)
    session.commit()  # only now: a letter that could not be made kills no code
    name = str(_("letters {name}.pdf", name=school_class.name))
    return send_file(BytesIO(paper), mimetype="application/pdf", as_attachment=True, download_name=name)


@pages.post("/invitations/<int:pk>/revoke")
@permitted(*service.MAY_INVITE)
def revoke(pk: int) -> Response:
    session = resources().db()
    killed = service.revoke(session, _class(pk), set(request.form.getlist("person")), datetime.now(UTC))
    session.commit()
    flash(plural("{count} code is dead now.", "{count} codes are dead now.", killed), "success")
    return redirect(f"{HERE}{pk}", 303)


def _never(one: service.Invited) -> bool:
    return one.may_join or (one.may_return and not one.has_signed_in)


def _classes_of_now() -> list[SchoolClass]:
    today = datetime.now(resources().settings.timezone).date()
    query = (
        select(SchoolClass)
        .join(AcademicYear, AcademicYear.id == SchoolClass.academic_year_id)
        .where(AcademicYear.ends_on >= today)
        .order_by(SchoolClass.grade_level, SchoolClass.name)
    )
    return list(resources().db().scalars(query))


def _class(pk: int) -> SchoolClass:
    """The class, where the person invites into it; a foreign one and one that there is not are told alike."""
    found = resources().db().scalars(select(SchoolClass).where(SchoolClass.id == pk)).first() if pk < 2**63 else None
    if found is None or not _may(found):
        abort(404)
    return found


def _may(school_class: SchoolClass) -> bool:
    actor = current_actor()
    return actor is not None and (actor.leads(school_class.id) or actor.runs(school_class.school_id))
