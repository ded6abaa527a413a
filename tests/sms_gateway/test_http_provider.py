"""An operator without SMPP: its HTTP interface stands behind the same outbox, with the same promises."""

from collections.abc import Iterator

import pytest

from sms_gateway import inbox
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.provider import TOKEN, Provider, start_provider
from tests.sms_gateway.several import add_link, are_bound
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually

PHONE = "+79990000001"


@pytest.fixture
def provider() -> Iterator[Provider]:
    thread, playing = start_provider()
    yield playing
    thread.stop()


@pytest.fixture
def link(outbox: Outbox, provider: Provider, start: StartGateway) -> int:
    """The school's link to the provider, in use; nobody listens at the link of the settings."""
    number = add_link(outbox, provider.port, kind="http", path="/sms/v1/", system_id="", password=TOKEN)
    start(1)
    are_bound(outbox, 1)
    return number


def test_a_text_goes_whole_and_its_receipt_settles_it(outbox: Outbox, provider: Provider, link: int) -> None:
    text = "Ане 5 по математике. " * 10
    message = outbox.queue(text)
    row = outbox.becomes(message, "accepted")
    (asked,) = provider.messages
    left = asked.pop("valid_seconds")

    provider.tell(type="receipt", id="P-1", to=PHONE, state="DELIVRD")

    assert outbox.becomes(message, "delivered")["link_id"] == link
    assert asked == {"id": f"{message}-1", "to": PHONE, "from": "SECOND", "text": text}
    assert 3500 < left <= 3600
    assert (row["parts"], row["attempts"]) == (1, 1)
    eventually(lambda: provider.acknowledged == [1])


def test_a_receipt_of_another_phone_or_of_nothing_settles_nothing(
    outbox: Outbox, provider: Provider, link: int
) -> None:
    message = outbox.queue()
    outbox.becomes(message, "accepted")

    provider.tell(type="receipt", id="P-1", to="+79990000002", state="DELIVRD")
    provider.tell(type="receipt", id="P-77", to=PHONE, state="DELIVRD")
    provider.tell(type="weather", id="P-1", to=PHONE, state="DELIVRD")
    provider.tell(type="receipt", id="P-1", to=PHONE, state="ENROUTE")

    eventually(lambda: len(provider.acknowledged) == 4)
    assert outbox.state(message) == "accepted"


def test_what_a_family_writes_is_stored_once(outbox: Outbox, provider: Provider, link: int) -> None:
    provider.tell(type="inbound", **{"from": PHONE, "to": "1234", "text": "СТОП 🙂"})

    (row,) = eventually(lambda: outbox.rows("SELECT phone, body, link_id FROM sms_inbound"))
    eventually(lambda: provider.acknowledged == [1])

    assert row == {"phone": PHONE, "body": "СТОП 🙂", "link_id": link}


@pytest.mark.parametrize(
    ("status", "body", "state", "code"),
    [
        (422, {"code": 1030, "message": "blocked"}, "queued", 1030),  # unknown to us: tried again, thrice
        (400, {"message": "no such number"}, "rejected", 0x66),
        (422, {"code": 11}, "rejected", 11),
        (500, b"<html>", "queued", 0x08),
        (503, {}, "queued", 0x08),
        (429, {}, "queued", 0x58),
    ],
    ids=["own code", "no code", "standard code", "500", "503", "too fast"],
)
def test_a_refusal_means_what_its_status_says(
    outbox: Outbox, provider: Provider, link: int, status: int, body: object, state: str, code: int
) -> None:
    provider.answers = lambda message: (status, body)
    message = outbox.queue()

    row = eventually(
        lambda: outbox.rows(
            "SELECT state, error_code FROM sms_message WHERE error_code IS NOT NULL AND id = %s", message
        )
    )

    assert row == [{"state": state, "error_code": code}]


def test_a_broken_answer_is_uncertain_and_what_was_not_written_is_not(
    outbox: Outbox, provider: Provider, link: int
) -> None:
    provider.answers = lambda message: (0, {})
    code = outbox.queue(kind="code")

    row = outbox.becomes(code, "uncertain")

    assert row["attempts"] == 1
    assert len(provider.messages) == 1
    provider.answers = lambda message: (202, {"id": "later"})
    outbox.becomes(outbox.queue("next"), "accepted")
    assert outbox.state(code) == "uncertain", "a code is not sent again by itself"


@pytest.mark.parametrize(
    "answer",
    [b"no json", b"[]", b'{"events": {}}', b'{"events": [{"sequence": "1"}]}', b"[" * 100_000, b"x" * 2_000_000],
    ids=["no json", "a list", "no list", "no number", "deep", "2 MB"],
)
def test_events_that_cannot_be_read_cost_the_link_and_nothing_else(
    outbox: Outbox, provider: Provider, link: int, answer: bytes
) -> None:
    message = outbox.queue()
    outbox.becomes(message, "accepted")
    provider.events_answer = answer
    provider.tell(type="receipt", id="P-1", to=PHONE, state="DELIVRD")  # the question that is held is answered
    eventually(lambda: outbox.rows("SELECT FROM sms_link WHERE kind = 'http' AND state = 'down' AND state_words <> ''"))

    provider.events_answer = None

    provider.tell(type="receipt", id="P-1", to=PHONE, state="DELIVRD")
    outbox.becomes(message, "delivered")


