"""The whole gateway under an SMSC that talks nonsense: it lives, hangs nowhere, and settles by true receipts only."""

import random

import pytest

from sms_gateway import service
from sms_gateway.timers import Timers
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import ANSWER, DATA, DELIVER, ENQUIRE, SUBMIT, HandSmsc, Peer, deliver_body, pdu, receipt
from tests.sms_gateway.support import Outbox, eventually

SEED = 20_261_126
ROUNDS = 60
MESSAGES = 24
_TLVS = (
    b"\x04\x27\0\1\2",
    b"\x04\x27\0\2\0\2",
    b"\x00\x1e\0\0",
    b"\x14\0\0\3abc",
    b"\x02\x0c\0\2\0\1",
    b"\x04\x24\0\1x",
)


class Liar:
    """An SMSC whose receipts are mixed up: of other ids, of other phones, spoiled, and now and then true."""

    def __init__(self, chance: random.Random, ids: dict[str, str]) -> None:
        self._chance = chance
        self._ids = ids  # id → phone
        self.said: list[bytes] = []
        self.true: set[str] = set()

    def unit(self, sequence: int) -> bytes:
        chance = self._chance
        number = chance.choice([*self._ids, str(chance.randrange(10**12)), "", "0"])
        phone = chance.choice([*self._ids.values(), "79991112233", "900"])
        if chance.random() < 0.3 and number in self._ids:
            phone = self._ids[number]
        state = chance.choice(["DELIVRD", "UNDELIV", "ENROUTE", "EXPIRED", ""])
        written = f"{int(number):x}" if number.isdecimal() and chance.random() < 0.3 else number
        body = receipt(written, state, phone.encode()) + b"".join(chance.sample(_TLVS, chance.randrange(3)))
        command = DELIVER
        if chance.random() < 0.2:
            head = b"\0\1\1" + phone.encode() + b"\0\1\x01900\0\4\0\0"
            command, body = DATA, head + b"\x00\x1e" + (len(written) + 1).to_bytes(2, "big") + written.encode() + b"\0"
            body += chance.choice(_TLVS)
        if chance.random() < 0.5:
            body = self._spoiled(body)
        made = chance.choice(
            [
                pdu(command, sequence, body),
                pdu(command, sequence, body),
                pdu(command, sequence, body),
                pdu(DELIVER, sequence, deliver_body(text=body[:120], esm_class=chance.randrange(256))),
                pdu(SUBMIT | ANSWER, chance.randrange(1, 400), number.encode() + b"\0"),
                pdu(chance.choice([0x03, 0x102, 0x1234, 0x80000000, 0x80000103]), sequence, body[:30]),
            ]
        )
        self.said.append(made)
        return made

    def _spoiled(self, body: bytes) -> bytes:
        octets = bytearray(body)
        for _ in range(self._chance.randrange(1, 4)):
            place = self._chance.randrange(len(octets))
            octets[place : place + self._chance.randrange(2)] = self._chance.randbytes(self._chance.randrange(1, 3))
        return bytes(octets)

    def may_have_settled(self, number: str) -> bool:
        """Whether anything that was said names both the id, in one of its spellings, and its phone."""
        spellings = (number.encode(), f"{int(number):x}".encode())
        phone = self._ids[number].encode()[-10:]
        return any(phone in unit and any(spelling in unit for spelling in spellings) for unit in self.said)


def test_nothing_that_an_smsc_says_settles_what_it_is_not_about(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "STEADY_SECONDS", 0.0)  # it binds anew at once, however often we spoil it
    chance = random.Random(SEED)
    phones = [f"7999{number:07}" for number in chance.sample(range(10**7), MESSAGES)]
    ids = {str(chance.randrange(10**11, 10**12)): phone for phone in phones}
    liar = Liar(chance, ids)
    start(hand.port, Timers(connect=5, bind=5, answer=20, enquire=30, unbind=0.1, drain=0.5), window=MESSAGES)
    peer = hand.bound()
    messages = {number: outbox.queue("text", phone=f"+{phone}") for number, phone in ids.items()}
    by_phone = {phone: number for number, phone in ids.items()}
    for _ in messages:
        submit = peer.expect(SUBMIT)
        phone = submit.body.split(b"\1\1")[1].split(b"\0")[0].decode()
        peer.answer(submit, by_phone[phone])
    for message in messages.values():
        outbox.becomes(message, "accepted")

    for turn in range(ROUNDS):
        peer = _after(hand, peer, [liar.unit(turn * 100 + place) for place in range(chance.randrange(1, 12))])

    settled = {number for number, message in messages.items() if outbox.state(message) != "accepted"}
    assert settled, "the run was too short to mean anything"
    assert all(liar.may_have_settled(number) for number in settled)
    for number in ids.keys() - settled:
        assert peer.deliver(receipt(number, source=ids[number].encode())) == 0
        assert outbox.state(messages[number]) == "delivered"
    later = outbox.queue("later", phone="+79991112233")
    peer.answer(peer.expect(SUBMIT), "late")
    outbox.becomes(later, "accepted")


def _after(hand: HandSmsc, peer: Peer, units: list[bytes]) -> Peer:
    """Send these and see that the gateway still answers, on this connection or on its next."""
    try:
        peer.send(*units, pdu(ENQUIRE, 99))
        while peer.expect(ENQUIRE | ANSWER).sequence != 99:
            pass
    except (EOFError, ConnectionError):
        peer.socket.close()
        return hand.bound()
    return peer


def test_the_gateway_is_not_stopped_by_noise(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "STEADY_SECONDS", 0.0)
    chance = random.Random(SEED)
    start(hand.port, Timers(connect=5, bind=5, answer=20, enquire=30, unbind=0.1, drain=0.5))
    message = outbox.queue()
    peer = hand.bound()
    peer.answer(peer.expect(SUBMIT), "7")
    outbox.becomes(message, "accepted")

    for _ in range(10):
        noise = chance.randbytes(chance.randrange(4, 400))
        peer = _after(hand, peer, [b"\0" + noise if chance.random() < 0.1 else b"\xff" + noise])

    assert eventually(lambda: outbox.rows("SELECT FROM sms_link WHERE state = 'bound'"))
    assert outbox.state(message) == "accepted"
    assert peer.deliver(receipt("7")) == 0
    assert outbox.state(message) == "delivered"
