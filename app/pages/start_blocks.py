"""The blocks of the start page: whom each is for, by permission and breadth and never by a role's name.

Each has a template of its name in templates/start/, and reads by a service in app/services/start_*.py, under the row
rule like every page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app.pages.start_words import LINES, MISSING
from app.records.journal import ABSENCE_REASONS, REMARKS
from app.records.own_data import DATA_REQUESTS
from app.records.sms import SMS_SUBSCRIPTIONS
from app.services import (
    data_requests,
    diary_news,
    sending,
    start_authority,
    start_away,
    start_class,
    start_family,
    start_lessons,
    start_office,
    start_school,
    start_setup,
    start_sms,
)
from app.services.debts import Wanted, open_debts
from app.services.filling import Of, by_week
from app.services.incidents import open_incidents
from app.services.job_queues import queue_state_or_none
from app.services.line_troubles import troubles
from app.services.sms_figures import figures
from app.session.actors import TAUGHT, Actor
from app.session.engine import actor_of
from app.web.family import chosen_child, own_children
from app.web.resources import resources
from app.words.sms_light import LIGHT_WORDS, REASON_WORDS

MOST_DEBTS = 6


@dataclass(frozen=True)
class Block:
    """A part of the page: its name, whom it is for, and what its template is given."""

    name: str
    is_for: Callable[[Actor], bool]
    reads: Callable[[Session, Actor, datetime], Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """A block with what was read for it."""

    template: str
    told: Mapping[str, Any]


def blocks_for(session: Session, now: datetime) -> list[Shown]:
    """This person's blocks, in their order."""
    actor = actor_of(session)
    return [
        Shown(f"start/{block.name}.html", block.reads(session, actor, now)) for block in BLOCKS if block.is_for(actor)
    ]


def _reads(actor: Actor, *records: str) -> bool:
    return all(actor.may("can_read", record) for record in records)


def _runs_school(actor: Actor, *records: str) -> bool:
    return bool(actor.whole_school_ids) and _reads(actor, *records)


def _teaches(actor: Actor) -> bool:
    return bool(actor.staff_ids) and actor.may("can_see", TAUGHT) and actor.may("can_write", "mark")


def _is_family(actor: Actor) -> bool:
    return bool(actor.child_ids | actor.own_student_ids)


def _lessons(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"next": start_lessons.next_lessons(session, actor.staff_ids, now.date())}


