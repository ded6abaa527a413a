"""PDUs as hypothesis makes them: good ones, odd ones, spoiled ones, and the pieces in which they come."""

import itertools

from hypothesis import strategies as st

from tests.sms_gateway.peer import ANSWER, DATA, DELIVER, ENQUIRE, SUBMIT, UNBIND, deliver_body, pdu, receipt

NACK = 0x80000000
TAGS = (0x001E, 0x0427, 0x0424, 0x020C, 0x020E, 0x020F, 0x0423, 0x0204, 0x0210, 0x1400, 0x0005, 0xFFFF)
COMMANDS = (NACK, SUBMIT | ANSWER, DELIVER, DATA, ENQUIRE, ENQUIRE | ANSWER, 0x80000009, 0x102, 0x103 | ANSWER, 0x03)

sequences = st.one_of(st.integers(1, 9), st.sampled_from([0, 0x7FFFFFFF, 0xFFFFFFFF]))
statuses = st.one_of(st.just(0), st.sampled_from([0x08, 0x0B, 0x58, 0x400, 0xFFFFFFFF]))
ids = st.one_of(
    st.from_regex(r"\A[0-9a-fA-F]{1,20}\Z"),
    st.text(st.characters(codec="latin-1", exclude_characters="\0"), max_size=70),
)


def _tlv(tag: int, value: bytes) -> bytes:
    return tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


tlvs = st.lists(st.builds(_tlv, st.sampled_from(TAGS), st.binary(max_size=20)), max_size=5).map(b"".join)
receipts = st.builds(
    lambda number, state, source, more: receipt(number, state, source) + more,
    st.from_regex(r"\A[0-9a-f]{1,16}\Z"),
    st.sampled_from(["DELIVRD", "UNDELIV", "ENROUTE", "", "X" * 9]),
    st.sampled_from([b"79990000001", b"79990000002", b"", b"900"]),
    tlvs,
)
texts = st.builds(
    lambda text, esm_class, coding, more: deliver_body(text=text, esm_class=esm_class, coding=coding, tlvs=more),
    st.binary(max_size=160),
    st.integers(0, 255),
    st.integers(0, 255),
    tlvs,
)
data_bodies = st.builds(
    lambda esm_class, more: b"\0\1\x0179990000001\0\1\x01900\0" + bytes((esm_class, 0, 0)) + more,
    st.integers(0, 255),
    tlvs,
)
answers = st.builds(
    lambda sequence, status, number, more: pdu(
        SUBMIT | ANSWER, sequence, number.encode("latin-1") + b"\0" + more, status
    ),
    sequences,
    statuses,
    ids,
    tlvs,
)
good = st.one_of(
    answers,
    st.builds(lambda sequence, body: pdu(DELIVER, sequence, body), sequences, st.one_of(receipts, texts)),
    st.builds(lambda sequence, body: pdu(DATA, sequence, body), sequences, data_bodies),
    st.builds(lambda command, sequence, more: pdu(command, sequence, more), st.just(ENQUIRE), sequences, tlvs),
    st.builds(lambda sequence, status: pdu(NACK, sequence, status=status), sequences, statuses),
    st.builds(lambda sequence, body: pdu(0x00010203, sequence, body), sequences, st.binary(max_size=30)),
)
blind = st.builds(pdu, st.sampled_from(COMMANDS), sequences, st.binary(max_size=120), statuses)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A good PDU with octets changed, cut out or put in; now and then its length is mended, so that it is read."""
    octets = bytearray(draw(good))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(octets) - 1)))
        match draw(st.integers(0, 3)):
            case 0 if octets:
                octets[place] = draw(st.integers(0, 255))
            case 1:
                del octets[place : place + draw(st.integers(1, 8))]
            case 2:
                octets[place:place] = draw(st.binary(min_size=1, max_size=8))
            case _:
                octets[place : place + 2] = draw(st.sampled_from([b"\0\0", b"\xff\xff", b"\x7f\xff"]))
    if draw(st.booleans()) and len(octets) >= 16:
        octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


leaving = st.builds(lambda sequence: pdu(UNBIND, sequence), sequences)
units = st.one_of(good, good, blind, spoiled())


@st.composite
def chunks(draw: st.DrawFn, of: st.SearchStrategy[bytes] = units) -> list[bytes]:
    """A stream of PDUs in pieces of whatever size."""
    stream = b"".join(draw(st.lists(of, max_size=8)))
    cuts = sorted({0, len(stream), *draw(st.lists(st.integers(0, len(stream)), max_size=12))})
    return [stream[start:end] for start, end in itertools.pairwise(cuts)]
