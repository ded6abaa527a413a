"""The diary by the clock: accepted absences go into lessons that were set down later, families are reminded once."""

from datetime import UTC, datetime

from app.services.absences import fill_again
from app.services.reminders import remind
from app.services.settings import schools_of
from app.session.actors import ABSENCE_KEEPER, REMINDER
from workers.place import work


def mind_diaries() -> None:
    """School by school. Running it again does nothing."""
    now = datetime.now(UTC)
    with work(REMINDER) as session:
        schools = schools_of(session, now)
    for school_id, today in schools.items():
        with work(ABSENCE_KEEPER) as session:
            fill_again(session, school_id, today)
        with work(REMINDER) as session:
            remind(session, school_id, now)
