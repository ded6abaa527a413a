"""What a deliver_sm or data_sm carries: a receipt of a message of ours, or a text from a phone."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.sms_states import normal_id, receipt_state
from app.domain.sms_text import Concatenation, decoded, without_header

_TYPE_BITS = 0x3C  # SMPP 3.4 §5.2.12
_RECEIPT_TYPES = frozenset({0x04, 0x20})  # SMSC delivery receipt, intermediate notification
_HEADER_BIT = 0x40

# SMPP 3.4 appendix B; operators leave fields out, and write their names in other cases.
_ID = re.compile(r"\bid:\s*([^\s]+)", re.IGNORECASE)
_STAT = re.compile(r"\bstat:\s*([A-Za-z]+)", re.IGNORECASE)
_ERR = re.compile(r"\berr:\s*([0-9A-Fa-f]+)", re.IGNORECASE)
_TEXT = re.compile(r"\btext:(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a part: `state` is final or None; `text` is the start of the message as the SMSC repeats it."""

    smsc_id: str
    phone: str
    state: str | None
    error_code: int | None
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text from a phone, or a piece of one; `content` is the same when the same PDU comes again."""

    phone: str
    to: str
    octets: bytes
    data_coding: int
    piece: Concatenation | None
    content: str
    received_at: datetime
    is_numbered: bool = False  # `content` names the event itself, not only its words: it never comes anew


def understood(unit: Any, now: datetime | None = None) -> Receipt | Inbound:
    """The receipt or the text in a PDU; raises nothing: what cannot be read is a text with U+FFFD in it."""
    now = now or datetime.now(UTC)
    octets: bytes = getattr(unit, "message_payload", None) or getattr(unit, "short_message", None) or b""
    esm_class = unit.esm_class or 0
    data_coding = unit.data_coding or 0
    if esm_class & _TYPE_BITS in _RECEIPT_TYPES or getattr(unit, "receipted_message_id", None):
        # SMSCs write receipts in ASCII whatever their default alphabet is; the GSM table would turn _ into §.
        return _receipt(unit, decoded(octets, data_coding or 1).replace("\0", ""), now)
    piece = _sar_piece(unit)
    if esm_class & _HEADER_BIT:
        headed, octets = without_header(octets)
        piece = headed or piece
    source, to = _latin(unit.source_addr), _latin(unit.destination_addr)
    seen = hashlib.sha256(b"\0".join((source.encode(), to.encode(), repr(piece).encode(), octets)))
    return Inbound(
        phone=e164(source, unit.source_addr_ton or 0),
        to=to[:21],
        octets=octets,
        data_coding=data_coding,
        piece=piece if piece is not None and piece.total > 1 else None,
        content=seen.hexdigest(),
        received_at=now,
    )


def _receipt(unit: Any, text: str, now: datetime) -> Receipt:
    written = _latin(getattr(unit, "receipted_message_id", None)) or _found(_ID, text)
    error = _found(_ERR, text)
    return Receipt(
        smsc_id=normal_id(written) if written else "",
        phone=e164(_latin(unit.source_addr), unit.source_addr_ton or 0),
        state=receipt_state(_found(_STAT, text), getattr(unit, "message_state", None)),
        error_code=int(error) if error.isdecimal() and len(error) < 10 else None,
        text=_found(_TEXT, text)[:300],
        received_at=now,
    )


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _latin(octets: bytes | None) -> str:
    return (octets or b"").decode("latin-1").strip("\0 ")


def _sar_piece(unit: Any) -> Concatenation | None:
    reference = getattr(unit, "sar_msg_ref_num", None)
    total = getattr(unit, "sar_total_segments", None) or 0
    number = getattr(unit, "sar_segment_seqnum", None) or 0
    return Concatenation(reference, total, number) if reference is not None and 1 <= number <= total else None


def e164(address: str, ton: int) -> str:
    """An SMPP address as "+79990000001" where it is a phone number, else as it came, at most 21 characters.

    >>> e164("79990000001", 1), e164("89990000001", 0), e164("900", 0)
    ('+79990000001', '+79990000001', '900')
    """
    digits = address.removeprefix("+")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 15:
        return address[:21]
    if len(digits) == 11 and digits[0] == "8" and ton != 1:
        digits = "7" + digits[1:]  # as Russians dial at home
    if ton == 1 or len(digits) >= 11:
        return f"+{digits}"
    return digits
