"""One message as the operator reads it: its parts by attempt, and what it tells without the marks themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.sms_errors import reason_words, status_words
from app.models import SmsDelivery, SmsError, SmsLink, SmsMessage, SmsPart

AROUND = {"around_the_rule": True}  # rows of the system's own, read only for a message that the person was found to see


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
        if not code:
            return reason_words("undeliverable", self.language) if state == "undeliverable" else ""
        own = self._own.get((link_id, code)) or self._own.get((None, code))
        if own:
            return f"{own} (0x{code:02X})"
        if state in ("undeliverable", "expired"):  # a receipt's `err`, whose meaning is each operator's own
            key = "undeliverable" if state == "undeliverable" else "expired_at_smsc"
            return reason_words(key, self.language, code)
        return status_words(code, self.language)


def link_names(session: Session) -> dict[int, Any]:
    """The names of the links that the person sees."""
    return {row.id: row.name for row in session.execute(select(SmsLink.id, SmsLink.name))}
