"""When a text may go: digests, quiet hours, the nights when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.slots import after_quiet_hours, next_digest

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0))
CHISINAU = ZoneInfo("Europe/Chisinau")
zones = st.sampled_from([MOSCOW, BERLIN, ZoneInfo("Asia/Kamchatka"), ZoneInfo("America/New_York"), UTC])


@given(moments, clocks, st.sets(st.integers(1, 7)), zones)
def test_next_digest_is_soon_and_on_a_wanted_day(now, at, days, zone) -> None:
    slot = next_digest(now, at, days, zone)

    assert now < slot <= now + timedelta(days=8)
    if days:
        assert slot.astimezone(zone).isoweekday() in days


@given(moments, clocks, clocks, zones)
def test_quiet_hours_end_within_a_day(now, begin, end, zone) -> None:
    then = after_quiet_hours(now, begin, end, zone)

    assert now <= then <= now + timedelta(hours=26)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 3, 29), "2026-03-29T01:30:00+00:00"), (date(2026, 10, 25), "2026-10-25T00:30:00+00:00")],
    ids=["the hour that summer time skips", "the hour that comes twice"],
)
def test_digest_comes_once_on_nights_when_clocks_change(day: date, expected: str) -> None:
    midnight = datetime.combine(day, time(0), BERLIN).astimezone(UTC)

    slot = next_digest(midnight, time(2, 30), set(), BERLIN)

    assert slot.isoformat() == expected
    assert next_digest(slot, time(2, 30), set(), BERLIN) > slot + timedelta(hours=20)


@pytest.mark.parametrize("at", [time(2, 0), time(2, 30), time(3, 0), time(3, 30)])
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_every_day_has_exactly_one_digest_around_the_nights_when_clocks_change(day: date, at: time) -> None:
    slot = datetime.combine(day - timedelta(days=2), time(0), CHISINAU).astimezone(UTC)
    days = []
    for _number in range(4):
        slot = next_digest(slot, at, set(), CHISINAU)
        days.append(slot.astimezone(CHISINAU).date())

    assert days == [day + timedelta(days=number) for number in (-2, -1, 0, 1)]
