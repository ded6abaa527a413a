"""The desk: a secretary finds the guardian, subscribes them with the consent on paper, and prints the sheets."""

from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.domain.errors import InvalidInput, NotFound
from app.models import School
from app.pages.sms_diary import confirmed_or_asked, now, pdf, saved, wish_page
from app.pages.sms_wishes import typed_from, typed_now
from app.records.sms import SMS_SUBSCRIPTIONS
from app.services.leaflets import desk_sheet, number_for_answers
from app.services.subscribing import MAY_RECORD, beside, found_at_the_desk, in_force
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _, language

pages = Blueprint("sms_desk", __name__)

HERE = "/sms-desk/"
LONGEST = 60


@pages.get(HERE)
@permitted(*MAY_RECORD)
def desk() -> str:
    """Whoever is looked for, beside their children."""
    typed = "".join(sign for sign in request.args.get("q", "")[:LONGEST] if sign.isprintable()).strip()
    lines = found_at_the_desk(resources().db(), typed, now().date())
    statuses = SMS_SUBSCRIPTIONS.choices["status"]
    return render_template("sms_diary/desk.html", typed=typed, lines=lines, statuses=statuses)


@pages.route("/sms-desk/<int:pk>", methods=["GET", "POST"])
@permitted(*MAY_RECORD)
def of_guardian(pk: int) -> Any:
    """What is told, where to, and the consent; the phone's owner confirms by the code."""
    session = resources().db()
    if pk >= 2**63:
        raise NotFound
    whom = beside(session, now().date(), guardianship_id=pk)
    if request.method == "GET":
        standing = in_force(session, whom.guardian_id, whom.student_id)
        return wish_page(whom, typed_from(standing, whom.guardian.phone, "ru"), None, is_desk=True)
    typed = typed_now()
    try:
        if not typed["consent"]:
            raise InvalidInput("consent", "sms_diary.consent")
        subscription = saved(whom, typed)
    except InvalidInput as wrong:
        return wish_page(whom, typed, wrong, is_desk=True), 422
    return confirmed_or_asked(subscription, "paper", str(_("on paper, {day}", day=f"{now():%d.%m.%Y}")))


@pages.get("/sms-desk/sheet.pdf")
@permitted(*MAY_RECORD)
def sheet() -> Response:
    """A page for the desk: how a family is subscribed, with the text of the consent to sign."""
    session = resources().db()
    school = session.scalars(select(School).order_by(School.id)).first()
    if school is None:
        raise NotFound
    number = number_for_answers(session, {school.id})
    wanted = request.args.get("language", "")
    paper = desk_sheet(school.name, number, wanted if wanted in ("ru", "en") else language())
    return pdf(paper, str(_("SMS diary at the desk.pdf")))
