"""Figures of the SMS console: today by state and kind, what waits, the links as their gateways say, prefixes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.domain.slots import zone_of
from app.domain.sms_light import Light, Saying, light_of
from app.domain.sms_states import KINDS
from app.models import School, SmsLink, SmsMessage, SmsSession, SuspendedNumber

MOST_PREFIXES = 200


@dataclass(frozen=True)
class LinkFigures:
    """A link, its traffic light, and what each gateway process says of it."""

    link: SmsLink
    light: Light
    reason: str
    sessions: Sequence[SmsSession]


@dataclass(frozen=True)
class Figures:
    """The front page's figures, at one moment."""

    now: datetime
    today: dict[str, dict[str, int]]  # state → kind → messages that were composed today
    waiting: int  # due now
    later: int  # due later: quiet hours, or a pause after an error
    under_way: int
    uncertain: int
    oldest: timedelta | None  # age of the oldest that is due
    links: Sequence[LinkFigures]
    kinds: Sequence[str] = field(default_factory=tuple)
    silent: int = 0  # numbers that are suspended

    @property
    def heartbeat(self) -> datetime | None:
        """The last sign of life of any gateway."""
        beats: list[datetime | None] = [each.heartbeat_at for link in self.links for each in link.sessions]
        beats += [link.link.heartbeat_at for link in self.links]
        return max((beat for beat in beats if beat is not None), default=None)


def figures(session: Session) -> Figures:
    """All of the front page in five statements, whatever the outbox holds."""
    now = datetime.now(UTC)
    today = _today(session, now)
    row = session.execute(_waiting(now)).one()
    oldest = now - row.oldest if row.oldest is not None else None
    kinds = [kind for kind in KINDS if any(kind in by_kind for by_kind in today.values())]
    return Figures(
        now, today, row.waiting, row.later, row.under_way, row.uncertain, oldest, links(session, now, oldest), kinds,
        row.silent,
    )  # fmt: skip


def _today(session: Session, now: datetime) -> dict[str, dict[str, int]]:
    zones = {zone_of(name) for name in session.scalars(select(School.timezone).distinct())}
    if not zones:
        return {}
    begins = min(datetime.combine(now.astimezone(zone).date(), time(), zone) for zone in zones)
    query = (
        select(SmsMessage.state, SmsMessage.kind, func.count())
        .where(SmsMessage.created_at >= begins)
        .group_by(SmsMessage.state, SmsMessage.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for state, kind, count in session.execute(query):
        found.setdefault(state, {})[kind] = count
    return found


def _waiting(now: datetime) -> Any:
    """What is not settled; two partial indexes hold just these rows."""
    due = (SmsMessage.state == "queued") & (SmsMessage.due_at <= now)
    silent = select(func.count(SuspendedNumber.id)).where(SuspendedNumber.freed_at.is_(None))
    columns = (
        func.count().filter(due).label("waiting"),
        func.count().filter(SmsMessage.state == "queued", SmsMessage.due_at > now).label("later"),
        func.count().filter(SmsMessage.state.in_(("claimed", "sending"))).label("under_way"),
        func.count().filter(SmsMessage.state == "uncertain").label("uncertain"),
        func.min(SmsMessage.due_at).filter(due).label("oldest"),
        silent.scalar_subquery().label("silent"),
    )
    unsettled = (SmsMessage.state == "queued") | SmsMessage.state.in_(("claimed", "sending", "uncertain"))
    return select(*columns).select_from(SmsMessage).where(unsettled)


def links(session: Session, now: datetime, oldest: timedelta | None) -> list[LinkFigures]:
    """The links in the order in which they are used; those that are switched off last."""
    order = (SmsLink.active.desc(), SmsLink.priority, SmsLink.weight.desc(), SmsLink.id)
    rows = session.scalars(select(SmsLink).order_by(*order)).all()
    said: dict[int, list[SmsSession]] = {}
    for each in session.scalars(select(SmsSession).order_by(SmsSession.gateway)):
        said.setdefault(each.link_id, []).append(each)
    return [link_figures(link, said.get(link.id, []), now, oldest) for link in rows]


def link_figures(link: SmsLink, sessions: Sequence[SmsSession], now: datetime, oldest: timedelta | None) -> LinkFigures:
    """The light of one link; where no gateway has a session, by what stands on the link itself."""
    sayings = [Saying(each.state, each.heartbeat_at, each.rate) for each in sessions]
    colour, reason = light_of(
        now,
        sayings or [Saying(link.state, link.heartbeat_at)],
        is_active=link.active,
        is_paused=link.paused,
        agreed_rate=link.rate,
        waiting=oldest,
    )
    return LinkFigures(link, colour, reason, sessions)


def oldest_due(session: Session, now: datetime) -> timedelta | None:
    """The age of the oldest message that is due and waits."""
    query = select(func.min(SmsMessage.due_at)).where(SmsMessage.state == "queued", SmsMessage.due_at <= now)
    found = session.scalar(query)
    return now - found if found is not None else None


def prefix_figures(session: Session, digits: int, days: int) -> Sequence[Any]:
    """For each beginning of a number (so many digits) and link: what became of its messages in the last days.

    Rows of prefix, link_id, sent, delivered, undeliverable, expired, open, seconds (median until the receipt); those
    with most messages first. One statement; the block-range index on `created_at` cuts it to the days.
    """
    prefix = func.left(SmsMessage.phone, digits + 1)
    seconds = func.extract("epoch", SmsMessage.done_at - SmsMessage.submitted_at)
    delivered = SmsMessage.state == "delivered"
    query = (
        select(
            prefix.label("prefix"),
            SmsMessage.link_id,
            func.count().label("sent"),
            func.count().filter(delivered).label("delivered"),
            func.count().filter(SmsMessage.state == "undeliverable").label("undeliverable"),
            func.count().filter(SmsMessage.state == "expired").label("expired"),
            func.count().filter(SmsMessage.state.in_(("sending", "accepted", "uncertain"))).label("open"),
            func.percentile_cont(0.5).within_group(case((delivered, seconds))).label("seconds"),
        )
        .where(SmsMessage.created_at >= datetime.now(UTC) - timedelta(days=days), SmsMessage.submitted_at.is_not(None))
        .group_by(prefix, SmsMessage.link_id)
        .order_by(func.count().desc(), prefix)
        .limit(MOST_PREFIXES)
    )
    return session.execute(query).all()
