"""Why a record was changed, and for whom: asked where its declaration wants it, kept in the change's own revision."""

import unicodedata
from dataclasses import replace

from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.session.actors import Actor
from app.session.declarations import Change, Declaration

FIELD = "change_reason"  # as forms and the API call it
WHY, FOR_WHOM, SESSION = "why", "for_whom", "session"  # as the revision keeps them, beside the columns
UNASKED = frozenset({"published_at", "proposed"})  # columns that follow from others: nobody is asked why
NOT_COLUMNS = frozenset({WHY, FOR_WHOM, SESSION})
LONGEST = 300


def give_reason(session: Session, why: str) -> None:
    """From here to the session's end, this is why it changes what it changes."""
    session.info[WHY] = " ".join(why.split())


def came_by(session: Session, browser: int) -> None:
    """What this session changes comes by that session of a browser."""
    session.info[SESSION] = browser


def explained(session: Session, actor: Actor, change: Change, declaration: Declaration) -> Change:
    """The change with its reason, and with whom it was entered for. Raises InvalidInput where a reason lacks."""
    if actor.is_system:
        return change
    told: dict[str, tuple[None, str | int]] = {}
    is_asked = change.action == "deleted" or (change.action == "changed" and not change.fields.keys() <= UNASKED)
    if declaration.reasoned is not None and is_asked:
        why = _readable(session.info.get(WHY, ""))
        if why:
            told[WHY] = (None, why)
        elif any(declaration.reasoned(session, row) for row in (change.was, change.record)):
            raise InvalidInput(FIELD, "change_reason.required")
    if declaration.reasoned is not None and session.info.get(SESSION):
        told[SESSION] = (None, session.info[SESSION])  # so that "it was not me" can end it
    if declaration.entered_for is not None:
        whom = declaration.entered_for(actor, change.record)
        if whom is not None:
            told[FOR_WHOM] = (None, whom)
    return replace(change, fields={**change.fields, **told}) if told else change


def _readable(why: str) -> str:
    if len(why) > LONGEST:
        raise InvalidInput(FIELD, "text.too_long", limit=LONGEST, given=len(why))
    for sign in why:
        if unicodedata.category(sign) in ("Cc", "Cs"):
            raise InvalidInput(FIELD, "text.control", code=f"U+{ord(sign):04X}")
    return why
