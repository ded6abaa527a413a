"""The careful codec: the same octets as smpplib's own, and no octets that make it fall over."""

import struct

import pytest
import smpplib.smpp
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway import codec
from sms_gateway.receipts import Inbound, Receipt, understood

WRITTEN = sorted(codec._WRITING)
READ = sorted(code for code in codec._READING)

ascii_texts = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=15)


class Numbers:
    """smpplib asks its client for the next sequence."""

    sequence = 0

    def next_sequence(self) -> int:
        return 1


@given(
    source=ascii_texts,
    phone=st.text("0123456789", max_size=15),
    octets=st.binary(max_size=159),
    numbers=st.lists(st.integers(0, 255), min_size=6, max_size=6),
    sequence=st.integers(1, 0x7FFFFFFF),
)
def test_submit_sm_is_octet_for_octet_what_smpplib_writes(
    source: str, phone: str, octets: bytes, numbers: list[int], sequence: int
) -> None:
    ton, npi, esm_class, registered, data_coding, priority = numbers
    fields = {
        "source_addr": source,
        "source_addr_ton": ton,
        "source_addr_npi": npi,
        "destination_addr": phone,
        "esm_class": esm_class,
        "registered_delivery": registered,
        "data_coding": data_coding,
        "priority_flag": priority,
        "short_message": octets,
        "validity_period": "000001000000000R",
    }
    theirs = smpplib.smpp.make_pdu("submit_sm", client=Numbers(), **fields)
    theirs.sequence = sequence

    assert codec.made("submit_sm", sequence, **fields) == theirs.generate()


@pytest.mark.parametrize("name", [name for name in WRITTEN if not name.startswith(("submit", "bind"))])
def test_short_pdus_are_what_smpplib_writes(name: str) -> None:
    theirs = smpplib.smpp.make_pdu(name, client=Numbers(), status=8)
    theirs.sequence = 9

    assert codec.made(name, 9, 8) == theirs.generate()


@given(st.sampled_from(READ), st.binary(max_size=200), st.integers(0, 0xFFFFFFFF))
def test_no_body_makes_reading_fall_over(code: int, body: bytes, status: int) -> None:
    octets = struct.pack(">LLLL", 16 + len(body), code, status, 5) + body
    try:
        unit = codec.read(octets)
    except codec.Malformed:
        return
    assert (unit.sequence, unit.status) == (5, status)
    if unit.command in ("deliver_sm", "data_sm"):
        assert isinstance(understood(unit), Receipt | Inbound)


tlvs = st.lists(
    st.tuples(st.sampled_from([0x1E, 0x427, 0x424, 0x20C, 0x20E, 0x20F, 0x423, 0x1400]), st.binary(max_size=12)),
    max_size=6,
).map(lambda given: b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in given))


@given(
    esm_class=st.integers(0, 255),
    coding=st.integers(0, 255),
    text=st.one_of(st.binary(max_size=160), ascii_texts.map(lambda word: f"id:{word} stat:{word} err:{word}".encode())),
    optional=tlvs,
)
def test_every_deliver_sm_is_understood_as_a_receipt_or_a_text(
    esm_class: int, coding: int, text: bytes, optional: bytes
) -> None:
    body = b"\0\x01\x0179990000001\0\x01\x01790\0" + bytes((esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(text))) + text
    octets = struct.pack(">LLLL", 16 + len(body + optional), 5, 0, 5) + body + optional

    content = understood(codec.read(octets))

    assert content.phone == "+79990000001"
    if isinstance(content, Receipt):
        assert len(content.smsc_id) <= 65
        assert len(content.text) <= 300
        assert "\0" not in content.text + content.smsc_id
    else:
        assert content.piece is None or 1 <= content.piece.number <= content.piece.total


@given(st.lists(st.binary(max_size=50), max_size=8), st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_a_stream_is_cut_into_the_same_pdus_however_it_comes(bodies: list[bytes], sizes: list[int]) -> None:
    units = [struct.pack(">LLLL", 16 + len(body), 5, 0, 1) + body for body in bodies]
    stream, reader, read = b"".join(units), codec.Reader(), []
    while stream:
        for size in sizes:
            read += list(reader.feed(stream[:size]))
            stream = stream[size:]

    assert read == units
