"""Three ways to subscribe to the SMS diary, and which wishes contradict each other."""

from collections.abc import Collection, Mapping
from datetime import time
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.sms_detail import ABSENCES

KINDS = ("marks", "absences", "remarks", "homework", "announcements", "debts", "term_marks", "timetable")
REMINDERS = ("reminders",)  # chosen by themselves: no preset has them
AT_ONCE, DIGEST, NEVER = "at_once", "digest", "never"
WHENS = (AT_ONCE, DIGEST, NEVER)

#: Record → the kind of news that it is: what a family's preference is about.
PREFERENCES = {
    "mark": "marks",
    "absence": "absences",
    "remark": "remarks",
    "behaviour_mark": "remarks",
    "debt": "debts",
    "term_mark": "term_marks",
    "lesson": "timetable",
    "homework": "homework",
    "announcement": "announcements",
    "reminder": "reminders",
    "absence_notice": "absences",  # the answer to it
}

#: Preset → when each kind of news is told. The first one is offered.
PRESETS: dict[str, dict[str, str]] = {
    "needs_me": dict(zip(KINDS, (NEVER, AT_ONCE, DIGEST, NEVER, DIGEST, DIGEST, DIGEST, NEVER), strict=True)),
    "evening": dict(zip(KINDS, (DIGEST, AT_ONCE, DIGEST, DIGEST, DIGEST, DIGEST, DIGEST, DIGEST), strict=True)),
    "everything": dict(
        zip(KINDS, (AT_ONCE, AT_ONCE, AT_ONCE, DIGEST, AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE), strict=True)
    ),
}
USUAL = "needs_me"


def wish(channel: str, kind: str, when: str) -> str:
    """How a subscription says that a kind of news comes by a channel besides the texts, in the digest or at once.

    >>> wish("email", "marks", DIGEST), wish("email", "marks", AT_ONCE)
    ('email:marks', 'email:marks:at_once')
    """
    return f"{channel}:{kind}" + (f":{AT_ONCE}" if when == AT_ONCE else "")


def when_wished(channels: Collection[str], channel: str, kind: str) -> str:
    """When this kind comes by this channel; never unless it was chosen."""
    return next((when for when in (AT_ONCE, DIGEST) if wish(channel, kind, when) in channels), NEVER)


def preset_of(wishes: Mapping[str, Any]) -> str:
    """The preset that these wishes are; "" where they are none.

    >>> preset_of(PRESETS["evening"]), preset_of({**PRESETS["evening"], "marks": "never"})
    ('evening', '')
    """
    return next((name for name, kinds in PRESETS.items() if all(wishes[kind] == kinds[kind] for kind in KINDS)), "")


def check_wishes(wishes: Mapping[str, Any]) -> None:
    """Raise InvalidInput, by the field, where what is wished contradicts itself."""
    if all(wishes[kind] == NEVER for kind in (*KINDS, *REMINDERS)) and not wishes["channels"]:
        raise InvalidInput("absences", "sms_wishes.nothing")
    chosen = [tuple(one.split(":")[:2]) for one in wishes["channels"]]
    if len(set(chosen)) < len(chosen):
        raise InvalidInput("channels", "sms_wishes.twice")
    by_other_ways = any(kind == "absences" for _channel, kind in chosen)
    if wishes["detail"] == ABSENCES and wishes["absences"] == NEVER and not by_other_ways:
        raise InvalidInput("absences", "sms_wishes.absences_only")
    begin, end = wishes["quiet_from"], wishes["quiet_until"]
    if begin is None and end is not None:
        raise InvalidInput("quiet_from", "sms_wishes.both_hours")
    if begin is not None and end is None:
        raise InvalidInput("quiet_until", "sms_wishes.both_hours")
    if begin is not None and begin == end:
        raise InvalidInput("quiet_until", "sms_wishes.same_hours")
    whens = {wishes[kind] for kind in (*KINDS, *REMINDERS)}
    has_digest = DIGEST in whens or any(not one.endswith(f":{AT_ONCE}") for one in wishes["channels"])
    if has_digest and not wishes["digest_days"]:
        raise InvalidInput("digest_days", "sms_wishes.no_day")
    if has_digest and is_within(wishes["digest_at"], begin, end):
        raise InvalidInput("digest_at", "sms_wishes.digest_at_night", first=f"{begin:%H:%M}", last=f"{end:%H:%M}")


def is_within(clock: time, begin: time | None, end: time | None) -> bool:
    """Whether the hours, which may go over midnight, hold at that time.

    >>> is_within(time(22), time(21), time(7)), is_within(time(7), time(21), time(7)), is_within(time(7), None, None)
    (True, False, False)
    """
    if begin is None or end is None:
        return False
    return begin <= clock < end if begin < end else clock >= begin or clock < end
