"""A guardian acts by text: the same rules, checks and history as in the diary, with an account or without."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy.orm import Session

from app.models import Guardian
from app.session.actors import on_word_of
from app.session.engine import SchoolSession
from app.session.keys import load_guardian
from app.session.notices import note_made


@contextmanager
def as_guardian(session: Session, guardian_id: int, today: date, *writes: str) -> Iterator[SchoolSession]:
    """A session of this guardian within the transaction of the system's: kept together with it, or not at all.

    An error undoes what was done in the block, and nothing else. `writes`: tables that are written on the guardian's
    word where their own roles do not; whoever names some has asked whether the guardian may.
    """
    guardian = session.get_one(Guardian, guardian_id)
    actor = load_guardian(session, guardian, today)
    actor = on_word_of(actor, *writes) if writes else actor
    session.flush()
    kept = SchoolSession(
        session.connection(),
        info={"actor": actor},
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
    )
    with kept as own, own.begin():
        yield own
        own.flush()
        note_made(session, own.info.pop("noticed", ()))  # their workers are told after the whole commit