def _waiting(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    waiting = start_lessons.waiting_lessons(session, actor.staff_ids, now.date())
    weeks = by_week(session, Of(teacher_ids=actor.staff_ids), now.date() - timedelta(days=13), now.date())
    return {
        "waiting": waiting,
        "weeks": weeks,
        "since": now.date() - start_lessons.LOOKS_BACK,
        "teacher": min(actor.staff_ids),
    }


def _sending(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"news": sending.to_look_at(session, actor)}


def _my_class(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    classes, today = actor.led_class_ids, now.date()
    return {
        "classes": start_class.led_classes(session, classes, today),
        "away": start_away.away(session, today, class_ids=classes) if _reads(actor, "absence") else None,
        "reasons": ABSENCE_REASONS,
        "reads_families": _reads(actor, "guardian", "sms_subscription"),
        "unreached": start_class.unreached(session, classes, today)
        if _reads(actor, "guardian", "sms_subscription")
        else [],
        "remarks": start_class.recent_remarks(session, classes, today) if _reads(actor, "remark") else [],
        "remark_kinds": REMARKS.choices["kind"],
    }


def _requests(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"count": data_requests.waiting_count(session)}


def _school(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    told = start_school.today_in_figures(session, actor.whole_school_ids, now.date())
    check = told.check if told.check is not None and told.check.needs_a_look(now) else None
    return {"figures": told, "reasons": ABSENCE_REASONS, "check": check, "zone": now.tzinfo}


def _behind(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    since = now.date() - start_school.LOOKS_BACK
    return {"behind": start_school.behind(session, actor.whole_school_ids, now.date()), "since": since}


def _sms_line(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    told = start_sms.sms_line(session, actor.whole_school_ids)
    return {"sms": told, "words": LINES[told.line], "zone": now.tzinfo}


def _news(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"news": start_school.recent_news(session, actor.whole_school_ids, now), "zone": now.tzinfo}


def _office(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    schools, today = actor.whole_school_ids, now.date()
    return {
        "gaps": start_office.gaps(session, schools, today),
        "people": start_office.people(session, schools, today),
    }


def _ill(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"away": start_away.away(session, now.date(), reason="ill")}


def _lines(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    queues = queue_state_or_none(resources().redis)
    return {
        "figures": figures(session), "queues": queues, "lights": LIGHT_WORDS, "reasons": REASON_WORDS,
        "wrong": troubles(session, actor.whole_school_ids, now),
    }  # fmt: skip


def _accounts(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"accounts": start_setup.accounts(session)}


def _setup(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"missing": start_setup.missing(session, actor.whole_school_ids, now.date()), "words": MISSING}


def _authority(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"figures": start_authority.schools_in_figures(session, now.date())}


def _family(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    today = now.date()
    everyone, chosen = own_children(today), chosen_child()
    family = [child for child in everyone if child.id == chosen] or everyone
    adds: tuple[tuple[str, Callable[[Session, list[start_family.Child], date], None]], ...] = (
        ("lesson", start_family.add_lessons),
        ("mark", start_family.add_marks),
        ("absence", start_family.add_absences),
        ("remark", start_family.add_remarks),
        ("homework", start_family.add_homework),
    )
    for record, add in adds:
        if family and _reads(actor, record):
            add(session, family, today)
    if family and _reads(actor, "lesson"):
        fresh = diary_news.unread(session, [child.id for child in family], now, partial(_reads, actor))
        for child in family:
            child.unread = fresh.get(child.id, 0)
    has_diary = bool(actor.own_guardian_ids) and _reads(actor, "sms_subscription")
    if family and has_diary:
        start_family.add_subscriptions(session, family, actor.own_guardian_ids)
    return {
        "family": family,
        "others": len(everyone) - len(family),
        "requests": data_requests.lately_of(session, now)
        if actor.own_guardian_ids and _reads(actor, "data_request")
        else (),
        "request_kinds": DATA_REQUESTS.choices["kind"],
        "request_states": DATA_REQUESTS.choices["state"],
        "is_student": bool(actor.own_student_ids) and not actor.child_ids,
        "has_diary": has_diary,
        "reasons": ABSENCE_REASONS,
        "remark_kinds": REMARKS.choices["kind"],
        "statuses": SMS_SUBSCRIPTIONS.choices["status"],
    }


def _incidents(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    return {"incidents": open_incidents(session), "zone": now.tzinfo}


def _debts(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    if _teaches(actor):
        wanted = Wanted(teacher_ids=actor.staff_ids)
    else:
        wanted = Wanted(student_ids=actor.child_ids | actor.own_student_ids)
    debts = sorted(open_debts(session, wanted, now.date()), key=lambda row: (row.due, row.id))
    return {"debts": debts[:MOST_DEBTS], "count": len(debts), "names": not actor.own_student_ids}


def _history(session: Session, actor: Actor, now: datetime) -> Mapping[str, Any]:
    checks = {child.school_id: child.check for child in own_children(now.date()) if child.check is not None}
    return {"checks": list(checks.values()), "zone": now.tzinfo}


BLOCKS = (
    Block("incidents", lambda actor: _runs_school(actor, "incident") and not _reads(actor, "mark"), _incidents),
    Block("lessons", lambda actor: _teaches(actor) and _reads(actor, "lesson"), _lessons),
    Block("waiting", lambda actor: _teaches(actor) and _reads(actor, "lesson"), _waiting),
    Block("debts", lambda actor: _teaches(actor) and _reads(actor, "debt"), _debts),
    Block("sending", lambda actor: actor.may(*sending.MAY_WRITE), _sending),
    Block("my_class", lambda actor: bool(actor.led_class_ids) and _reads(actor, "student"), _my_class),
    Block("requests", lambda actor: actor.may(*data_requests.MAY_DECIDE), _requests),
    Block("school", lambda actor: _runs_school(actor, "lesson", "absence", "mark"), _school),
    Block("behind", lambda actor: _runs_school(actor, "lesson", "mark"), _behind),
    Block("office", lambda actor: _runs_school(actor) and actor.may("can_write", "student"), _office),
    Block("ill", lambda actor: _runs_school(actor, "student", "absence") and not _reads(actor, "mark"), _ill),
    Block("sms_line", lambda actor: _runs_school(actor, "sms_link") and not _reads(actor, "console"), _sms_line),
    Block("news", lambda actor: _runs_school(actor) and actor.may("can_write", "announcement"), _news),
    Block("accounts", lambda actor: actor.may("can_list", "UserDBModelView"), _accounts),
    Block("setup", lambda actor: _runs_school(actor) and actor.may("can_write", "school_setting"), _setup),
    Block("lines", lambda actor: _runs_school(actor, "console"), _lines),
    Block("authority", lambda actor: actor.sees_all_schools and _reads(actor, "school"), _authority),
    Block("debts", lambda actor: not actor.staff_ids and _is_family(actor) and _reads(actor, "debt"), _debts),
    Block("family", lambda actor: bool(actor.child_ids | actor.own_student_ids) and _reads(actor, "student"), _family),
    Block("history", lambda actor: not actor.staff_ids and _is_family(actor) and _reads(actor, "mark"), _history),
)
