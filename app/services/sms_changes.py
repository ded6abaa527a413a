"""What a text changes: STOP at once; pause and start after the code that went to the number; a phone by its owner."""

from collections.abc import Iterable, Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.sms_commands import Command
from app.domain.sms_question import Asked
from app.domain.sms_replies import reply
from app.models import SmsInbound, SmsSubscription
from app.services import consents
from app.services.sms_absence import send_confirmed
from app.services.sms_family import Child, Family, read_rights
from app.services.sms_requests import ABSENT, CONFIRM, PAUSE, SIGN, START, WITHDRAW, ask, confirmed, waiting
from app.services.sms_signing import sign_confirmed
from app.services.sms_withdrawal import ask_withdrawal, withdraw_confirmed

log = structlog.get_logger()
ACTS = {ABSENT: send_confirmed, SIGN: sign_confirmed, WITHDRAW: withdraw_confirmed}  # in a guardian's name


def stop(session: Session, family: Family) -> None:
    """Every subscription of the phone is stopped, confirmed or not, with a right or without; so is its consent."""
    everything = [*family.confirmed, *family.unconfirmed]
    for subscription in everything:
        subscription.status = "stopped"
    if everything:
        consents.withdraw(session, {one.guardian_id for one in everything}, family.phone, family.now)
    session.flush()


def ask_change(session: Session, family: Family, asked: Asked) -> str:
    """The question whether it shall be done, with the code; or that there is nothing to do."""
    language = family.wish.language
    if asked.command is Command.PAUSE:
        wanted = [child for child in _named(asked, family.heard) if child.subscription.status == "active"]
        action = PAUSE
        otherwise = "paused" if family.heard else "off"
        told = _named(asked, family.heard)
    else:
        wanted, action, otherwise = _to_start(session, _named(asked, family.children)), START, "on_already"
        told = [child for child in _named(asked, family.children) if child.is_told]
    if not wanted:
        return reply(otherwise if told else "nobody", language, names=_names(told))
    request = ask(
        session, family.wish.school_id, family.phone, action, [child.subscription.id for child in wanted], family.now
    )
    return reply(f"ask_{action}", language, names=_names(wanted), code=request.code)


def leave(session: Session, family: Family) -> str:
    """“НЕТ” to the change that waits for its code: the answer; "" where none waits."""
    request = waiting(session, family.phone, family.now)
    if request is None:
        return ""
    request.done_at, request.what = family.now, {}
    session.flush()
    return reply("undone", family.wish.language)


def take_back(session: Session, family: Family, asked: Asked) -> str:
    """“ОТМЕНА” of the change that waits for its code; where none waits, of an absence that was reported."""
    request = waiting(session, family.phone, family.now)
    if request is not None and request.action != WITHDRAW:
        return leave(session, family)
    return ask_withdrawal(session, family, asked)


def do_confirmed(session: Session, family: Family, code: str, inbound: SmsInbound) -> str:
    """Do what the code confirms; the answer."""
    language = family.wish.language
    if not code:
        return reply("code_missing", language)
    request = confirmed(session, family.phone, code, family.now)
    if request is None:
        return reply("code_wrong", language)
    if request.action in ACTS:
        said = ACTS[request.action](session, family, request)
        request.what = {}
        session.flush()
        return said
    children = [child for child in family.children if child.subscription.id in request.subscription_ids]
    if request.action == PAUSE:
        for child in children:
            if child.subscription.status == "active":
                child.subscription.status = "paused"
        session.flush()
        return reply("paused", language, names=_names(children))
    started = _to_start(session, children)
    for child in started:
        child.subscription.status = "active"
    session.flush()
    _agreed(session, (child.subscription for child in started), inbound)
    if not started:
        return reply("nobody", language)
    return reply("started", language, names=_names(started))


def confirm_phone(session: Session, family: Family, codes: Sequence[str], inbound: SmsInbound) -> str:
    """The owner of a phone that somebody wrote down says by the code that it is theirs: the answer; "" else."""
    request = confirmed(session, family.phone, codes[0], family.now, CONFIRM) if codes else None
    if request is None:
        return ""
    known = (*family.unconfirmed, *family.confirmed)  # one confirmed before is so anew: its number was suspended
    mine = [one for one in known if one.id in request.subscription_ids and one.status != "stopped"]
    for subscription in mine:
        subscription.phone_confirmed_at = family.now
    session.flush()
    _agreed(session, mine, inbound)
    if not mine:
        return ""
    family.confirmed = sorted({*family.confirmed, *mine}, key=lambda one: one.id)
    family.unconfirmed = [one for one in family.unconfirmed if one not in mine]
    read_rights(session, family)
    return reply("confirmed", family.wish.language, names=_names(family.heard))


def _agreed(session: Session, subscriptions: Iterable[SmsSubscription], inbound: SmsInbound) -> None:
    for subscription in subscriptions:
        proof = f"SMS № {inbound.id}"
        consents.give(session, subscription.guardian_id, subscription.phone, "reply", proof)


def _to_start(session: Session, children: Sequence[Child]) -> list[Child]:
    """Those of whom this phone is told nothing, unless one of another phone is in force for the child."""
    idle = [child for child in children if not child.is_told]
    stopped = [child.subscription for child in idle if child.subscription.status == "stopped"]
    if not stopped:
        return idle
    in_force = session.execute(
        select(SmsSubscription.guardian_id, SmsSubscription.student_id).where(
            SmsSubscription.guardian_id.in_({one.guardian_id for one in stopped}), SmsSubscription.status != "stopped"
        )
    ).all()
    taken = {(row.guardian_id, row.student_id) for row in in_force}
    return [
        child
        for child in idle
        if child.subscription.status != "stopped" or (child.subscription.guardian_id, child.student_id) not in taken
    ]


def _named(asked: Asked, children: Sequence[Child]) -> list[Child]:
    return [children[place] for place in asked.children if place < len(children)] or list(children)


def _names(children: Iterable[Child]) -> str:
    return ", ".join(child.name for child in children)