def test_a_wrong_token_is_told_and_a_better_link_takes_over(
    outbox: Outbox, provider: Provider, simulator: RunningSimulator, start: StartGateway
) -> None:
    add_link(outbox, provider.port, kind="http", path="sms/v1", system_id="", password="another", priority=1)
    start(simulator.smpp_port)
    outbox.connection.execute("UPDATE sms_link SET priority = 2 WHERE from_settings")

    (row,) = eventually(
        lambda: outbox.rows("SELECT state, state_words FROM sms_link WHERE kind = 'http' AND state_words <> ''")
    )
    outbox.becomes(outbox.queue("by SMPP"), "delivered")

    assert row == {"state": "down", "state_words": "оператор отказал в подключении (0x0D)"}
    assert provider.messages == []


def test_what_no_database_keeps_is_cleaned_away_wherever_it_stands(
    outbox: Outbox, provider: Provider, link: int
) -> None:
    provider.answers = lambda message: (202, b'{"id": "p\\u0000-\\ud8001"}')
    message = outbox.queue()
    outbox.becomes(message, "accepted")
    for words in ({"id": "\ud800"}, {"to": "\ud800"}, {"text": "a\0\ud800"}):
        provider.tell(**{"type": "receipt", "id": "x", "to": PHONE, "state": "DELIVRD", **words})
    for words in ({"from": "\ud800"}, {"to": "\0\ud800"}, {"text": "СТОП\0\ud800"}):
        provider.tell(**{"type": "inbound", "from": PHONE, "to": "1234", "text": "СТОП", **words})

    eventually(lambda: sorted(provider.acknowledged) == [1, 2, 3, 4, 5, 6])

    assert [row["body"] for row in outbox.rows("SELECT body FROM sms_inbound ORDER BY id")] == ["СТОП", "СТОП", "СТОП?"]
    provider.tell(type="receipt", id="p-?1", to=PHONE, state="DELIVRD")
    outbox.becomes(message, "delivered")


def test_an_event_that_comes_again_much_later_is_no_new_text(
    outbox: Outbox, provider: Provider, link: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "HEARD_SECONDS", 0.0)
    text = {"type": "inbound", "from": PHONE, "to": "1234", "text": "СТОП"}
    provider.tell(**text)
    eventually(lambda: provider.acknowledged == [1])

    provider.events.append({"sequence": 1, **text})  # it has forgotten our acknowledgement
    eventually(lambda: provider.acknowledged == [1, 1])
    provider.events.append({"sequence": 9, **text})  # whereas this one was written anew
    eventually(lambda: len(outbox.rows("SELECT FROM sms_inbound")) == 2)


def test_an_acknowledgement_that_is_refused_costs_the_link_and_the_event_comes_again(
    outbox: Outbox, provider: Provider, link: int
) -> None:
    provider.refuses_acknowledgements = True
    provider.tell(type="inbound", **{"from": PHONE, "to": "1234", "text": "СТОП"})
    eventually(
        lambda: outbox.rows("SELECT FROM sms_link WHERE kind = 'http' AND state_words LIKE '%%acknowledgement%%'")
    )

    provider.refuses_acknowledgements = False

    eventually(lambda: 1 in provider.acknowledged)
    assert len(outbox.rows("SELECT FROM sms_inbound")) == 1


def test_requests_that_found_nobody_are_not_uncertain(outbox: Outbox, provider: Provider, start: StartGateway) -> None:
    add_link(outbox, provider.port, kind="http", path="/sms/v1/", system_id="", password=TOKEN)
    start(1)
    are_bound(outbox, 1)
    provider.answers = lambda message: (0, {})  # hangs up on the first, and is gone for the others
    provider.events_answer = b"gone"
    codes = [outbox.queue(kind="code") for _ in range(8)]

    eventually(lambda: all(outbox.state(code) in ("queued", "uncertain") for code in codes))

    asked = {message["id"].partition("-")[0] for message in provider.messages}
    assert {str(code) for code in codes if outbox.state(code) == "uncertain"} <= asked


def test_a_provider_without_events_may_say_so_by_204(outbox: Outbox, provider: Provider, start: StartGateway) -> None:
    provider.has_no_content = True
    add_link(outbox, provider.port, kind="http", path="/sms/v1/", system_id="", password=TOKEN)
    start(1)

    are_bound(outbox, 1)
    outbox.becomes(outbox.queue(), "accepted")


def test_three_numbers_that_a_provider_forbids_do_not_keep_the_link_down(
    outbox: Outbox, provider: Provider, link: int
) -> None:
    outbox.becomes(outbox.queue("first"), "accepted")
    provider.answers = lambda message: (403, {}) if message["text"] == "forbidden" else (202, {"id": message["id"]})
    forbidden = outbox.queue("forbidden")

    for attempts in (1, 2, 3):
        outbox.connection.execute("UPDATE sms_message SET due_at = now() WHERE state = 'queued'")
        tried = "SELECT FROM sms_message WHERE id = %s AND attempts = %s AND state IN ('queued', 'rejected')"
        eventually(lambda statement=tried, count=attempts: outbox.rows(statement, forbidden, count))
        outbox.becomes(outbox.queue("sound"), "accepted")
    assert outbox.state(forbidden) == "rejected"
