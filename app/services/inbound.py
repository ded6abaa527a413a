"""Texts from phones: who wrote, what is asked, and one short answer to the number on record."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.domain.errors import SchoolError
from app.domain.sms_commands import Command
from app.domain.sms_question import Asked, Known, first_command, understood
from app.domain.sms_replies import Whole, echo, help_text, numbered, reply, word_of
from app.domain.sms_text import segment_count
from app.domain.sms_words import TextRules
from app.models import SmsInbound, SmsMessage
from app.services.budgets import allowances
from app.services.queueing import queue_text
from app.services.sms_absence import ask_absence
from app.services.sms_answers import QUESTIONS, Question, answer, subject_names
from app.services.sms_changes import ask_change, confirm_phone, do_confirmed, leave, stop, take_back
from app.services.sms_family import Family, family_of
from app.services.sms_meetings import answer_invitation
from app.services.sms_requests import waiting
from app.services.sms_signing import ask_signature

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

WITHOUT_SUBJECTS = {
    Command.YES,
    Command.NO,
    Command.STOP,
    Command.HELP,
    Command.ABSENCE,
    Command.SIGN,
    Command.WITHDRAW,
}
ANSWER_VALID = timedelta(hours=2)

LOCK = text("""
SELECT i.id, EXISTS (SELECT FROM sms_subscription s WHERE s.phone = i.phone) AS is_known
FROM sms_inbound i WHERE i.id = ANY(:ids) AND i.state = 'new' ORDER BY i.id FOR UPDATE OF i SKIP LOCKED
""")
STRANGERS = text("UPDATE sms_inbound SET state = 'stranger', handled_at = :now WHERE id = ANY(:ids)")


def answer_inbound(session: Session, inbound_ids: Sequence[int], at: datetime | None = None) -> int:
    """Do what these texts ask and queue the answers; how many were handled. Running it again does nothing.

    STOP holds at once for every subscription of the phone. A stranger's number is counted and never answered.
    `at`: as if it were then.
    """
    now = at or datetime.now(UTC)
    locked = session.execute(LOCK, {"ids": list(inbound_ids)}, execution_options=AROUND).all()
    strangers, known = ([row.id for row in locked if row.is_known is each] for each in (False, True))
    if strangers:  # of whom thousands may write: one statement for all of them
        session.execute(STRANGERS, {"ids": strangers, "now": now}, execution_options=AROUND)
        log.info("inbound.strangers", inbound=strangers)
    loud: set[str] = set()  # have got all their answers of the day
    for inbound in session.scalars(select(SmsInbound).where(SmsInbound.id.in_(known)).order_by(SmsInbound.id)).all():
        if inbound.phone in loud and first_command(inbound.body)[0] not in (Command.STOP, Command.YES):
            inbound.state, inbound.handled_at = "refused", now
            continue
        try:
            with session.begin_nested():
                _handle(session, inbound, now, loud)
        except (SchoolError, IntegrityError, DataError) as problem:  # one text stops no other
            log.error("inbound.refused", inbound=inbound.id, error=type(problem).__name__)
            give_up(session, inbound.id, now)
    return len(locked)


def give_up(session: Session, inbound_id: int, at: datetime | None = None) -> None:
    """A text that cannot be answered stands as refused, and is not tried for ever; STOP holds all the same."""
    now = at or datetime.now(UTC)
    inbound = session.get_one(SmsInbound, inbound_id, with_for_update=True)
    if inbound.state != "new":
        return
    if first_command(inbound.body)[0] is Command.STOP:
        stop(session, family_of(session, inbound.phone, now))
    inbound.state, inbound.handled_at = "refused", now
    session.flush()


def _handle(session: Session, inbound: SmsInbound, now: datetime, loud: set[str]) -> None:
    inbound.handled_at = now
    family = family_of(session, inbound.phone, now)
    command, words = first_command(inbound.body)
    if command is Command.STOP:
        stop(session, family)
    said = ""
    if command is Command.YES and (family.unconfirmed or family.confirmed):
        said = confirm_phone(session, family, words[:1], inbound)
    if not family.confirmed:
        inbound.state = "handled" if command is Command.STOP and family.unconfirmed else "stranger"
        log.info("inbound.stranger", inbound=inbound.id)
    elif _answered_today(session, inbound.phone) >= family.school.number("sms_answers_a_day"):
        inbound.state = "handled" if command is Command.STOP or said else "refused"
        loud.add(inbound.phone)
    else:
        inbound.state = "handled"
        _queue_answer(session, inbound, family, _answer(session, inbound, family, said))
    session.flush()


def _answer(session: Session, inbound: SmsInbound, family: Family, said: str) -> str:
    """The whole text: what was said already, else the answer to a question, else a sentence."""
    wish, signature = family.wish, family.school.signature
    rules = TextRules(wish.language, wish.script, signature=signature)
    if said:
        return rules.finished([said])
    asked = _understood(session, inbound.body, family)
    if asked.command in QUESTIONS and family.heard and not asked.strange:
        children = [family.heard[place] for place in asked.children] or family.heard
        return answer(session, Question(asked, children, wish, family.now, family.today()), signature)
    sentence = _said(session, inbound, family, asked)
    return sentence if isinstance(sentence, Whole) else rules.finished([sentence])


def _said(session: Session, inbound: SmsInbound, family: Family, asked: Asked) -> str:
    """A sentence; what the text asks for is done on the way, or after a confirming reply."""
    language = family.wish.language
    names = [child.name for child in family.heard]
    if asked.command is Command.STOP:
        return reply("stopped", language)
    if asked.command is Command.YES and (asked.code or waiting(session, family.phone, family.now)):
        return do_confirmed(session, family, asked.code, inbound)
    if not family.children:
        return reply("nobody", language)
    if asked.is_polite:
        return reply("polite", language)
    if asked.later is not None:
        return reply("begin", language, word=word_of(asked.later, language))
    if asked.strange and not (asked.command is Command.HELP and not asked.nearly):
        return _not_understood(asked, names, language)
    if asked.command in (Command.PAUSE, Command.START):
        return ask_change(session, family, asked)
    if not family.heard:
        return reply("off", language)
    return _acted(session, inbound, family, asked) or help_text(names, language)


def _acted(session: Session, inbound: SmsInbound, family: Family, asked: Asked) -> str:
    """What is done in a guardian's name, asked back, or answered to a question of ours; "" for all else."""
    match asked.command:
        case Command.ABSENCE:
            return ask_absence(session, family, inbound.body)
        case Command.SIGN:
            return ask_signature(session, family, asked)
        case Command.WITHDRAW:
            return take_back(session, family, asked)
        case Command.YES:
            return answer_invitation(session, family, inbound.body, comes=True)
        case Command.NO:
            left = leave(session, family)
            return left or answer_invitation(session, family, inbound.body, comes=False)
    return ""


