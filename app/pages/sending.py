"""Sending news: written, looked at as it would go, and sent; to many families on a second person's word."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from app.domain.errors import InvalidInput, NotAllowed, NotFound, SchoolError
from app.models import Announcement
from app.pages.sending_form import choices, keep_form, typed_from, typed_now, write, written_before
from app.pages.sending_words import CAME, EXAMPLES, WHY, circle_words
from app.records.announcements import ANNOUNCEMENT_STATES
from app.services.circle import circle_of
from app.services.confirmers import names_of_confirmers
from app.services.reach import counts_of
from app.services.rehearsal import rehearse
from app.services.saving import saving
from app.services.sending import MAY_WRITE, decide, may_confirm, writes_news
from app.services.settings import rules_of
from app.session.actors import Actor, on_word_of
from app.session.engine import SchoolSession, actor_of, transaction
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence
from app.words.money import money

pages = Blueprint("sending", __name__)

HERE = "/sending/"
MOST = 50
NOT_SENT = ("draft", "waiting", "declined")


def now() -> datetime:
    """In the school's zone."""
    return datetime.now(resources().settings.timezone)


def news_of(session: Any, pk: int) -> Announcement:
    """One that the person may write, or sees as class teacher of a class in it. Raises NotFound."""
    actor = actor_of(session)
    found = session.scalars(select(Announcement).where(Announcement.id == pk)).first() if pk < 2**63 else None
    if found is None or not _may_look(actor, found):
        raise NotFound
    return found


def _may_look(actor: Actor, news: Announcement) -> bool:
    """Who writes it; of what others have sent also the class teacher of a class in it."""
    classes = [news.school_class_id] if news.school_class_id is not None else news.class_ids
    is_of_led = bool(actor.led_class_ids) and (classes is None or not actor.led_class_ids.isdisjoint(classes))
    return writes_news(actor, news) or (is_of_led and news.state == "published")


def _mine(session: Any, pk: int) -> Announcement:
    """One that the person may write. Raises NotFound."""
    news = news_of(session, pk)
    if not _works_on(actor_of(session), news):
        raise NotFound
    return news


def _works_on(actor: Actor, news: Announcement) -> bool:
    """Who may write it; what the office has not sent yet to a class is not its class teacher's to see."""
    is_own = actor.runs(news.school_id) or news.author_id in actor.staff_ids
    return writes_news(actor, news) and (news.state == "published" or is_own)


def is_for_tab(actor: Actor, pk: int) -> bool:
    """Whether the page of who was reached stands beside the record's own, which was loaded for it."""
    news = resources().db().get(Announcement, pk)
    return actor.may(*MAY_WRITE) and news is not None and _may_look(actor, news)


@pages.get(HERE)
@permitted(*MAY_WRITE)
def index() -> str:
    """What waits, what is not sent yet, and what was sent, with how far it came."""
    session = resources().db()
    actor = actor_of(session)
    query = select(Announcement).order_by(Announcement.id.desc()).limit(MOST)
    if not actor.whole_school_ids:
        query = query.where(
            or_(Announcement.school_class_id.is_(None), Announcement.school_class_id.in_(actor.led_class_ids))
        )
    rows = session.scalars(query).all()
    sent = [one for one in rows if one.state == "published"]
    return render_template(
        "sending/index.html", words=circle_words(session, rows), states=ANNOUNCEMENT_STATES, sent=sent,
        unsent=[one for one in rows if one.state in NOT_SENT and _works_on(actor, one)],
        counts=counts_of(session, "announcement", [one.id for one in sent]), may_confirm=may_confirm, actor=actor,
        zone=now().tzinfo, writes=writes_news,
    )  # fmt: skip


@pages.route("/sending/new", methods=["GET", "POST"])
@permitted(*MAY_WRITE)
def new() -> Any:
    """Write it; a draft, which nobody sees yet."""
    return _written(resources().db(), None)


@pages.route("/sending/<int:pk>/edit", methods=["GET", "POST"])
@permitted(*MAY_WRITE)
def edit(pk: int) -> Any:
    """Change what is not sent yet; what waited for a second person is a draft again."""
    session = resources().db()
    news = _mine(session, pk)
    if news.state not in NOT_SENT:
        return redirect(f"/sending/{pk}/reached", 303)
    return _written(session, news)


