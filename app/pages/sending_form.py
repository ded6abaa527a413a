"""The form of news to send: its circle as one choice, of what the person may write to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from secrets import token_urlsafe
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import Announcement, BellSchedule, SchoolClass, Subgroup
from app.services.request_keys import Answer, fingerprint, first_answer, keep_answer
from app.services.sending import CIRCLE, present_classes
from app.session.actors import Actor
from app.session.engine import actor_of
from app.words import Word, _

SCHOOL = "school"
KINDS = {"grade": "grade_level", "class": "school_class_id", "group": "subgroup_id", "bells": "bell_schedule_id"}
LONGEST_TITLE, LONGEST_TEXT = 200, 20_000
FORM = fingerprint("/sending/new")  # whatever is typed: the same form makes one draft


@dataclass(frozen=True)
class Choices:
    """The options under one heading: value → what is shown."""

    title: Word
    options: Mapping[str, str]


def choices(session: Session, actor: Actor, today: date) -> list[Choices]:
    """To whom the person may send: the office to all circles of the own school, a class teacher to the own class."""
    query = select(SchoolClass).order_by(SchoolClass.grade_level, SchoolClass.name)
    if actor.home_school_id is not None and actor.runs(actor.home_school_id):
        query = query.where(SchoolClass.id.in_(present_classes(actor.home_school_id, today)))
    else:
        query = query.where(SchoolClass.id.in_(actor.led_class_ids))
    classes = session.scalars(query).all()
    groups = session.scalars(
        select(Subgroup).where(Subgroup.school_class_id.in_([one.id for one in classes])).order_by(Subgroup.name)
    ).all()
    names = {one.id: one.name for one in classes}
    found = [Choices(_("One class"), {f"class:{one.id}": one.name for one in classes})]
    by_class = sorted(groups, key=lambda one: list(names).index(one.school_class_id))
    found.append(
        Choices(
            _("A group of a class"), {f"group:{one.id}": f"{names[one.school_class_id]}, {one}" for one in by_class}
        )
    )
    if actor.home_school_id is not None and actor.runs(actor.home_school_id):
        found = [*_of_office(session, classes), *found]
    return [one for one in found if one.options]


def _of_office(session: Session, classes: Any) -> list[Choices]:
    levels = sorted({one.grade_level for one in classes})
    bells = session.scalars(select(BellSchedule).order_by(BellSchedule.is_default.desc(), BellSchedule.name)).all()
    return [
        Choices(_("Everybody"), {SCHOOL: str(_("the whole school"))}),
        Choices(_("A parallel"), {f"grade:{level}": str(_("all classes {level}", level=level)) for level in levels}),
        Choices(_("By bells"), {f"bells:{one.id}": one.name for one in bells}),
    ]


def typed_from(news: Announcement | None, offered: list[Choices]) -> dict[str, Any]:
    """What the form shows first: of a new one urgent, to the only class where there is but one choice."""
    if news is None:
        options = [value for group in offered for value in group.options]
        circle = options[0] if len(options) == 1 else ""
        return {
            "title": "", "text": "", "urgent": True, "by_email": True, "circle": circle, "key": token_urlsafe(16),
            "version": "",
        }  # fmt: skip
    keys = ((kind, getattr(news, column)) for kind, column in KINDS.items())
    chosen = [f"{kind}:{key}" for kind, key in keys if key is not None]
    return {
        "title": news.title, "text": news.text, "urgent": news.urgent, "by_email": news.by_email,
        "circle": chosen[-1] if chosen and news.subgroup_id is None else _of_group(news) or SCHOOL,
        "key": "", "version": str(news.version),
    }  # fmt: skip


def _of_group(news: Announcement) -> str:
    return f"group:{news.subgroup_id}" if news.subgroup_id is not None else ""


def typed_now() -> dict[str, Any]:
    """What was sent, so that nothing of it is lost."""
    form = request.form
    return {
        "title": form.get("title", "")[: LONGEST_TITLE + 1], "text": form.get("text", "")[: LONGEST_TEXT + 1],
        "circle": form.get("circle", "")[:40], "urgent": "urgent" in form, "by_email": "by_email" in form,
        "key": form.get("request_key", ""), "version": form.get("version", "")[:20],
    }  # fmt: skip


def written_before(session: Session, typed: Mapping[str, Any]) -> Announcement | None:
    """What the same form made when it was sent before: pressed twice, or after the browser's way back, it is one draft.

    None for the first time, and where that was sent meanwhile and this says something else.
    """
    user_id = actor_of(session).user_id
    if not typed["key"] or user_id is None:
        return None
    earlier = first_answer(session, user_id, f"form:{typed['key']}", FORM)
    if earlier is None or not earlier.text.isdecimal():
        return None
    found = session.scalars(select(Announcement).where(Announcement.id == int(earlier.text))).first()
    is_other = found is not None and (found.title, found.text) != (typed["title"].strip(), typed["text"].strip())
    return None if found is None or (found.state == "published" and is_other) else found


def keep_form(session: Session, typed: Mapping[str, Any], pk: int) -> None:
    """Keep which draft the form made, in the same transaction."""
    user_id = actor_of(session).user_id
    if typed["key"] and user_id is not None:
        keep_answer(session, user_id, f"form:{typed['key']}", Answer(303, str(pk)))


def write(news: Announcement, typed: Mapping[str, Any], offered: list[Choices]) -> None:
    """Put what was typed into the announcement. Raises InvalidInput by the field."""
    for name, longest in (("title", LONGEST_TITLE), ("text", LONGEST_TEXT)):
        if not typed[name].strip():
            raise InvalidInput(name, "text.empty")
        if len(typed[name]) > longest:
            raise InvalidInput(name, "text.too_long", limit=longest, given=len(typed[name]))
    if typed["circle"] not in {value for group in offered for value in group.options}:
        raise InvalidInput("circle", "announcement.circle")
    kind, _colon, key = typed["circle"].partition(":")
    for column in CIRCLE:
        setattr(news, column, int(key) if KINDS.get(kind) == column else None)
    news.title, news.text = typed["title"].strip(), typed["text"].strip()
    news.urgent, news.by_email = typed["urgent"], typed["by_email"]
