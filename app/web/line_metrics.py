"""Figures of the watch over the SMS line for /metrics: alarms, what they are judged by, budgets, silent numbers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.models import School, SmsLink, SuspendedNumber
from app.services.budgets import used_budgets
from app.services.line_watch import codes_of_an_hour, standing_alarms, texts_of_an_hour
from app.services.money import held_since
from app.services.settings import SchoolRules, rules_of
from app.session.actors import AUDITOR
from app.session.engine import transaction

ALL_KINDS = "all"
KINDS_OF_ALARM = ("codes_unused", "codes_spent", "undelivered")
HELD_LOOKED_BACK = timedelta(days=62)  # what is held longer was held anew


class Line(Collector):
    """What a person would be told on the console."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = datetime.now(UTC)
        with transaction(self._engine, AUDITOR) as session:
            rules = rules_of(session, set(session.scalars(select(School.id))))
            yield _alarms(session, rules)
            yield from _codes(session, rules, now)
            yield from _texts(session, rules, now)
            yield _budgets(session, rules, now)
            yield _one(
                "zvonok_sms_facts_held",
                "Facts that a budget or a family's cap holds back",
                sum(held_since(session, set(rules), now - HELD_LOOKED_BACK).waiting.values()),
            )
            silent = select(func.count(SuspendedNumber.id)).where(SuspendedNumber.freed_at.is_(None))
            yield _one(
                "zvonok_sms_numbers_suspended",
                "Numbers that get no texts because several failed in a row",
                session.scalar(silent) or 0,
            )


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words)
    family.add_metric([], value)
    return family


def _alarms(session: Session, rules: dict[int, SchoolRules]) -> GaugeMetricFamily:
    family = GaugeMetricFamily("zvonok_sms_alarms", "Alarms that stand on the console", labels=["kind"])
    kinds = [alarm.kind for alarm in standing_alarms(session, rules)]
    for kind in KINDS_OF_ALARM:
        family.add_metric([kind], kinds.count(kind))
    return family


def _codes(session: Session, rules: dict[int, SchoolRules], now: datetime) -> Iterator[GaugeMetricFamily]:
    rows = {row.school_id: row for row in codes_of_an_hour(session, now)}
    for name, words, column in (
        ("zvonok_sms_codes_last_hour", "Codes of an hour whose ten minutes are over", "counted"),
        ("zvonok_sms_codes_used_last_hour", "Of these, codes that were used", "good"),
        ("zvonok_sms_code_parts_last_day", "Parts of SMS that the codes of a day have cost", "parts"),
    ):
        family = GaugeMetricFamily(name, words, labels=["school"])
        for school_id in rules:
            family.add_metric([str(school_id)], float(getattr(rows[school_id], column)) if school_id in rows else 0)
        yield family


def _texts(session: Session, rules: dict[int, SchoolRules], now: datetime) -> Iterator[GaugeMetricFamily]:
    rows = texts_of_an_hour(session, rules, now)
    names = {row.id: row.name for row in session.execute(select(SmsLink.id, SmsLink.name))}
    for name, words, column in (
        ("zvonok_sms_link_receipts_due", "Newest texts of an hour, at most 100, whose receipts are due", "counted"),
        ("zvonok_sms_link_delivered", "Of these, texts that were delivered", "good"),
    ):
        family = GaugeMetricFamily(name, words, labels=["link"])
        for row in rows:
            family.add_metric([names.get(row.link_id, str(row.link_id))], getattr(row, column))
        yield family


def _budgets(session: Session, rules: dict[int, SchoolRules], now: datetime) -> GaugeMetricFamily:
    words = "Part of the month's budget that is used up; 1 or more: used up"
    family = GaugeMetricFamily("zvonok_sms_budget_used_ratio", words, labels=["school", "kind"])
    for one in used_budgets(session, set(rules), now):
        family.add_metric([str(one.school_id), one.kind or ALL_KINDS], float(one.share))
    return family
