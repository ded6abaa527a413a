"""What is not known after a broken link is said so, settled by late receipts, and sent again only where that helps."""

from datetime import UTC, datetime

import pytest

from sms_gateway.timers import Timers
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import SUBMIT, HandSmsc, Peer, deliver_body, receipt
from tests.sms_gateway.support import Outbox, eventually, sweeps


def unanswered(outbox: Outbox, peer: Peer, body: str = "Anna, maths 5", kind: str = "immediate") -> int:
    """A message that the SMSC has, and whose answer never came."""
    message = outbox.queue(body, kind=kind)
    peer.expect(SUBMIT)
    peer.socket.close()
    outbox.becomes(message, "uncertain")
    return message


def test_unanswered_messages_of_a_broken_link_are_listed_and_wait(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)

    message = unanswered(outbox, hand.bound())

    row = outbox.message(message)
    assert row["error"]
    assert row["claimed_until"] > datetime.now(UTC)
    hand.bound()
    assert outbox.state(message) == "uncertain"


@pytest.mark.parametrize("kind", ["immediate", "digest", "weekly", "urgent"])
def test_after_the_grace_news_are_sent_again(outbox: Outbox, hand: HandSmsc, start: StartGateway, kind: str) -> None:
    outbox.set(uncertain_grace_seconds="1")
    if kind == "urgent":
        outbox.connection.execute(
            "INSERT INTO guardian (school_id, surname, given_name, patronymic, version) VALUES (1, 'I', 'M', '', 1)"
        )
        outbox.connection.execute(
            "INSERT INTO consent (school_id, guardian_id, phone, kind, means, text_version, version)"
            " SELECT 1, id, '+79990000001', 'urgent', 'paper', '1', 1 FROM guardian"
        )
    start(hand.port)
    message = unanswered(outbox, hand.bound(), kind=kind)

    peer = hand.bound()
    peer.answer(peer.expect(SUBMIT), "7")

    assert outbox.becomes(message, "accepted")["attempts"] == 2


@pytest.mark.parametrize("kind", ["code", "reply"])
def test_codes_and_replies_stay_uncertain(outbox: Outbox, hand: HandSmsc, start: StartGateway, kind: str) -> None:
    outbox.set(uncertain_grace_seconds="0")
    start(hand.port)
    message = unanswered(outbox, hand.bound(), kind=kind)

    peer = hand.bound()
    other = outbox.queue("another")
    peer.answer(peer.expect(SUBMIT), "7")

    outbox.becomes(other, "accepted")
    assert outbox.state(message) == "uncertain"


