"""Numbers that do not answer are suspended, by the clock."""

from app.services.numbers import suspend_numbers
from app.session.actors import NUMBER_KEEPER
from workers.place import work


def mind_numbers() -> None:
    """Suspend what has failed too often in a row. Running it again does nothing."""
    with work(NUMBER_KEEPER) as session:
        suspend_numbers(session)
