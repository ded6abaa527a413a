"""The traffic light of a link."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.sms_light import Light, Saying, light_of

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
FRESH, STALE = NOW - timedelta(seconds=20), NOW - timedelta(seconds=61)
BOUND, DOWN, RESTING, PAUSED = (Saying(state, FRESH) for state in ("bound", "down", "resting", "paused"))


@pytest.mark.parametrize(
    ("sayings", "facts", "expected"),
    [
        ([BOUND], {}, (Light.GREEN, "good")),
        ([BOUND], {"is_active": False}, (Light.GREY, "off")),
        ([], {}, (Light.RED, "silent")),
        ([Saying("bound", STALE)], {}, (Light.RED, "silent")),
        ([Saying("bound", None)], {}, (Light.RED, "silent")),
        ([DOWN], {}, (Light.RED, "down")),
        ([DOWN], {"is_paused": True}, (Light.RED, "down")),
        ([DOWN, Saying("bound", STALE)], {}, (Light.RED, "down")),
        ([BOUND], {"is_paused": True}, (Light.AMBER, "paused")),
        ([PAUSED], {}, (Light.AMBER, "paused")),
        ([BOUND, RESTING], {}, (Light.AMBER, "resting")),
        ([BOUND, DOWN], {}, (Light.AMBER, "partly_down")),
        ([Saying("bound", FRESH, 10)], {"agreed_rate": 30}, (Light.AMBER, "slowed")),
        ([Saying("bound", FRESH, 30), Saying("bound", FRESH, 30)], {"agreed_rate": 30}, (Light.GREEN, "good")),
        ([Saying("bound", FRESH, 30), Saying("bound", FRESH, 15)], {"agreed_rate": 30}, (Light.AMBER, "slowed")),
        ([Saying("bound", FRESH, 30), Saying("bound", STALE, 15)], {"agreed_rate": 30}, (Light.GREEN, "good")),
        ([Saying("bound", FRESH, 10)], {}, (Light.AMBER, "slowed")),
        ([BOUND], {"agreed_rate": 30}, (Light.GREEN, "good")),
        ([BOUND], {"waiting": timedelta(minutes=6)}, (Light.AMBER, "waiting")),
        ([BOUND], {"waiting": timedelta(minutes=4)}, (Light.GREEN, "good")),
    ],
)
def test_light(sayings, facts, expected):
    assert light_of(NOW, sayings, **facts) == expected
