"""States: what receipts and answers make of a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import sms_errors, sms_states
from app.domain.sms_errors import Verdict
from app.models import sms as models


def test_models_and_domain_know_the_same_states_and_kinds() -> None:
    assert models.STATES == sms_states.STATES
    assert models.KINDS == sms_states.KINDS


@pytest.mark.parametrize(
    ("word", "number", "state"),
    [
        ("DELIVRD", None, "delivered"),
        ("delivrd", None, "delivered"),
        ("DELIVERED", None, None),  # no word of SMPP 3.4: nothing is guessed
        ("EXPIRED", None, "expired"),
        ("UNDELIV", None, "undeliverable"),
        ("REJECTD", None, "undeliverable"),
        ("ACCEPTD", None, None),
        ("ENROUTE", None, None),
        ("", None, None),
        ("", 2, "delivered"),
        ("DELIVRD", 5, "undeliverable"),  # the parameter is meant for programs, the text for people
        ("DELIVRD", 99, "delivered"),
    ],
)
def test_receipts_say_how_it_ended(word: str, number: int | None, state: str | None) -> None:
    assert sms_states.receipt_state(word, number) == state


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        (["delivered"], "delivered"),
        (["delivered", "delivered"], "delivered"),
        (["delivered", "accepted"], None),
        (["delivered", "undeliverable"], "undeliverable"),
        (["accepted", "expired"], "expired"),
        (["expired", "rejected"], "rejected"),
        ([], None),
    ],
)
def test_a_message_is_delivered_when_all_its_parts_are(parts: list[str], state: str | None) -> None:
    assert sms_states.message_state(parts) == state


@given(st.integers(0, 2**63))
def test_an_id_in_hex_is_known_again_in_decimal_and_the_other_way_round(number: int) -> None:
    answered, reported = f"{number:08X}", str(number)

    assert sms_states.normal_id(answered) in sms_states.id_spellings(reported)
    assert sms_states.normal_id(reported) in sms_states.id_spellings(answered)


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=80))
def test_whatever_an_smsc_calls_a_message_has_spellings_that_fit_the_column(written: str) -> None:
    assert all(0 < len(spelling) <= 70 for spelling in sms_states.id_spellings(written))


@pytest.mark.parametrize(
    ("status", "attempts", "verdict"),
    [
        (0x58, 1, Verdict.THROTTLED),
        (0x08, 9, Verdict.TEMPORARY),
        (0x14, 1, Verdict.TEMPORARY),
        (0x04, 1, Verdict.LINK),
        (0x0B, 1, Verdict.PERMANENT),
        (0x61, 1, Verdict.PERMANENT),
        (0x500, 1, Verdict.TEMPORARY),
        (0x500, 3, Verdict.PERMANENT),
    ],
)
def test_errors_are_sorted_by_whether_sending_again_helps(status: int, attempts: int, verdict: Verdict) -> None:
    assert sms_errors.verdict(status, attempts) is verdict


@given(st.integers(1, 0xFFFFFFFF), st.sampled_from(["ru", "en"]))
def test_every_error_has_words_that_fit_the_outbox(status: int, language: str) -> None:
    assert 5 < len(sms_errors.status_words(status, language)) <= 200


def test_the_pause_before_the_next_attempt_grows_to_ten_minutes() -> None:
    pauses = [sms_states.back_off(attempt).total_seconds() for attempt in range(1, 8)]

    assert pauses == [30, 60, 120, 300, 600, 600, 600]
