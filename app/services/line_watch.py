"""The watch over the SMS line: codes that nobody uses, and links that take every text and deliver none.

Each minute the clock has it look at what left a while ago. What it finds is an alarm: on the operator's console until
it is over, and once by mail to those who look after the line. An alarm about codes keeps new numbers from getting any;
one about a link can pause it, so that the next one sends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import DateTime, bindparam, select, text, update
from sqlalchemy.orm import Session

from app.models import SmsAlarm, SmsLink
from app.services.codes_sent import A_DAY, LIFE
from app.services.line_alarms import tell
from app.services.settings import SchoolRules, rules_of

log = structlog.get_logger()
AROUND = {"around_the_rule": True}
CODES_UNUSED, CODES_SPENT, UNDELIVERED = "codes_unused", "codes_spent", "undelivered"
AN_HOUR = timedelta(hours=1)
NEWEST = 100  # texts of a link that are looked at
FEWEST = 10  # fewer say nothing about a link

# Codes whose time to be used is over, of the hour before; what an alarm that was ended has told of counts no more.
CODES = text("""
WITH over AS (SELECT school_id, max(ended_at) AS at FROM sms_alarm WHERE kind = 'codes_unused' GROUP BY school_id)
SELECT school_id, count(*) FILTER (WHERE is_looked_at) AS counted, count(used_at) FILTER (WHERE is_looked_at) AS good,
  coalesce(sum(parts), 0) AS parts,
  EXISTS (SELECT FROM sms_alarm a WHERE a.school_id = code.school_id AND a.kind = 'codes_spent' AND a.begun_at > :day
    AND a.ended_at IS NOT NULL) AS is_known_to_be_spent
FROM (SELECT c.*, c.sent_at > greatest(:since, over.at) AND c.sent_at <= :until AS is_looked_at
  FROM sms_code c LEFT JOIN over USING (school_id) WHERE c.sent_at > :day AND c.school_id IS NOT NULL) AS code
GROUP BY school_id
""").bindparams(bindparam("since", type_=DateTime(True)))

# The newest texts of each link whose receipts are due; what was refused at once was not taken.
TEXTS = text(f"""
WITH over AS (SELECT link_id, max(ended_at) AS at FROM sms_alarm WHERE kind = 'undelivered' GROUP BY link_id)
SELECT l.id AS link_id, l.school_id, count(m.id) AS counted, count(*) FILTER (WHERE m.state = 'delivered') AS good
FROM sms_link l
JOIN unnest(CAST(:schools AS bigint[]), CAST(:untils AS timestamptz[])) AS due (school_id, until)
  ON due.school_id = l.school_id
LEFT JOIN over ON over.link_id = l.id
CROSS JOIN LATERAL (
  SELECT o.id, o.state FROM sms_message o WHERE o.link_id = l.id AND o.created_at > :since - interval '1 day'
  AND o.submitted_at > greatest(:since, over.at) AND o.submitted_at <= due.until
  AND o.state IN ('accepted', 'delivered', 'undeliverable', 'expired')
  ORDER BY o.submitted_at DESC, o.id DESC LIMIT {NEWEST}) AS m
