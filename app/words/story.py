"""A change as a family reads it."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from app.domain.story import Seen
from app.words import _


def told(change: Seen, words: Mapping[Any, Any], zone: tzinfo) -> str:
    """ "Changed from 2 to 4 on 12.10.2026"; `words` are those of choices, where values are such."""
    day = f"{change.at.astimezone(zone):%d.%m.%Y}"
    old = str(words.get(change.old, change.old))
    if change.new is None:
        return str(_("{old} was taken away on {day}", old=old, day=day))
    return str(_("changed from {old} to {new} on {day}", old=old, new=str(words.get(change.new, change.new)), day=day))
