"""What is due is composed into the outbox, a batch a transaction."""

from app.services.compose import compose_due
from app.session.actors import COMPOSER
from workers.place import work

BATCH = 4000  # deliveries locked in one transaction


def compose_immediate() -> None:
    """Compose urgent news and what families want at once. Running it again does nothing."""
    _compose("urgent", "immediate")


def compose_digests() -> None:
    """Compose every digest whose time has come. Running it again does nothing."""
    _compose("digest")


def _compose(*kinds: str) -> None:
    while True:
        with work(COMPOSER) as session:
            composed = compose_due(session, kinds, BATCH)
        if composed < BATCH:
            return