WHERE l.active GROUP BY l.id, l.school_id
""").bindparams(bindparam("since", type_=DateTime(True)))


@dataclass(frozen=True)
class Finding:
    """What one look found: of so many, so many were good; whether that is too few, or says nothing."""

    school_id: int
    kind: str
    link_id: int | None
    counted: int
    good: int
    is_bad: bool
    is_enough: bool  # to end an alarm that stands: what says nothing ends none


def look(session: Session, now: datetime, language: str) -> list[int]:
    """Raise and end alarms by what is found; the ids of the new ones, told by mail. Running it again raises none."""
    schools = set(session.scalars(text("SELECT id FROM school"), execution_options=AROUND))
    rules = rules_of(session, schools)
    findings = [*_codes(session, rules, now), *_texts(session, rules, now)]
    standing = {
        (alarm.school_id, alarm.kind, alarm.link_id): alarm
        for alarm in session.scalars(select(SmsAlarm).where(SmsAlarm.ended_at.is_(None)).with_for_update())
    }
    made = []
    for found in findings:
        alarm = standing.pop((found.school_id, found.kind, found.link_id), None)
        if alarm is None and found.is_bad:
            made.append(_raise(session, found, rules[found.school_id], now, language))
        elif alarm is not None and not found.is_bad and found.is_enough:
            _end(alarm, now)
    for alarm in standing.values():  # nothing was found about it: codes are quiet, or the link sends no more
        if alarm.kind != UNDELIVERED and now - alarm.begun_at > AN_HOUR:
            _end(alarm, now)
    session.flush()
    return [alarm.id for alarm in made]


def codes_of_an_hour(session: Session, now: datetime) -> Sequence[Any]:
    """By school the codes whose time is over (`counted`), how many were used (`good`), and the parts of a day."""
    given = {"since": now - AN_HOUR - LIFE, "until": now - LIFE, "day": now - A_DAY}
    return session.execute(CODES, given, execution_options=AROUND).all()


def texts_of_an_hour(session: Session, rules: dict[int, SchoolRules], now: datetime) -> Sequence[Any]:
    """By link its newest texts whose receipts are due (`counted`), and how many are delivered (`good`)."""
    given = {
        "schools": list(rules),
        "untils": [now - school.span("receipt_minutes") for school in rules.values()],
        "since": now - AN_HOUR,
    }
    return session.execute(TEXTS, given, execution_options=AROUND).all()


def _codes(session: Session, rules: dict[int, SchoolRules], now: datetime) -> Iterable[Finding]:
    for row in codes_of_an_hour(session, now):
        school = rules[row.school_id]
        enough = row.counted >= school.number("codes_watched_from")
        is_bad = enough and _is_below(row.good, row.counted, school.number("codes_used_percent"))
        if enough:
            yield Finding(row.school_id, CODES_UNUSED, None, row.counted, row.good, is_bad, True)
        spent, most = int(row.parts), school.number("code_parts_a_day")
        if spent >= most and not row.is_known_to_be_spent:
            yield Finding(row.school_id, CODES_SPENT, None, spent, most, True, True)


def _texts(session: Session, rules: dict[int, SchoolRules], now: datetime) -> Iterable[Finding]:
    for row in texts_of_an_hour(session, rules, now):
        least = rules[row.school_id].number("least_delivered_percent")
        enough = row.counted >= FEWEST
        is_bad = enough and _is_below(row.good, row.counted, least)
        yield Finding(row.school_id, UNDELIVERED, row.link_id, row.counted, row.good, is_bad, enough)


def _is_below(good: int, counted: int, percent: int) -> bool:
    return 100 * good < percent * counted


def _raise(session: Session, found: Finding, school: SchoolRules, now: datetime, language: str) -> SmsAlarm:
    alarm = SmsAlarm(
        school_id=found.school_id, kind=found.kind, link_id=found.link_id, counted=found.counted, good=found.good,
        begun_at=now,
    )  # fmt: skip
    link = session.get(SmsLink, found.link_id) if found.link_id is not None else None
    if link is not None and school.values["pause_silent_link"] and _another_sends(session, link):
        link.paused, alarm.has_paused = True, True
    session.add(alarm)
    session.flush()
    tell(session, alarm, link.name if link is not None else "", language)
    log.warning(
        "sms.alarm", alarm=alarm.id, kind=alarm.kind, link=alarm.link_id, counted=found.counted, good=found.good
    )
    return alarm


def _another_sends(session: Session, link: SmsLink) -> bool:
    """Whether another link of the school is bound and would take what this one leaves."""
    query = select(SmsLink.id).where(
        SmsLink.school_id == link.school_id, SmsLink.id != link.id, SmsLink.active, SmsLink.paused.is_(False),
        SmsLink.state == "bound",
    )  # fmt: skip
    return session.scalars(query.limit(1)).first() is not None


def _end(alarm: SmsAlarm, now: datetime) -> None:
    alarm.ended_at = now
    log.info("sms.alarm_over", alarm=alarm.id, kind=alarm.kind)


def standing_alarms(session: Session, school_ids: Iterable[int]) -> Sequence[Any]:
    """The alarms that stand in these schools, with the link's name; for people who mind their line."""
    query = (
        select(SmsAlarm.id, SmsAlarm.kind, SmsAlarm.link_id, SmsLink.name.label("link"), SmsAlarm.counted,
               SmsAlarm.good, SmsAlarm.has_paused, SmsAlarm.begun_at)
        .outerjoin(SmsLink, SmsLink.id == SmsAlarm.link_id)
        .where(SmsAlarm.ended_at.is_(None), SmsAlarm.school_id.in_(sorted(school_ids)))
        .order_by(SmsAlarm.id)
    )  # fmt: skip
    return session.execute(query, execution_options=AROUND).all()


def end_by_hand(session: Session, alarm_id: int, school_ids: Iterable[int], user_id: int | None, now: datetime) -> bool:
    """The operator has seen to it; whether there was such an alarm in these schools."""
    ended = (
        update(SmsAlarm)
        .where(SmsAlarm.id == alarm_id, SmsAlarm.ended_at.is_(None), SmsAlarm.school_id.in_(sorted(school_ids)))
        .values(ended_at=now, ended_by_id=user_id)
        .returning(SmsAlarm.id)
    )
    found = session.execute(ended, execution_options=AROUND | {"synchronize_session": False}).first()
    return found is not None
