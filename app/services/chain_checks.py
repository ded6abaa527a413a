"""The chain made public: each night's check is kept, mailed to the head of school, and told to families in a line."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.slots import zone_of
from app.models import ChainCheck, Incident, School
from app.services.incidents import HEADS
from app.services.ledger import Verified
from app.services.mail import Button, write_mail
from app.words import Word, _

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

HERE = "/chain/"
NIGHT = time(2)  # by the school's clock; where nothing ran then, as soon as something does
LATE = timedelta(hours=36)
MOST_SHOWN = 31
MOST_TOLD = 20  # sentences that are kept of one check
USEFUL = timedelta(days=7)
CHAIN = "chain"  # kind of incident and of mail


def due_schools(session: Session, now: datetime) -> list[int]:
    """The schools whose chain was not checked since two o'clock of their night."""
    last = select(func.max(ChainCheck.checked_at)).where(ChainCheck.school_id == School.id).scalar_subquery()
    found = session.execute(select(School.id, School.timezone, last.label("last")).order_by(School.id))
    return [row.id for row in found if row.last is None or row.last < _last_night(now, row.timezone)]


def _last_night(now: datetime, zone: str) -> datetime:
    here = now.astimezone(zone_of(zone))
    night = datetime.combine(here.date(), NIGHT, here.tzinfo)
    return night if night <= here else night - timedelta(days=1)


def note_check(session: Session, school_id: int, verified: Verified, language: str) -> ChainCheck:
    """Keep what was found at this school, mail the chain's end to its head, report what is broken; the caller commits.

    What is broken is an incident once, and a mail each night until it is mended. The very first check, made within
    minutes of the installation, is mailed only where it finds something: nobody is written to before the first night.
    """
    is_first = session.scalars(select(ChainCheck.id).where(ChainCheck.school_id == school_id).limit(1)).first() is None
    number, digest = verified.heads.get(school_id, (0, bytes(32)))
    wrong = verified.of(school_id)
    check = ChainCheck(
        school_id=school_id, checked_at=datetime.now(UTC), number=number, hash=digest,
        broken=len(wrong), told="\n".join(_without_values(sentence) for sentence in wrong[:MOST_TOLD]),
    )  # fmt: skip
    session.add(check)
    session.flush()
    if wrong:
        log.error("chain.broken", school=school_id, found=len(wrong))
        _report(session, check)
    if wrong or not is_first:
        _mail(session, check, language)
    return check


def _without_values(sentence: str) -> str:
    """Where it is and not what it says: an administrator, who sees no marks, reads it too."""
    place, is_about_values, _values = sentence.partition(": the chain says")
    return f"{place}: not as the chain tells." if is_about_values else sentence


def _report(session: Session, check: ChainCheck) -> None:
    is_open = select(Incident.id).where(
        Incident.school_id == check.school_id, Incident.kind == CHAIN, Incident.state == "open"
    )
    if session.scalars(is_open.limit(1)).first() is None:
        first = check.told.partition("\n")[0][:300]
        session.add(Incident(school_id=check.school_id, kind=CHAIN, person=str(_("The nightly check")), about=first))
        session.flush()


def _mail(session: Session, check: ChainCheck, language: str) -> None:
    zone = zone_of(session.scalars(select(School.timezone).where(School.id == check.school_id)).one())
    at = f"{check.checked_at.astimezone(zone):%d.%m.%Y %H:%M}"
    subject, paragraphs = _whole(check, at) if not check.broken else _broken(check, at)
    for (address,) in session.execute(HEADS, {"school": check.school_id}, execution_options=AROUND).all():
        write_mail(
            session, CHAIN, school_id=check.school_id, to=address, language=language, subject=subject,
            paragraphs=paragraphs, button=Button(_("All checks"), HERE), useful_for=USEFUL,
        )  # fmt: skip


def _whole(check: ChainCheck, at: str) -> tuple[Word, Sequence[Word | str]]:
    return _("The journal’s history is whole: {count} changes", count=check.number), (
        _(
            "On {moment} every change in the journal was checked. Nothing is missing and nothing was altered.",
            moment=at,
        ),
        _end_words(check),
        _(
            "Keep this mail. Whoever would alter the history later, even with the server in their hands, cannot make it"
            " end like this again: a check beside this number shows it."
        ),
    )


def _broken(check: ChainCheck, at: str) -> tuple[Word, Sequence[Word | str]]:
    return _("The journal’s history is broken: found {count}", count=check.broken), (
        _("The check of {moment} found what was not written by the journal itself:", moment=at),
        "\n".join(check.told.split("\n")[:5]),
        _end_words(check),
        _("Leave the server as it is, keep the backups, and turn to its administrator."),
    )


def _end_words(check: ChainCheck) -> Word:
    return _("The history ends with change {number}, {hash}.", number=check.number, hash=check.hash.hex())


def last_checks(session: Session) -> Sequence[Any]:
    """The newest check of each school that the person sees."""
    newest = select(func.max(ChainCheck.id)).group_by(ChainCheck.school_id)
    query = select(ChainCheck).where(ChainCheck.id.in_(newest)).order_by(ChainCheck.school_id)
    return session.scalars(query).all()


def checks(session: Session, school_ids: Collection[int]) -> Sequence[ChainCheck]:
    """The checks of the last month, the newest first."""
    query = select(ChainCheck).where(ChainCheck.school_id.in_(school_ids)).order_by(ChainCheck.id.desc())
    return session.scalars(query.limit(MOST_SHOWN)).all()


@dataclass(frozen=True)
class Seen:
    """The last check of a school, as a start page tells it."""

    at: datetime
    number: int
    broken: int

    def needs_a_look(self, now: datetime) -> bool:
        return self.broken > 0 or now - self.at > LATE


def last_check_told(school: Any) -> Any:
    """A column of another query: the newest check of the schools that the condition names, for `seen`."""
    told = func.json_build_object("at", ChainCheck.checked_at, "number", ChainCheck.number, "broken", ChainCheck.broken)
    return select(told).where(school).order_by(ChainCheck.id.desc()).limit(1)


def seen(told: Any) -> Seen | None:
    """What `last_check_told` came back with."""
    return Seen(datetime.fromisoformat(told["at"]), told["number"], told["broken"]) if told else None


def needs_a_look(check: ChainCheck | None, now: datetime) -> bool:
    """Whether the last check found something, or none was made for too long."""
    return check is not None and (check.broken > 0 or now - check.checked_at > LATE)
