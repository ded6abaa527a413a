"""The desk: a secretary finds the guardian, subscribes them with the consent on paper, and prints the sheets."""

from typing import Any

from flask import Blueprint, flash, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.domain.consent_texts import TEXTS, consent_text, urgent_text
from app.domain.errors import InvalidInput, NotFound
from app.domain.phones import phone_number
from app.models import Consent, Guardianship, School, SmsSubscription
from app.pages.sms_diary import confirmed_or_asked, now, pdf, saved, wish_page
from app.pages.sms_wishes import summary, typed_from, typed_now
from app.records.sms import SMS_SUBSCRIPTIONS
from app.services import consents
from app.services.leaflets import desk_sheet, number_for_answers
from app.services.saving import saving
from app.services.sms_desk import children_of, found_at_the_desk, others_with
from app.services.subscribing import MAY_RECORD, beside, in_force
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
    lines, are_more = found_at_the_desk(resources().db(), typed, now().date())
    return render_template(
        "sms_diary/desk.html", typed=typed, lines=lines, are_more=are_more, summary=summary,
        statuses=SMS_SUBSCRIPTIONS.choices["status"],
        texts={version: consent_text(language(), version) for version in TEXTS}, urgent=urgent_text(language()),
    )  # fmt: skip


@pages.route("/sms-desk/<int:pk>", methods=["GET", "POST"])
@permitted(*MAY_RECORD)
def of_guardian(pk: int) -> Any:
    """What is told, where to, and the consent; the phone's owner confirms by the code."""
    session, whom = resources().db(), _beside(pk)
    if request.method == "GET":
        standing = in_force(session, whom.guardian_id, whom.student_id)
        return wish_page(whom, typed_from(standing, whom.guardian.phone, "ru"), None, is_desk=True)
    typed = typed_now()
    try:
        if not typed["consent"] and not _has_agreed(whom, typed["phone"]):
            raise InvalidInput("consent", "sms_diary.consent")
        subscription = saved(whom, typed)
    except InvalidInput as wrong:
        return wish_page(whom, typed, wrong, is_desk=True), 422
    _tell_of_others(subscription)
    proof = str(_("on paper, {day}", day=f"{now():%d.%m.%Y}"))
    if typed["urgent"]:
        with saving(session, Consent):
            consents.give(session, whom.guardian_id, subscription.phone, "paper", proof, kind=consents.URGENT)
    return confirmed_or_asked(subscription, "paper", proof)


def _beside(pk: int) -> Guardianship:
    if pk >= 2**63:
        raise NotFound
    return beside(resources().db(), now().date(), guardianship_id=pk)


def _has_agreed(whom: Guardianship, phone: str) -> bool:
    """Whether this number's consent is in the register: nobody signs again to change a wish."""
    if not phone:
        return False
    return consents.standing(resources().db(), whom.guardian_id, phone_number(phone)) is not None


def _tell_of_others(subscription: SmsSubscription) -> None:
    """A number that somebody else has may be a slip of the pen."""
    others = others_with(resources().db(), subscription.phone, subscription.guardian_id)
    if others:
        names = ", ".join(str(one) for one in others)
        flash(
            str(_("{phone} is also the number of: {names}. Is it right?", phone=subscription.phone, names=names)),
            "warning",
        )


@pages.get("/sms-desk/sheet.pdf")
@permitted(*MAY_RECORD)
def sheet() -> Response:
    """A page for the desk: how a family is subscribed, with the text of the consent to sign, filled in for `whom`."""
    session = resources().db()
    school = session.scalars(select(School).order_by(School.id)).first()
    if school is None:
        raise NotFound
    number = number_for_answers(session, {school.id})
    wanted, whom = request.args.get("language", ""), request.args.get("whom", "")
    known: tuple[str, ...] = ()
    if whom.isascii() and whom.isdigit():
        found = _beside(int(whom[:20]))
        standing = in_force(
            session, found.guardian_id, found.student_id
        )  # then it is another number that is signed for
        phone = "" if standing is not None else found.guardian.phone or ""
        children = children_of(session, found.guardian_id, now().date())
        known = (str(found.guardian), ", ".join(str(child) for child in children), phone)
    paper = desk_sheet(school.name, number, wanted if wanted in ("ru", "en") else language(), known)
    return pdf(paper, str(_("SMS diary at the desk.pdf")))