def _understood(session: Session, body: str, family: Family) -> Asked:
    """Subjects are looked up only where a word may be one."""
    command, words = first_command(body)
    heard = family.children if command is Command.START else family.heard
    names = [child.name for child in heard]
    if not words or command in WITHOUT_SUBJECTS:
        return understood(body, Known(names))
    subjects = subject_names(session, {key for child in heard for key in child.class_ids})
    return understood(body, Known(names, subjects))


def _not_understood(asked: Asked, names: list[str], language: str) -> str:
    """What was not understood, and what would have been; what changes something is not guessed."""
    strange = reply("strange", language, word=echo(asked.strange))
    if asked.nearly is not None:
        return f"{strange} {reply('exactly', language, word=word_of(asked.nearly, language))}"
    return f"{strange} {reply('children', language, names=numbered(names))}"


def _answered_today(session: Session, phone: str) -> int:
    since = datetime.now(UTC) - timedelta(days=1)
    query = select(func.count()).select_from(SmsMessage).where(
        SmsMessage.phone == phone, SmsMessage.kind == "reply", SmsMessage.created_at > since
    )  # fmt: skip
    return session.scalar(query) or 0


def _queue_answer(session: Session, inbound: SmsInbound, family: Family, body: str) -> None:
    wish, parts = family.wish, segment_count(body)
    may = allowances(
        session, [(wish.school_id, "reply", wish.phone)], {wish.school_id: family.school}, datetime.now(UTC), held=False
    )
    cost = may.cost(wish.school_id, wish.phone, parts)
    if may.refusal(wish.school_id, "reply", wish.phone, cost) is not None:
        log.warning("inbound.over_budget", inbound=inbound.id)
        inbound.state = "refused"
        return
    expires_at, trace = datetime.now(UTC) + ANSWER_VALID, f"inbound-{inbound.id}"
    queue_text(session, wish.school_id, wish.phone, body, "reply", expires_at, trace=trace, of=wish, may=may)
