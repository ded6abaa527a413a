"""The nightly check of the chains: each school's once a night, kept, mailed, and reported where it is broken."""

from datetime import UTC, datetime

from app.services.chain_checks import due_schools, note_check
from app.services.ledger import verify
from app.session.actors import AUDITOR
from workers.place import settings, work


def verify_chains() -> None:
    """Check what is due, all schools in one walk. Running it again before the next night does nothing."""
    with work(AUDITOR) as session:
        schools = due_schools(session, datetime.now(UTC))
    if not schools:
        return
    verified = verify(settings())
    for school_id in schools:
        with work(AUDITOR) as session:
            if school_id in due_schools(session, datetime.now(UTC)):  # another worker may have been at it
                note_check(session, school_id, verified, settings().locale)
