"""Whatever octets an SMSC sends, in whatever pieces: the link stands or ends in order, and settles nothing wrong."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from sms_gateway.link import MOST_ARRIVED
from sms_gateway.simulator.phones import Phones
from sms_gateway.simulator.session import Session
from sms_gateway.simulator.smsc import Smsc
from tests.sms_gateway.lone_link import LoneTransport, Said, bound_link, heard
from tests.sms_gateway.pdu_strategies import chunks, good, leaving, units
from tests.sms_gateway.peer import BIND, DELIVER, SUBMIT, deliver_body, pdu

CREDENTIALS = b"school\0secret\0\0\x34\0\0\0"
steady = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@steady
@given(chunks())
def test_no_stream_makes_the_link_fall_over_or_settle_a_part_by_what_is_not_its_answer(pieces: list[bytes]) -> None:
    asyncio.run(heard(pieces))


@steady
@given(chunks(st.one_of(units, leaving)))
def test_a_link_that_is_unbound_among_other_things_ends_in_order(pieces: list[bytes]) -> None:
    asyncio.run(heard(pieces))


@steady
@given(chunks(good))
def test_a_lawful_stream_never_costs_the_link(pieces: list[bytes]) -> None:
    async def run() -> None:
        link = await bound_link(LoneTransport())
        for piece in pieces:
            link.data_received(piece)
        assert link.lost is None
        link.connection_lost(None)

    asyncio.run(run())


@steady
@given(st.lists(st.binary(max_size=80), max_size=10))
def test_noise_is_refused_or_waited_for(pieces: list[bytes]) -> None:
    asyncio.run(heard(pieces))


def test_a_link_that_is_flooded_stops_reading_until_somebody_takes_what_came() -> None:
    async def run() -> None:
        transport = LoneTransport()
        link = await bound_link(transport)
        for number in range(1, MOST_ARRIVED + 1):
            assert not transport.is_paused
            link.data_received(pdu(DELIVER, number, deliver_body(text=b"text")))
        assert transport.is_paused

        _, arrived = link.take()

        assert len(arrived) == MOST_ARRIVED
        assert not transport.is_paused
        link.connection_lost(None)

    asyncio.run(run())


def test_a_peer_that_does_not_read_is_not_read_either() -> None:
    async def run() -> None:
        transport = LoneTransport()
        link = await bound_link(transport)
        link.pause_writing()
        assert transport.is_paused
        link.resume_writing()
        assert not transport.is_paused
        link.connection_lost(None)

    asyncio.run(run())


# The simulator's own reader.

submits = st.builds(
    lambda sequence, phone, text, coding, more: pdu(
        SUBMIT,
        sequence,
        b"\0\5\0X\0\1\1" + phone + b"\0" + bytes((more, 0, 0, 0, 0, 1, 0, coding, 0, len(text))) + text,
    ),
    st.integers(0, 9),
    st.sampled_from([b"79990000001", b"", b"Anna"]),
    st.binary(max_size=60),
    st.integers(0, 255),
    st.sampled_from([0, 0x40, 0xFF]),
)


@steady
@given(chunks(st.one_of(submits, units, st.builds(lambda: pdu(BIND, 1, CREDENTIALS)))))
def test_no_client_makes_the_simulator_fall_over(pieces: list[bytes]) -> None:
    async def run() -> None:
        smsc, transport = Smsc(Phones()), LoneTransport()
        session = Session(smsc)
        session.connection_made(transport)
        session.data_received(pdu(BIND, 1, CREDENTIALS))
        for piece in pieces:
            if not transport.is_closed:
                session.data_received(piece)
        assert not Said.of(bytes(transport.written)).has_wrong_length
        for phone in smsc.phones.numbers():
            smsc.phones.texts(phone["phone"])
        session.connection_lost(None)
        assert smsc.sessions == []

    asyncio.run(run())
