"""Debts by the clock: reminded of before their last day, expired after it or with the term."""

from app.services.debts import BATCH, expire, remind, schools_with_debts
from app.session.actors import DEBT_KEEPER
from workers.place import work


def mind_debts() -> None:
    """Remind and let expire, school by school and batch by batch. Running it again does nothing."""
    with work(DEBT_KEEPER) as session:
        schools = schools_with_debts(session)
    for school_id in schools:
        for step in (expire, remind):
            done = BATCH
            while done == BATCH:
                with work(DEBT_KEEPER) as session:
                    done = step(session, school_id)
