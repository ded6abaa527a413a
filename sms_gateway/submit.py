"""A part of a message as submit_sm: addresses, validity, alphabet, receipt."""

from datetime import UTC, datetime, timedelta

from sms_gateway import codec
from sms_gateway.rows import LinkRow, Part, Way

_INTERNATIONAL, _ALPHANUMERIC, _UNKNOWN = 1, 5, 0
_ISDN = 1
_HEADER = 0x40
_LONGEST = timedelta(days=28)
_SHORTEST = timedelta(minutes=1)
_TO, _VALIDITY, _TEXT = "<to>", "<validity>", "<text>"  # places in a mould


class Sender:
    """Makes the submit_sm of one link: smpplib writes one of each kind, phone, validity and text are set into it."""

    def __init__(self, row: LinkRow) -> None:
        self._source = source_address(row.source)
        self._as_payload = row.way is Way.PAYLOAD
        self._moulds: dict[tuple[int, int], tuple[bytes, bytes, bytes]] = {}

    def octets(self, part: Part) -> bytes:
        """The whole PDU, its sequence still 0."""
        flight = part.flight
        kind = (_HEADER if len(flight.parts) > 1 else 0, int(flight.coding))
        start, middle, end = self._moulds.get(kind) or self._mould(*kind)
        text = b"" if self._as_payload else part.payload
        body = (
            start,
            flight.message.phone.removeprefix("+").encode("ascii"),
            middle,
            validity_period(flight.message.expires_at - datetime.now(UTC)).encode("ascii"),
            end,
            bytes((len(text),)),
            text,
            codec.payload_parameter(part.payload) if self._as_payload else b"",
        )
        return codec.with_length(b"".join(body))

    def _mould(self, esm_class: int, coding: int) -> tuple[bytes, bytes, bytes]:
        """What goes before the phone, between phone and validity, and between validity and text."""
        address, ton, npi = self._source
        octets = codec.made(
            "submit_sm",
            0,
            source_addr=address,
            source_addr_ton=ton,
            source_addr_npi=npi,
            dest_addr_ton=_INTERNATIONAL,
            dest_addr_npi=_ISDN,
            destination_addr=_TO,
            esm_class=esm_class,
            validity_period=_VALIDITY,
            registered_delivery=1,
            data_coding=coding,
            short_message=_TEXT.encode(),
        )
        start, rest = octets.rsplit(_TO.encode(), 1)
        middle, rest = rest.split(_VALIDITY.encode())
        mould = self._moulds[esm_class, coding] = (start, middle, rest[: -len(_TEXT) - 1])
        return mould


def source_address(source: str) -> tuple[str, int, int]:
    """Address, TON and NPI by what the sender looks like: a name, an international number or a short one.

    >>> source_address("SCHOOL"), source_address("+79001234567"), source_address("1234")
    (('SCHOOL', 5, 0), ('79001234567', 1, 1), ('1234', 0, 1))
    """
    digits = source.removeprefix("+")
    if not digits.isdecimal():
        return source, (_ALPHANUMERIC if source else _UNKNOWN), 0
    return digits, (_INTERNATIONAL if len(digits) > 8 else _UNKNOWN), _ISDN


def validity_period(left: timedelta) -> str:
    """The time left as SMPP 3.4 §7.1.1 writes a relative time, which does not depend on the SMSC's clock.

    >>> validity_period(timedelta(days=1, hours=2, seconds=5))
    '000001020005000R'
    """
    left = min(max(left, _SHORTEST), _LONGEST)
    hours, seconds = divmod(left.seconds, 3600)
    return f"0000{left.days:02}{hours:02}{seconds // 60:02}{seconds % 60:02}000R"
