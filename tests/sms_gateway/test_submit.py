"""Each submit_sm is octet for octet what smpplib writes for the same fields."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway import codec
from sms_gateway.flights import References, flight_of
from sms_gateway.rows import LinkRow, Outgoing, Way
from sms_gateway.submit import Sender, source_address, validity_period

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def link(source: str, long_texts: str = "header") -> LinkRow:
    return LinkRow(1, 1, "link", "host", 2775, False, "u", "p", source, "", 50, 0, True, long_texts=long_texts)


def message(phone: str, body: str, minutes: int = 60) -> Outgoing:
    return Outgoing(1, phone, body, "digest", 4, NOW, 0, NOW + timedelta(minutes=minutes), "")


@given(
    source=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    phone=st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
    body=st.text(min_size=1, max_size=400),
    minutes=st.integers(-5, 60 * 24 * 40),
)
def test_it_is_what_smpplib_writes(source: str, phone: str, body: str, minutes: int) -> None:
    flight = flight_of(message(phone, body, minutes), References())
    address, ton, npi = source_address(source)

    with time_machine.travel(NOW, tick=False):
        written = [Sender(link(source)).octets(part) for part in flight.parts]
        validity = validity_period(timedelta(minutes=minutes))

    assert written == [
        codec.made(
            "submit_sm",
            0,
            source_addr=address,
            source_addr_ton=ton,
            source_addr_npi=npi,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=phone[1:],
            esm_class=0x40 if len(flight.parts) > 1 else 0,
            validity_period=validity,
            registered_delivery=1,
            data_coding=flight.coding,
            short_message=part.payload,
        )
        for part in flight.parts
    ]


@pytest.mark.parametrize("source", ["<to>", "<validity>", "<text>", "<to><validity>"])
def test_a_sender_that_looks_like_a_place_in_the_mould_is_written_as_it_is(source: str) -> None:
    (part,) = flight_of(message("+79990000001", "Anna"), References()).parts

    octets = Sender(link(source)).octets(part)

    assert source.encode() in octets
    assert octets.count(b"79990000001") == 1
    assert octets.endswith(b"\x04Anna")


def test_a_text_that_the_operator_cuts_is_one_part() -> None:
    flight = flight_of(message("+79990000001", "x" * 1000), References(), Way.PAYLOAD)

    (part,) = flight.parts
    octets = Sender(link("SCHOOL", "payload")).octets(part)

    assert octets[:4] == len(octets).to_bytes(4, "big")
    assert octets.endswith(b"\x00\x04\x24" + (1000).to_bytes(2, "big") + b"x" * 1000)
