"""The form of an SMS diary: presets, phone and how it is said; read into wishes, and shown again with what is wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from flask import request

from app.domain.errors import InvalidInput
from app.domain.phones import phone_number
from app.domain.sms_presets import (
    AT_ONCE,
    DIGEST,
    KINDS,
    NEVER,
    PRESETS,
    REMINDERS,
    USUAL,
    WHENS,
    preset_of,
    when_wished,
    wish,
)
from app.models import SmsSubscription
from app.words import _

PRESET_WORDS = {
    "needs_me": (
        _("Only what needs me"),
        _("An absence at once; remarks, announcements, debts and results of a term in the evening."),
    ),
    "evening": (
        _("Evening summary"),
        _("One text in the evening with all kinds of news; an absence at once."),
    ),
    "everything": (
        _("Everything at once"),
        _("Each mark, absence and remark as it is entered; homework in the evening."),
    ),
}
OWN_WORDS = (_("Each kind of news by itself"), _("When it is texted, and when it comes by e-mail."))
EMAIL, FOR_STUDENT = "email", "student_email"
SWITCHES = ("by_email", "for_student", "email_fallback", "low_marks_at_once")
OWN = "own"  # each kind of news by itself
ALL_KINDS = (*KINDS, *REMINDERS)
CELLS = [f"{way}_{kind}" for way in ("sms", EMAIL) for kind in ALL_KINDS]  # when it comes by which way
CHOICES = {"detail": ("full", "counts", "absences"), "script": ("cyrillic", "latin"), "language": ("ru", "en")}
#: Level of detail → what the lists say of it, where it is not everything.
DETAIL_WORDS = {"counts": _("numbers only"), "absences": _("absences only")}
CLOCKS = ("digest_at", "quiet_from", "quiet_until")
ABSENT = "-"  # what the form did not bring stays as it is
PARTS = tuple(str(number) for number in range(1, 11))
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def typed_from(subscription: SmsSubscription | None, phone: str | None, language: str) -> dict[str, str]:
    """What the form shows first."""
    if subscription is None:
        usual = {"detail": "full", "script": "cyrillic", "language": language, "digest_at": "18:00"}
        empty = dict.fromkeys(("quiet_from", "quiet_until", "consent", "urgent", "longest_parts", *SWITCHES), "")
        cells = dict.fromkeys(CELLS, NEVER) | {f"sms_{kind}": PRESETS[USUAL][kind] for kind in KINDS}
        return {"preset": USUAL, "phone": phone or "", **cells, **empty, **usual, "digest_days": "1,2,3,4,5,6"}
    clocks = {name: getattr(subscription, name) for name in CLOCKS}
    ticked = {
        "by_email": any(_of(one, EMAIL) for one in subscription.channels),
        "for_student": any(_of(one, FOR_STUDENT) for one in subscription.channels),
        "email_fallback": subscription.email_fallback,
        "low_marks_at_once": subscription.low_marks_at_once,
    }
    return {
        "preset": _preset(subscription),
        "phone": subscription.phone,
        **{name: getattr(subscription, name) for name in CHOICES},
        "consent": "",
        "urgent": "",
        **{f"sms_{kind}": getattr(subscription, kind) for kind in ALL_KINDS},
        **{f"{EMAIL}_{kind}": when_wished(subscription.channels, EMAIL, kind) for kind in ALL_KINDS},
        **{name: "yes" if is_on else "" for name, is_on in ticked.items()},
        **{name: "" if clock is None else f"{clock:%H:%M}" for name, clock in clocks.items()},
        "longest_parts": str(subscription.longest_parts or ""),
        "digest_days": ",".join(map(str, subscription.digest_days)),
    }


def typed_now() -> dict[str, str]:
    """What was sent, so that nothing of it is lost."""
    names = ("preset", "phone", *CHOICES, *CLOCKS, "consent", "urgent", *SWITCHES, *CELLS)
    typed = {name: request.form.get(name, "").strip()[:40] for name in names}
    typed["longest_parts"] = request.form.get("longest_parts", ABSENT).strip()[:40]
    days = request.form.getlist("digest_days") or [ABSENT]
    return typed | {"digest_days": ",".join(filter(None, days))[:40]}


def wishes_of(typed: Mapping[str, str], standing: SmsSubscription | None) -> dict[str, Any]:
    """The columns of the subscription, which is none or the one that stands. Raises InvalidInput by the field."""
    preset = typed["preset"]
    if preset not in PRESETS and preset != OWN:
        words = (*(str(words[0]) for words in PRESET_WORDS.values()), str(OWN_WORDS[0]))
        raise InvalidInput("preset", "choice", allowed=", ".join(words))
    for name, allowed in CHOICES.items():
        if typed[name] not in allowed:
            raise InvalidInput(name, "choice", allowed=", ".join(allowed))
    if not typed["phone"]:
        raise InvalidInput("phone", "required")
    digest_at = _clock("digest_at", typed["digest_at"])
    if digest_at is None:
        raise InvalidInput("digest_at", "required")
    return {
        **(_own_kinds(typed, standing) if preset == OWN else {**PRESETS[preset], "low_marks_at_once": False}),
        "phone": phone_number(typed["phone"]),
        **{name: typed[name] for name in CHOICES},
        "digest_at": digest_at,
        "channels": _channels(typed, standing.channels if standing is not None else ()),
        "email_fallback": bool(typed["email_fallback"]),
        **{name: _clock(name, typed[name]) for name in ("quiet_from", "quiet_until")},
        **_days(typed["digest_days"]),
        **_longest(typed["longest_parts"]),
    }


def _preset(subscription: SmsSubscription) -> str:
    """The preset that the texts and the mails are of, else each kind by itself."""
    preset = preset_of({kind: getattr(subscription, kind) for kind in KINDS})
    by_mail = {one for one in subscription.channels if _of(one, EMAIL)}
    is_whole = bool(preset) and by_mail in (set(), set(_mails_of(preset)))
    return preset if is_whole and not subscription.low_marks_at_once else OWN


def _of(one: str, channel: str) -> bool:
    return one.startswith(f"{channel}:")


def _mails_of(preset: str) -> list[str]:
    """With a preset all kinds come by mail: at once what is told at once, all else in the digest."""
    return [wish(EMAIL, kind, AT_ONCE if PRESETS[preset][kind] == AT_ONCE else DIGEST) for kind in KINDS]


def _own_kinds(typed: Mapping[str, str], standing: SmsSubscription | None) -> dict[str, Any]:
    """When each kind is texted; what the form did not bring stays."""
    for cell in CELLS:
        if typed[cell] not in (*WHENS, ""):
            raise InvalidInput("preset", "choice", allowed=", ".join(WHENS))
    stands = {kind: NEVER if standing is None else getattr(standing, kind) for kind in ALL_KINDS}
    told = {kind: typed[f"sms_{kind}"] or stands[kind] for kind in ALL_KINDS}
    return {**told, "low_marks_at_once": bool(typed["low_marks_at_once"])}


def _channels(typed: Mapping[str, str], standing: Sequence[str]) -> list[str]:
    """What comes by other ways too."""
    kept = [one for one in standing if not _of(one, EMAIL) and not _of(one, FOR_STUDENT)]
    if typed["for_student"]:
        kept += [one for one in standing if _of(one, FOR_STUDENT)] or [
            wish(FOR_STUDENT, kind, DIGEST) for kind in REMINDERS
        ]
    if typed["preset"] != OWN:
        return kept + (_mails_of(typed["preset"]) if typed["by_email"] else [])
    whens = {kind: typed[f"{EMAIL}_{kind}"] or when_wished(standing, EMAIL, kind) for kind in ALL_KINDS}
    return kept + [wish(EMAIL, kind, when) for kind, when in whens.items() if when != NEVER]


def _days(typed: str) -> dict[str, list[int]]:
    days = set(filter(None, typed.split(",")))
    if typed == ABSENT:
        return {}
    if not days <= set("1234567"):
        raise InvalidInput("digest_days", "number", lowest=1, highest=7)
    return {"digest_days": sorted(map(int, days))}


def _longest(typed: str) -> dict[str, int | None]:
    if typed == ABSENT:
        return {}
    if typed and typed not in PARTS:
        raise InvalidInput("longest_parts", "number", lowest=1, highest=10)
    return {"longest_parts": int(typed) if typed else None}


def _clock(name: str, written: str) -> time | None:
    if not written:
        return None
    found = _CLOCK.fullmatch(written)
    if found is None:
        raise InvalidInput(name, "setting.value", allowed="08:00")
    return time(int(found[1]), int(found[2]))


def summary(subscription: SmsSubscription) -> str:
    """What is chosen, in a line: “Evening summary · digest at 18:00 · no texts 22:00–07:00”."""
    preset = preset_of({kind: getattr(subscription, kind) for kind in KINDS})
    quiet = [clock for clock in (subscription.quiet_from, subscription.quiet_until) if clock is not None]
    said = [
        str(PRESET_WORDS[preset][0] if preset else _("Own choice of news")),
        str(DETAIL_WORDS.get(subscription.detail, "")),
        str(_("digest at {time}", time=f"{subscription.digest_at:%H:%M}")),
        str(_("no texts {hours}", hours="–".join(f"{clock:%H:%M}" for clock in quiet))) if quiet else "",
    ]
    return " · ".join(filter(None, said))


def is_absences_only(wishes: Mapping[str, Any]) -> bool:
    """Whether kinds of news were just chosen of which the level of detail tells nothing."""
    return wishes["detail"] == "absences" and any(
        wishes.get(kind, NEVER) != NEVER for kind in KINDS if kind != "absences"
    )
