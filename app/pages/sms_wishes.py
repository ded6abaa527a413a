"""The form of an SMS diary: presets, phone and how it is said; read into wishes, and shown again with what is wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from flask import request

from app.domain.errors import InvalidInput
from app.domain.phones import phone_number
from app.domain.sms_presets import KINDS, PRESETS, REMINDERS, USUAL, preset_of
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
#: Switch of the form → the channel, and the kinds of news that come by it when it is switched on.
SWITCHES = {"by_email": ("email", KINDS), "for_student": ("student_email", REMINDERS)}
AS_IT_IS = "own"  # wishes that are none of the presets stay
CHOICES = {"detail": ("full", "counts", "absences"), "script": ("cyrillic", "latin"), "language": ("ru", "en")}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def typed_from(subscription: SmsSubscription | None, phone: str | None, language: str) -> dict[str, str]:
    """What the form shows first."""
    if subscription is None:
        usual = {"detail": "full", "script": "cyrillic", "language": language, "digest_at": "18:00"}
        empty = dict.fromkeys(("quiet_from", "quiet_until", "consent", "email_fallback", *SWITCHES), "")
        return {"preset": USUAL, "phone": phone or "", **empty, **usual}
    clocks = {name: getattr(subscription, name) for name in ("digest_at", "quiet_from", "quiet_until")}
    return {
        "preset": preset_of({kind: getattr(subscription, kind) for kind in KINDS}) or AS_IT_IS,
        "phone": subscription.phone,
        "detail": subscription.detail,
        "script": subscription.script,
        "language": subscription.language,
        "consent": "",
        **{name: "yes" if _chosen(subscription.channels, name) else "" for name in SWITCHES},
        "email_fallback": "yes" if subscription.email_fallback else "",
        **{name: "" if clock is None else f"{clock:%H:%M}" for name, clock in clocks.items()},
    }


def typed_now() -> dict[str, str]:
    """What was sent, so that nothing of it is lost."""
    names = (
        "preset", "phone", "detail", "script", "language", "digest_at", "quiet_from", "quiet_until", "consent",
        "email_fallback", *SWITCHES,
    )  # fmt: skip
    return {name: request.form.get(name, "").strip()[:40] for name in names}


def _chosen(channels: Sequence[str], switch: str) -> list[str]:
    return [wish for wish in channels if wish.startswith(f"{SWITCHES[switch][0]}:")]


def channels_of(typed: Mapping[str, str], standing: Sequence[str]) -> list[str]:
    """What comes by other ways too: a switch that stays on keeps what is chosen in the full form."""
    kept = [wish for wish in standing if not any(_chosen([wish], switch) for switch in SWITCHES)]
    for switch, (channel, kinds) in SWITCHES.items():
        if typed[switch]:
            kept += _chosen(standing, switch) or [f"{channel}:{kind}" for kind in kinds]
    return kept


def wishes_of(typed: Mapping[str, str], standing: SmsSubscription | None) -> dict[str, Any]:
    """The columns of the subscription, which is none or the one that stands. Raises InvalidInput by the field."""
    preset = typed["preset"]
    if preset not in PRESETS and preset != AS_IT_IS:
        raise InvalidInput("preset", "choice", allowed=", ".join(str(words[0]) for words in PRESET_WORDS.values()))
    for name, allowed in CHOICES.items():
        if typed[name] not in allowed:
            raise InvalidInput(name, "choice", allowed=", ".join(allowed))
    if not typed["phone"]:
        raise InvalidInput("phone", "required")
    digest_at = _clock("digest_at", typed["digest_at"])
    if digest_at is None:
        raise InvalidInput("digest_at", "required")
    return {
        **PRESETS.get(preset, {}),
        "phone": phone_number(typed["phone"]),
        **{name: typed[name] for name in CHOICES},
        "digest_at": digest_at,
        "channels": channels_of(typed, standing.channels if standing is not None else ()),
        "email_fallback": bool(typed["email_fallback"]),
        **{name: _clock(name, typed[name]) for name in ("quiet_from", "quiet_until")},
    }


def _clock(name: str, written: str) -> time | None:
    if not written:
        return None
    found = _CLOCK.fullmatch(written)
    if found is None:
        raise InvalidInput(name, "setting.value", allowed="08:00")
    return time(int(found[1]), int(found[2]))
