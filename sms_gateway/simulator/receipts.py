"""Receipts in the shapes that SMSCs give them: by deliver_sm or data_sm, as text, as parameters, ids well or badly."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from app.domain.sms_text import Coding, decoded, without_header
from sms_gateway.simulator import wire
from sms_gateway.simulator.behaviour import Behaviour
from sms_gateway.simulator.phones import Text

HEADER_BIT = 0x40
_RECEIPT = 0x04
_MESSAGE_ID, _MESSAGE_STATE = 0x001E, 0x0427
_DELIVERED, _UNDELIVERABLE = 2, 5
_PADDED_TO, _CUT_TO = 20, 10


class Delivery(NamedTuple):
    """What goes to a client: a deliver_sm or data_sm, and whose; "" where whoever receives may have it."""

    command: int
    body: bytes
    owner: str = ""


@dataclass(slots=True)
class Accepted:
    """A part that was taken: what its receipt needs."""

    number: int
    given: wire.Submitted
    text: Text | None
    at: datetime
    owner: str  # the system_id that submitted it


def receipt(accepted: Accepted, failed: bool, behaviour: Behaviour) -> Delivery:
    """The receipt of a part as the behaviour shapes it."""
    given, shape = accepted.given, behaviour.receipt_form
    number = str(accepted.number).zfill(_PADDED_TO if behaviour.receipt_ids == "padded" else 0)
    coding, octets = Coding.GSM, b""
    if shape != "tlv":
        coding, octets = _text(accepted, number[:_CUT_TO] if behaviour.receipt_ids == "cut" else number, failed)
    tlvs = b""
    if shape != "text":
        state = _UNDELIVERABLE if failed else _DELIVERED
        tlvs = wire.tlv(_MESSAGE_ID, number.encode() + b"\0") + wire.tlv(_MESSAGE_STATE, bytes((state,)))
    if behaviour.receipt_pdu == "data_sm":
        tlvs += wire.tlv(wire.MESSAGE_PAYLOAD, octets) if octets else b""
        body = wire.data_body(given.phone, given.source, _RECEIPT, coding, tlvs)
        return Delivery(wire.DATA_SM, body, accepted.owner)
    body = wire.deliver_body(given.phone, given.source, _RECEIPT, coding, octets, tlvs)
    return Delivery(wire.DELIVER_SM, body, accepted.owner)


def _text(accepted: Accepted, number: str, failed: bool) -> tuple[Coding, bytes]:
    """The usual text of a receipt (SMPP 3.4 appendix B), in 16 bits where the message's beginning needs them."""
    given = accepted.given
    _, octets = without_header(given.octets) if given.esm_class & HEADER_BIT else (None, given.octets)
    start = decoded(octets, given.data_coding)
    start = start[: 20 if start[:20].isascii() else 8]  # of two octets each, more would not fit
    text = (
        f"id:{number} sub:001 dlvrd:{0 if failed else 1:03} submit date:{accepted.at:%y%m%d%H%M} "
        f"done date:{datetime.now(UTC):%y%m%d%H%M} stat:{'UNDELIV' if failed else 'DELIVRD'} "
        f"err:{1 if failed else 0:03} text:{start}"
    )
    if text.isascii():
        return Coding.GSM, text.encode("ascii")
    return Coding.UCS2, text.encode("utf-16-be", "replace")
