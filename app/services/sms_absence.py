"""An absence reported by text: understood, said back, sent in the guardian's name after the confirming reply."""

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.domain.errors import SchoolError
from app.domain.sms_absence import SAID, Away, away
from app.domain.sms_commands import Command
from app.domain.sms_replies import echo, numbered, reply, word_of
from app.models import AbsenceNotice, SmsRequest
from app.services.absences import check_notice, send
from app.services.sms_family import Child, Family
from app.services.sms_person import as_guardian
from app.services.sms_requests import ABSENT, ask
from app.words import speaking
from app.words.errors import sentence

_COMMAND = re.compile(r"[0-9]+|[^\W\d_]+")
ONE_DAY = "%d.%m"


def ask_absence(session: Session, family: Family, body: str) -> str:
    """The question whether this shall be sent, with the code; else what is wrong with it, and what is allowed."""
    language, heard = family.wish.language, family.heard
    found = _COMMAND.search(body)
    here = family.now.astimezone(family.school.zone)
    told = away(body[found.end() :] if found else "", [child.name for child in heard], here)
    if told.wrong:
        return reply("wrong_day", language, word=echo(told.wrong))
    children = [heard[place] for place in told.children] or heard
    if len(children) > 1 and not told.children:
        return who(Command.ABSENCE, heard, language)
    wrong = _refused(session, family, children, told)
    if wrong:
        return wrong
    what = {
        "begins_on": told.begins_on.isoformat(), "ends_on": told.ends_on.isoformat(), "reason": told.reason,
        "comment": told.comment,
    }  # fmt: skip
    ids = [child.subscription.id for child in children]
    request = ask(session, family.wish.school_id, family.phone, ABSENT, ids, family.now, what)
    return reply("ask_absence", language, code=request.code, **_words(request, children, language))


def who(command: Command, heard: Sequence[Child], language: str) -> str:
    """Which child is meant? Of several nobody is guessed where something is done."""
    example = f"{word_of(command, language)} {heard[0].name}"
    return reply("who", language, names=numbered([child.name for child in heard]), example=example)


def send_confirmed(session: Session, family: Family, request: SmsRequest) -> str:
    """Send what was confirmed; the answer."""
    language = family.wish.language
    children = [child for child in family.heard if child.subscription.id in request.subscription_ids]
    if not children:
        return reply("nobody", language)
    try:
        with session.begin_nested():
            for child in children:
                with as_guardian(session, child.subscription.guardian_id, family.today()) as own:
                    send(own, child, _notice(request), family.today())
    except SchoolError as refused:
        return refusal(refused, language)
    return reply("absence_sent", language, **_words(request, children, language))


def _refused(session: Session, family: Family, children: Sequence[Child], told: Away) -> str:
    """Why it would not be taken; nothing is kept."""
    notice = AbsenceNotice(begins_on=told.begins_on, ends_on=told.ends_on, reason=told.reason, comment=told.comment)
    for child in children:
        try:
            with as_guardian(session, child.subscription.guardian_id, family.today()) as own:
                check_notice(own, child, notice, family.today())
        except SchoolError as refused:
            return refusal(refused, family.wish.language)
    return ""


def refusal(refused: SchoolError, language: str) -> str:
    """What is wrong, and what is allowed."""
    with speaking(language):
        return sentence(refused)


def _notice(request: SmsRequest) -> AbsenceNotice:
    days = {name: date.fromisoformat(request.what[name]) for name in ("begins_on", "ends_on")}
    said = {name: request.what[name] for name in ("reason", "comment")}
    return AbsenceNotice(**days, **said, state="sent", answer="", way="sms")


def _words(request: SmsRequest, children: Sequence[Child], language: str) -> dict[str, str]:
    first, last = (date.fromisoformat(request.what[name]) for name in ("begins_on", "ends_on"))
    names = ", ".join(child.name for child in children)
    return in_words(first, last, request.what["reason"], request.what["comment"], names, language)


def in_words(first: date, last: date, reason: str, comment: str, names: str, language: str) -> dict[str, str]:
    """An absence as it is said back."""
    days = f"{first:{ONE_DAY}}" if first == last else f"{first:{ONE_DAY}}–{last:{ONE_DAY}}"
    why = SAID.get(language, SAID["ru"])[reason] + (f": {echo(comment)}" if comment else "")
    return {"days": days, "reason": why, "names": names}
