"""Who was reached by what was sent: class by class, kept fresh while it is looked at; whom to phone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from app.domain.masking import masked
from app.domain.sms_errors import in_language
from app.models import Announcement
from app.pages.sending import news_of
from app.pages.sending_words import CAME, WHY, circle_words
from app.services.circle import REACHED, Came, Circle, circle_of
from app.services.rehearsal import day_of
from app.services.sending import MAY_WRITE, writes_news
from app.services.settings import rules_of
from app.session.actors import Actor
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.locks import polled
from app.web.resources import resources
from app.words import language

pages = Blueprint("sending_live", __name__)

UNDER_WAY = (Came.ON_ITS_WAY, Came.UNKNOWN)
LOOKED_AT_FOR = timedelta(days=2)  # then nothing changes any more, and the page does not ask


@pages.get("/sending/<int:pk>/reached")
@permitted(*MAY_WRITE)
def reached(pk: int) -> Any:
    """The page; what is in it is asked for again by a script."""
    return _shown(pk, "sending/reached.html")


@pages.get("/sending/<int:pk>/reached/now")
@polled
@permitted(*MAY_WRITE)
def reached_now(pk: int) -> Any:
    """The same without the page around it."""
    return _shown(pk, "sending/_reached.html")


def _shown(pk: int, template: str) -> str | Response:
    session = resources().db()
    news, actor = news_of(session, pk), actor_of(session)
    if news.state != "published":
        return redirect(f"/sending/{pk}", 303)
    zone = rules_of(session, {news.school_id})[news.school_id].zone
    only = None if writes_news(actor, news) else actor.led_class_ids
    circle = circle_of(session, news, day_of(news, zone), only)
    return render_template(
        template, news=news, circle=circle, came=CAME, why=WHY, order=list(Came), reached=REACHED, zone=zone,
        words=circle_words(session, [news]), phone_of=_phones(actor, news), is_live=_is_live(news, circle),
        error_words=lambda words: in_language(words, language()), now=datetime.now(zone),
    )  # fmt: skip


def _phones(actor: Actor, news: Announcement) -> Any:
    """A phone in full to those who read the guardians' records, masked to others."""
    return (lambda phone: phone) if actor.may("can_read", "guardian") else masked


def _is_live(news: Announcement, circle: Circle) -> bool:
    is_young = news.published_at is not None and datetime.now(UTC) - news.published_at < LOOKED_AT_FOR
    return is_young and bool(circle.people)
