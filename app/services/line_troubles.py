"""What is wrong with the SMS line beside its links, in words: alarms that stand, budgets that are used up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.services.budgets import Used, used_budgets
from app.services.line_alarms import words_of
from app.services.line_watch import UNDELIVERED, standing_alarms
from app.words import Word, _
from app.words.sms_kinds import KIND_WORDS


@dataclass(frozen=True)
class Troubles:
    """Alarms with their words, and of the month's budgets those that are nearly or quite used up, with theirs."""

    alarms: Sequence[tuple[Any, Word]] = field(default_factory=tuple)
    budgets: Sequence[tuple[Used, Word]] = field(default_factory=tuple)

    @property
    def is_silent(self) -> bool:
        """Whether a link takes texts and delivers few of them."""
        return any(alarm.kind == UNDELIVERED for alarm, _words in self.alarms)

    @property
    def is_stopped(self) -> bool:
        """Whether the budget of all kinds is used up, so that only codes and urgent texts go."""
        return any(used.kind is None and used.is_stopped for used, _words in self.budgets)


def troubles(session: Session, school_ids: Collection[int], now: datetime) -> Troubles:
    """Of schools that the person was found to mind; at most four statements, two where there is no budget."""
    alarms = [(alarm, words_of(alarm, alarm.link or "")) for alarm in standing_alarms(session, school_ids)]
    used = used_budgets(session, school_ids, now) if school_ids else []
    return Troubles(alarms, [(one, _budget_words(one)) for one in used if one.is_near or one.is_stopped])


def _budget_words(used: Used) -> Word:
    percent = int(100 * used.share)
    if used.kind is None:
        if used.is_stopped:
            return _("The month’s budget is used up: only codes and urgent texts go.")
        return _("{percent} % of the month’s budget are used up.", percent=percent)
    kind = KIND_WORDS[used.kind]
    if used.is_stopped:
        return _("The month’s budget for one kind is used up, and no more of it go: {kind}.", kind=kind)
    return _("{percent} % of the month’s budget for one kind are used up: {kind}.", percent=percent, kind=kind)
