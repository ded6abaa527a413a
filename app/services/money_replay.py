"""Last month again under other settings: the facts that were told, packed by the real packer, and what it would cost.

A pure read. The facts are told as their records are now: a fact that was taken away since then is left out, and a
correction counts as the fact itself. Of many families only some are replayed, evenly chosen, and their cost is scaled.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.slots import next_digest
from app.domain.sms_detail import as_wished
from app.domain.sms_packer import packed
from app.domain.sms_states import KINDS
from app.domain.sms_words import TextRules
from app.services.budgets import bounds_of, spent
from app.services.drafts import Draft, gather_facts
from app.services.one_phone import together
from app.services.settings import SchoolRules
from app.services.tariffs import Tariffs
from app.session.actors import system

AROUND = {"around_the_rule": True}
REPLAYER = system("replay")  # reads what a text would say; only its length leaves this module
MOST_TEXTS = 1500  # so that a page need not wait: some seconds, where a family's limit has to be tried out
REPLAYED = ("immediate", "digest")

FAMILIES = text("""
SELECT m.subscription_id, count(*) AS texts FROM sms_message m WHERE m.school_id = :school AND m.created_at >= :begins
AND m.created_at < :ends AND m.subscription_id IS NOT NULL AND m.kind IN ('immediate', 'digest') AND m.parts > 0
AND m.state NOT IN ('cancelled', 'rejected') GROUP BY 1 ORDER BY 1
""")
TOLD = text("""
SELECT d.id, d.notice_id, d.school_id, d.subscription_id, d.guardian_id, d.record, d.record_id, d.channel, m.kind,
  n.was, n.student_id, n.school_class_id, n.subgroup_id, m.phone, m.created_at AS sent_at
FROM sms_message m JOIN sms_delivery d ON d.sms_message_id = m.id JOIN notice n ON n.id = d.notice_id
WHERE m.school_id = :school AND m.created_at >= :begins AND m.created_at < :ends
AND m.subscription_id = ANY(:families) AND m.kind IN ('immediate', 'digest') AND d.state = 'told'
AND m.state NOT IN ('cancelled', 'rejected')
ORDER BY d.subscription_id, m.created_at, d.id
""")
WISHES = text("""
SELECT s.id, s.quiet_from, s.quiet_until, s.email_fallback, s.language, s.script, s.longest_parts, s.detail,
  s.digest_at, s.digest_days, student.given_name
FROM sms_subscription s JOIN student ON student.id = s.student_id WHERE s.id = ANY(:families)
""")


@dataclass(frozen=True)
class Changed:
    """Settings instead of every family's own; None: each as it has chosen."""

    script: str | None = None
    detail: str | None = None
    longest_parts: int | None = None
    at_once: bool = True  # False: what went at once goes with the digest


AS_CHOSEN = Changed()


@dataclass(frozen=True)
class Figures:
    """What texts of one kind come to."""

    texts: int = 0
    parts: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(self.texts + other.texts, self.parts + other.parts, self.cost + other.cost)

    def scaled(self, by: Decimal) -> "Figures":
        """So many times as much; texts and parts rounded to whole ones."""
        return Figures(round(self.texts * by), round(self.parts * by), self.cost * by)


@dataclass(frozen=True)
class Replay:
    """By kind: what it really cost, the same facts as families have chosen now, and under the other settings."""

    really: Mapping[str, Figures]
    chosen: Mapping[str, Figures]
    changed: Mapping[str, Figures]
    families: int
    replayed: int
    is_priced: bool

    def of(self, which: str, kind: str) -> Figures:
        """Nothing where this kind has none."""
        figures: Mapping[str, Figures] = {"really": self.really, "chosen": self.chosen, "changed": self.changed}[which]
        return figures.get(kind, Figures())

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in KINDS if kind in self.really or kind in self.chosen or kind in self.changed]


def whole(figures: Mapping[str, Figures]) -> Figures:
    """The sum of all kinds."""
    return sum(figures.values(), Figures())


def replay(session: Session, school_id: int, rules: SchoolRules, month: date, today: date, changed: Changed) -> Replay:
    """Of a system actor, for a school that the person was found to see; prices are those of today's tariffs."""
    begins, ends = bounds_of(rules, month)
    bounds = {"school": school_id, "begins": begins, "ends": ends}
    families = session.execute(FAMILIES, bounds, execution_options=AROUND).all()
    texts = sum(row.texts for row in families)
    chosen = families[:: -(-texts // MOST_TEXTS) or 1]
    some = [row.subscription_id for row in chosen]
    rows = session.execute(TOLD, {**bounds, "families": some}, execution_options=AROUND).all()
    told_by = sorted({row.subscription_id for row in rows})  # a text may tell of several children
    wishes = {row.id: row for row in session.execute(WISHES, {"families": told_by}, execution_options=AROUND)}
    tariffs = Tariffs.of_schools(session, {school_id: today})[school_id]
    used = spent(session, {school_id: (rules, month)})[school_id]
    really = {kind: Figures(row.texts, row.parts, row.spent) for kind, row in used.items()}
    others = {kind: figures for kind, figures in really.items() if kind not in REPLAYED}
    scale = Decimal(texts) / sum(row.texts for row in chosen) if chosen else Decimal(1)

    def again(settings: Changed) -> dict[str, Figures]:
        drafts = _drafts(rows, wishes, rules, settings)
        gather_facts(session, drafts, {})
        return others | {kind: one.scaled(scale) for kind, one in _costs(drafts, tariffs).items()}

    as_chosen = again(AS_CHOSEN)
    otherwise = as_chosen if changed == AS_CHOSEN else again(changed)
    return Replay(really, as_chosen, otherwise, len(families), len(some), bool(tariffs.tariffs))


def _drafts(rows: Iterable[Any], wishes: Mapping[int, Any], rules: SchoolRules, settings: Changed) -> list[Draft]:
    """The same facts in the texts that these settings make of them."""

    def moment(row: Any) -> tuple[str, Any]:
        wish = wishes[row.subscription_id]
        if settings.at_once:
            return row.kind, row.sent_at
        sent = row.sent_at
        if row.kind == "immediate":
            sent = next_digest(sent, wish.digest_at, wish.digest_days, rules.zone)
        return "digest", sent.astimezone(rules.zone).date()

    found: list[Draft] = []
    for (kind, _when), of_moment in groupby(
        sorted(rows, key=lambda row: (moment(row), row.subscription_id)), key=moment
    ):
        its = groupby(of_moment, key=lambda row: row.subscription_id)
        found += together([_draft(kind, list(some), wishes[key], rules, settings) for key, some in its], wishes)
    return found


def _draft(kind: str, deliveries: list[Any], wish: Any, rules: SchoolRules, settings: Changed) -> Draft:
    text_rules = TextRules(
        wish.language,
        settings.script or wish.script,
        rules.number("longest_text_parts"),
        rules.signature,
        settings.longest_parts or wish.longest_parts,
    )
    detail = settings.detail or wish.detail
    return Draft(kind, deliveries, deliveries[0].phone, text_rules, wish.given_name, detail)


def _costs(drafts: Sequence[Draft], tariffs: Tariffs) -> dict[str, Figures]:
    found: dict[str, Figures] = defaultdict(Figures)
    for draft in drafts:
        wished = as_wished(draft.facts, draft.detail, draft.rules.language)
        for said in packed([one.fact for one in wished], draft.rules):
            cost = tariffs.price(None, draft.phone, said.parts) or Decimal(0)
            found[draft.kind] += Figures(1, said.parts, cost)
    return dict(found)
