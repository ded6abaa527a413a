"""The pace of a link, by a clock of the test's own."""

import pytest

from sms_gateway.pace import Pace, Pauses


def sent_in(pace: Pace, begins: float, seconds: float, parts: int = 1) -> int:
    """How many messages of so many parts may go in this time, asked every millisecond."""
    sent = 0
    for tick in range(int(seconds * 1000)):
        now = begins + tick / 1000
        if pace.may_send(now):
            pace.spend(parts, now)
            sent += 1
    return sent


def test_without_a_rate_only_the_window_counts() -> None:
    pace = Pace(0, 0.0)

    assert sent_in(pace, 0.0, 1.0) == 1000
    assert pace.wait_seconds(1.0) == 0.0


@pytest.mark.parametrize("rate", [1, 10, 50, 300])
def test_no_second_sees_more_than_the_agreed_rate_by_much(rate: int) -> None:
    pace = Pace(rate, 0.0)

    assert [sent_in(pace, second, 1.0) for second in range(1, 5)] == pytest.approx([rate] * 4, rel=0.12, abs=1)


def test_the_rate_is_one_of_parts() -> None:
    pace = Pace(30, 0.0)

    assert sent_in(pace, 1.0, 4.0, parts=3) == pytest.approx(40, abs=2)


def test_throttled_the_link_pauses_goes_on_at_half_and_recovers() -> None:
    pace = Pace(0, 0.0)
    assert sent_in(pace, 0.0, 1.0) == 1000

    assert pace.throttled(1.0)
    assert not pace.throttled(1.1), "answers to what was already on its way say nothing new"

    assert sent_in(pace, 1.0, 1.0) == 0
    assert sent_in(pace, 2.0, 1.0) == pytest.approx(500, rel=0.2)
    assert sent_in(pace, 3.0, 1.0) > 500
    sent_in(pace, 4.0, 30.0)
    assert pace.rate is None


def test_throttled_again_and_again_it_still_sends_one_a_second() -> None:
    pace = Pace(0, 0.0)
    now = 0.0
    for _ in range(20):
        pace.spend(1, now)
        pace.throttled(now)
        now += 1.001

    assert pace.rate == pytest.approx(1.0, abs=0.5)
    assert sent_in(pace, now, 5.0) >= 4


def test_pauses_grow_to_a_minute_and_begin_anew() -> None:
    pauses = Pauses()
    grown = [pauses.next() for _ in range(10)]

    assert all(0.5 * 2**turn <= pause <= 2**turn for turn, pause in enumerate(grown[:6]))
    assert all(30 <= pause <= 60 for pause in grown[6:])
    pauses.reset()
    assert pauses.next() <= 1.0