def _written(session: SchoolSession, news: Announcement | None) -> Any:
    offered = choices(session, actor_of(session), now().date())
    if request.method == "GET":
        return _form(news, typed_from(news, offered), offered, None)
    typed = typed_now()
    pk = news.id if news is not None else None
    if news is not None and typed["version"] not in ("", str(news.version)):
        return _form(news, typed, offered, InvalidInput("version", "sending.edited")), 409
    try:
        with saving(session, Announcement), session.no_autoflush:
            if news is None:
                news = written_before(session, typed) or Announcement()
            if news.state in (None, *NOT_SENT):
                write(news, typed, offered)
                news.state = "draft"
                session.add(news)
                session.flush()
                keep_form(session, typed, news.id)
    except InvalidInput as wrong:
        return _form(None if pk is None else _mine(session, pk), typed, offered, wrong), 422
    return redirect(f"/sending/{news.id}", 303)


def _form(news: Announcement | None, typed: dict[str, Any], offered: Any, wrong: InvalidInput | None) -> str:
    at = "circle" if wrong and wrong.field not in ("title", "text", "circle", "urgent") else wrong and wrong.field
    return render_template(
        "sending/form.html", news=news, typed=typed, offered=offered, wrong=sentence(wrong) if wrong else "",
        wrong_at=at or "",
    )  # fmt: skip


@pages.get("/sending/<int:pk>")
@permitted(*MAY_WRITE)
def preview(pk: int) -> Any:
    """The texts as they would go now, to how many, for how much; and whom none would reach."""
    session = resources().db()
    news = _mine(session, pk)
    if news.state == "published":
        return redirect(f"/sending/{pk}/reached", 303)
    return _preview(session, news, "", "")


def _preview(session: SchoolSession, news: Announcement, wrong: str, decision: str) -> str:
    actor, today = actor_of(session), now().date()
    told = rehearse(resources().engine, news, _sender(session, news))
    circle = circle_of(session, news, today, None, told.guardian_ids)
    rules = rules_of(session, {news.school_id})[news.school_id]
    limit = rules.number("confirmation_families")
    is_large = bool(news.urgent and limit and circle.families > limit)
    waits = news.state == "waiting"
    return render_template(
        "sending/preview.html", news=news, told=told, circle=circle, examples=EXAMPLES, why=WHY, came=CAME,
        words=circle_words(session, [news]), may_decide=waits and may_confirm(actor, news),
        is_large=is_large, limit=limit, wrong=wrong, decision=decision,
        confirmers=names_of_confirmers(session, news, () if waits else actor.staff_ids) if is_large or waits else [],
        states=ANNOUNCEMENT_STATES, zone=now().tzinfo,
        cost=None if told.cost is None else money(told.cost, rules.word("currency")),
    )  # fmt: skip


def _sender(session: SchoolSession, news: Announcement) -> int | None:
    """The account by whose word it would go, which is told nothing of its own act."""
    return actor_of(session).user_id


@pages.post("/sending/<int:pk>/send")
@permitted(*MAY_WRITE)
def send(pk: int) -> Response:
    """Send it, or ask a second person where it goes to many families."""
    session = resources().db()
    news = _mine(session, pk)
    if news.state == "published":
        return redirect(f"/sending/{pk}/reached", 303)
    if news.state == "waiting":
        return redirect(f"/sending/{pk}", 303)
    if request.form.get("version") != str(news.version):
        flash(str(_("It was changed since you looked at it. Look at it once more.")), "warning")
        return redirect(f"/sending/{pk}", 303)
    try:
        with saving(session, Announcement):
            news.state = "published"
            session.flush()
    except SchoolError as refused:
        flash(sentence(refused), "warning")
        return redirect(f"/sending/{pk}", 303)
    session.refresh(news)
    if news.state == "published":
        flash(str(_("Sent. This page shows whom it reaches.")), "success")
        return redirect(f"/sending/{pk}/reached", 303)
    flash(str(_("A second person is asked by mail. Nothing goes before they confirm it.")), "info")
    return redirect(f"/sending/{pk}", 303)


@pages.post("/sending/<int:pk>/decide")
@permitted(*MAY_WRITE)
def decided(pk: int) -> Any:
    """The second person's word."""
    session = resources().db()
    news = _mine(session, pk)
    actor, form = actor_of(session), request.form
    if not may_confirm(actor, news):
        raise NotAllowed("sending.own")
    yes, words = form.get("decision") == "yes", form.get("words", "")
    version = form.get("version", "")
    try:
        with transaction(resources().engine, on_word_of(actor, "announcement")) as db:
            decide(
                db, actor, pk, int(version) if version.isdecimal() and len(version) < 18 else 0, yes=yes, words=words
            )
    except InvalidInput as wrong:
        return _preview(session, news, sentence(wrong), words), 422
    except SchoolError as refused:
        flash(sentence(refused), "warning")
        return redirect(f"/sending/{pk}", 303)
    flash(str(_("Confirmed, and sent.") if yes else _("Declined; the author sees your word.")), "success")
    return redirect(f"/sending/{pk}/reached" if yes else HERE, 303)