def test_an_uncertain_message_whose_time_is_over_is_not_sent_again(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    outbox.set(uncertain_grace_seconds="1")
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue(expires_in=1)
    peer.expect(SUBMIT)
    peer.socket.close()

    outbox.becomes(message, "uncertain")
    outbox.becomes(message, "expired")


@pytest.mark.parametrize("text", ["Anna, maths 5", "Шк 12: Анна, математика 5"])
def test_a_late_receipt_with_the_beginning_of_the_text_settles_it(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, text: str
) -> None:
    start(hand.port)
    message = unanswered(outbox, hand.bound(), text)
    peer = hand.bound()
    words = f"id:77 sub:001 dlvrd:001 stat:DELIVRD err:000 text:{text[:15]}"

    peer.deliver(deliver_body(text=words.encode("utf-16-be"), esm_class=4, coding=8))

    assert outbox.becomes(message, "delivered")["attempts"] == 1
    assert outbox.rows("SELECT state, smsc_id FROM sms_part") == [{"state": "delivered", "smsc_id": "77"}]


@pytest.mark.parametrize(
    ("source", "text"), [(b"79990000002", "Anna, maths 5"), (b"79990000001", "Boris, PE"), (b"79990000001", "")]
)
def test_a_receipt_of_another_phone_or_text_settles_nothing(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, source: bytes, text: str
) -> None:
    start(hand.port)
    message = unanswered(outbox, hand.bound())
    peer = hand.bound()

    peer.deliver(receipt("77", source=source, text=text))
    later = outbox.queue("later")
    peer.answer(peer.expect(SUBMIT), "78")
    peer.deliver(receipt("78"))
    outbox.becomes(later, "delivered")

    assert outbox.state(message) == "uncertain"


def test_silence_of_the_smsc_ends_the_link_and_only_its_own_messages_are_uncertain(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port, Timers(answer=0.4, unbind=0.2, drain=0.2), window=2)
    peer = hand.bound()
    messages = [outbox.queue(f"text {number}", kind="reply") for number in range(5)]
    peer.expect(SUBMIT)

    assert peer.hangs_up()

    peer = hand.bound()
    answered = []
    while len(answered) < 5 - len(outbox.rows("SELECT FROM sms_message WHERE state = 'uncertain'")):
        submit = peer.expect(SUBMIT)
        answered.append(submit)
        peer.answer(submit, str(len(answered)))
    states = [outbox.becomes(message, "uncertain", "accepted")["state"] for message in messages]
    assert 1 <= states.count("uncertain") <= 2
    assert states.count("accepted") == len(answered)


def test_of_a_long_text_the_answered_part_is_known_and_the_other_settled_by_its_text(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue("a" * 153 + "Boris, maths 4 " * 3)
    first, _ = peer.expect(SUBMIT), peer.expect(SUBMIT)
    peer.answer(first, "1")
    peer.socket.close()
    outbox.becomes(message, "uncertain")

    peer = hand.bound()
    peer.deliver(receipt("1"))
    assert outbox.state(message) == "uncertain"
    peer.deliver(receipt("2", text="Boris, maths 4 Boris"))

    outbox.becomes(message, "delivered")
    parts = outbox.rows("SELECT number, smsc_id, state FROM sms_part ORDER BY number")
    assert [tuple(part.values()) for part in parts] == [(1, "1", "delivered"), (2, "2", "delivered")]


def test_several_messages_to_one_phone_are_told_apart_by_their_texts(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    anna, boris = outbox.queue("Anna, maths 5"), outbox.queue("Boris, PE 4")
    peer.expect(SUBMIT)
    peer.expect(SUBMIT)
    peer.socket.close()
    outbox.becomes(anna, "uncertain")

    hand.bound().deliver(receipt("2", text="Boris, PE 4"))

    outbox.becomes(boris, "delivered")
    eventually(lambda: outbox.rows("SELECT FROM sms_receipt WHERE matched_at IS NOT NULL"))
    assert outbox.state(anna) == "uncertain"


def test_a_receipt_that_may_be_of_either_of_two_settles_neither(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    outbox.set(uncertain_grace_seconds="600")
    start(hand.port, window=2)
    peer = hand.bound()
    five, four = outbox.queue("Anna, 5A: maths 5"), outbox.queue("Anna, 5A: maths 4")
    peer.expect(SUBMIT)
    peer.expect(SUBMIT)
    peer.socket.close()
    outbox.becomes(five, "uncertain")
    outbox.becomes(four, "uncertain")

    peer = hand.bound()
    for _ in range(2):  # the same one twice
        assert peer.deliver(receipt("7", text="Anna, 5A: maths")) == 0
    sweeps(outbox)

    assert (outbox.state(five), outbox.state(four)) == ("uncertain", "uncertain")
    assert peer.deliver(receipt("8", text="Anna, 5A: maths")) == 0
    outbox.becomes(five, "delivered")
    outbox.becomes(four, "delivered")


def test_a_late_receipt_of_a_former_attempt_settles_no_other_message(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    outbox.set(uncertain_grace_seconds="600")
    start(hand.port, window=2)
    peer = hand.bound()
    five, four = outbox.queue("Anna, 5A: maths 5"), outbox.queue("Anna, 5A: maths 4")
    peer.expect(SUBMIT)
    peer.expect(SUBMIT)
    peer.socket.close()
    outbox.becomes(four, "uncertain")
    outbox.connection.execute(
        "UPDATE sms_message SET claimed_until = now() WHERE id = %s", (five,)
    )  # its grace is over
    peer = hand.bound()
    peer.answer(peer.expect(SUBMIT), "70")
    outbox.becomes(five, "accepted")

    assert peer.deliver(receipt("7", text="Anna, 5A: maths")) == 0  # of the first attempt of either
    sweeps(outbox)

    assert outbox.state(four) == "uncertain"
    assert peer.deliver(receipt("70")) == 0
    assert outbox.state(five) == "delivered"


def test_a_receipt_that_comes_before_the_next_attempt_spares_it(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    outbox.set(uncertain_grace_seconds="600")
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue("Anna, 5A: maths 5")
    peer.expect(SUBMIT)
    peer.socket.close()
    outbox.becomes(message, "uncertain")
    outbox.connection.execute(
        "UPDATE sms_message SET state = 'queued', claimed_until = NULL, due_at = now() + interval '1 hour'"
    )

    peer = hand.bound()
    assert peer.deliver(receipt("7", text="Anna, 5A: maths")) == 0

    outbox.becomes(message, "delivered")
