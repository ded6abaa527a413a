"""One message as the operator reads it: its parts by attempt, and what it tells without the marks themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.sms_errors import reason_words, status_words
from app.models import SmsDelivery, SmsError, SmsLink, SmsMessage, SmsPart

AROUND = {"around_the_rule": True}  # rows of the system's own, read only for a message that the person was found to see

_BY_RECEIPT = {"undeliverable": "undeliverable", "expired": "expired_at_smsc"}  # state → its reason


@dataclass(frozen=True)
class Attempt:
    """One try to send a message, with its parts in order."""

    number: int
    parts: Sequence[SmsPart]


def attempts_of(session: Session, message: SmsMessage) -> list[Attempt]:
    """The attempts whose parts were answered, the newest first."""
    query = select(SmsPart).where(SmsPart.message_id == message.id).order_by(SmsPart.attempt.desc(), SmsPart.number)
    found: dict[int, list[SmsPart]] = {}
    for part in session.scalars(query, execution_options=AROUND):
        found.setdefault(part.attempt, []).append(part)
    return [Attempt(number, parts) for number, parts in found.items()]


def told_by(session: Session, message: SmsMessage) -> Mapping[str, int]:
    """How many facts of each record the message tells: mark → 2."""
    query = (
        select(SmsDelivery.record, func.count().label("facts"))
        .where(SmsDelivery.sms_message_id == message.id)
        .group_by(SmsDelivery.record)
        .order_by(SmsDelivery.record)
    )
    return {row.record: row.facts for row in session.execute(query, execution_options=AROUND)}


class CodeWords:
    """Operators' codes in words: the school's own first, the link's before those of every link."""

    def __init__(self, session: Session, language: str) -> None:
        self.language = language
        self._own: dict[tuple[int | None, int], str] = {}
        for error in session.scalars(select(SmsError)):
            self._own[error.link_id, error.code] = error.words_ru if language == "ru" else error.words_en

    def of(self, link_id: int | None, code: int | None, state: str) -> str:
        """What the code of a part or message in this state means; "" where there is none."""
        if state in _BY_RECEIPT:  # its `err` is no command_status: the same number means something else there
            return reason_words(_BY_RECEIPT[state], self.language, code)
        if not code:
            return ""
        own = self._own.get((link_id, code)) or self._own.get((None, code))
        return f"{own} (0x{code:02X})" if own else status_words(code, self.language)


def link_names(session: Session) -> dict[int, Any]:
    """The names of the links that the person sees."""
    return {row.id: row.name for row in session.execute(select(SmsLink.id, SmsLink.name))}
