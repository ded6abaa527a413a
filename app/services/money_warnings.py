"""Budgets that are nearly used up: told by mail, once a month and budget, to those who mind them."""

from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.sms_money import NEVER_STOPPED, WARNED_AT, month_of, share
from app.models import SmsBudget
from app.services.budgets import cost_of, in_force, spent
from app.services.mail import Button, write_mail
from app.services.settings import SchoolRules, rules_of
from app.session.actors import system
from app.words import Word, _, speaking
from app.words.money import money, month_words
from app.words.sms_kinds import KIND_WORDS

log = structlog.get_logger()
AROUND = {"around_the_rule": True}
TREASURER = system("budgets", "sms_budget", silent=True)
HERE = "/sms-money/"
USEFUL = timedelta(days=7)

# Whoever may change the budgets of the school, whatever the role is called.
MINDERS = text("""
SELECT DISTINCT u.email FROM ab_user u JOIN staff s ON s.user_id = u.id AND s.school_id = :school
JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_permission_view_role x ON x.role_id = ur.role_id
JOIN ab_permission_view pv ON pv.id = x.permission_view_id
JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
WHERE u.active AND p.name = 'can_write' AND v.name = 'sms_budget' ORDER BY u.email
""")


def warn(session: Session, now: datetime, language: str) -> int:
    """Mail about each budget of which 80 % are used up and that nobody was told of this month; how many budgets."""
    schools = set(session.scalars(select(SmsBudget.school_id).distinct()))
    told = 0
    for school_id, rules in rules_of(session, schools).items():
        month = month_of(rules.today(now))
        held = session.scalars(select(SmsBudget).where(SmsBudget.school_id == school_id).with_for_update()).all()
        used = spent(session, {school_id: (rules, month)})[school_id]
        for kind, budget in in_force(held, month).items():
            cost = cost_of(used, kind)
            if budget.warned_for != month and cost > 0 and share(cost, budget.amount) >= WARNED_AT:
                budget.warned_for = month
                _mail(session, budget, cost, rules, language)
                told += 1
    return told


def _mail(session: Session, budget: SmsBudget, cost: Decimal, rules: SchoolRules, language: str) -> None:
    currency = rules.word("currency")
    percent = int(100 * share(cost, budget.amount))
    with speaking(language):
        month = month_words(budget.warned_for) if budget.warned_for is not None else ""
        sums = {"spent": money(cost, currency), "amount": money(budget.amount, currency)}
    told = (
        _("Of the SMS budget for {month}, {amount}, {spent} are used up by now: {percent} %.", month=month,
          percent=percent, **sums),
        _of_what(budget.kind),
        _after(budget.kind),
    )  # fmt: skip
    minders = session.execute(MINDERS, {"school": budget.school_id}, execution_options=AROUND).all()
    for (address,) in minders:
        write_mail(
            session, "budget", school_id=budget.school_id, to=address, language=language,
            subject=_("The SMS budget: {percent} % are used up", percent=percent), paragraphs=told,
            button=Button(_("See what texts cost"), HERE), useful_for=USEFUL,
        )  # fmt: skip
    log.warning("budget.nearly_used_up", budget=budget.id, percent=percent, told=len(minders))


def _of_what(kind: str | None) -> Word:
    return (
        _("It is the budget of all texts.")
        if kind is None
        else _("It is the budget of one kind: {kind}.", kind=KIND_WORDS[kind])
    )


def _after(kind: str | None) -> Word:
    if kind in NEVER_STOPPED:
        return _("Texts of this kind go on when it is used up.")
    return _(
        "When it is used up, only codes and urgent texts go: the other news stand in the diary, and what is still of "
        "use then comes with the digest of the next month."
    )
