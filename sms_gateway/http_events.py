"""What an HTTP provider tells us, as receipts and texts; a field that is missing or of another kind is passed over."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from app.domain.sms_states import normal_id, receipt_state
from app.domain.sms_text import Coding
from sms_gateway.receipts import Inbound, Receipt, e164

LARGEST = 2**31 - 1
LONGEST_TEXT = 10_000


class Unreadable(Exception):
    """The provider's answer is not what docs/http-provider.md describes; the text says what is wrong."""


def understood_events(answer: Any) -> Iterator[tuple[int, Receipt | Inbound]]:
    """Number and content of each event; raises Unreadable where the answer holds no list of events."""
    events = answer.get("events") if isinstance(answer, dict) else None
    if not isinstance(events, list):
        raise Unreadable("an answer without a list of events")
    now = datetime.now(UTC)
    for event in events:
        sequence = event.get("sequence") if isinstance(event, dict) else None
        if not isinstance(sequence, int) or isinstance(sequence, bool):
            raise Unreadable("an event without a sequence")
        yield sequence, _text(event, sequence, now) if event.get("type") == "inbound" else _receipt(event, now)


def clean(written: str) -> str:
    """Without what no database keeps: NUL, and half a surrogate pair, which JSON can write."""
    return written.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def number_of(value: Any) -> int | None:
    """A code as a number that the database takes; None where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST else None


def _receipt(event: dict[str, Any], now: datetime) -> Receipt:
    """An event of a kind that we do not know is a receipt of nothing: acknowledged, and without effect."""
    return Receipt(
        smsc_id=normal_id(_word(event, "id")) if _word(event, "id") else "",
        phone=e164(_word(event, "to"), 1),
        state=receipt_state(_word(event, "state")) if event.get("type") == "receipt" else None,
        error_code=number_of(event.get("code")),
        text=_word(event, "text")[:300],
        received_at=now,
    )


def _text(event: dict[str, Any], sequence: int, now: datetime) -> Inbound:
    words = _word(event, "text")[:LONGEST_TEXT]
    phone = e164(_word(event, "from"), 1)
    seen = hashlib.sha256(f"{sequence}\0{phone}\0{words}".encode())
    return Inbound(
        phone=phone,
        to=_word(event, "to")[:21],
        octets=words.encode("utf-16-be"),
        data_coding=Coding.UCS2,
        piece=None,
        content=seen.hexdigest(),
        received_at=now,
        is_numbered=True,
    )


def _word(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    written = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    return clean(written).strip()
