"""Kinds of sessions: how long each lasts, whether its cookie outlives the browser, and whether it locks."""

from dataclasses import dataclass
from datetime import timedelta

from app.domain.settings import setting_in_force
from app.web.accounts import Account
from app.words import Word, _


@dataclass(frozen=True)
class Kind:
    """A kind of session: it ends `idle_life` after its last use, and `whole_life` after it began."""

    name: str
    words: Word
    idle_life: timedelta
    whole_life: timedelta
    is_kept: bool = False  # the cookie outlives the browser


STAFF = Kind("staff", _("locks when nobody uses it"), timedelta(hours=12), timedelta(days=30))
FAMILY = Kind("family", _("own device, stays signed in"), timedelta(days=30), timedelta(days=90), is_kept=True)
SHARED = Kind("shared", _("shared computer"), timedelta(hours=1), timedelta(hours=12))
KINDS = {kind.name: kind for kind in (STAFF, FAMILY, SHARED)}


def kind_for(account: Account, is_shared: bool) -> Kind:
    """What a session of this account becomes, by what the person says of the computer."""
    if is_shared:
        return SHARED
    return FAMILY if account.is_family else STAFF


def idle_limit(kind: Kind, account: Account) -> timedelta | None:
    """After how long without use the session locks; None: never. A shared computer always does."""
    if kind is FAMILY:
        return None
    if kind is SHARED and account.rules.idle is None:
        return timedelta(minutes=int(setting_in_force("idle_lock_minutes", None)))  # type: ignore[arg-type]
    return account.rules.idle
