"""The store of files, kept tidy: what no row tells of is taken away after a day."""

import structlog
from sqlalchemy import select

from app.models import Attachment
from app.services.file_store import old_names, take_away
from app.session.actors import TIDIER
from workers.place import settings, work

log = structlog.get_logger()


def tidy_store() -> None:
    """Take away orphans, folder by folder. Running it again does nothing."""
    folder = settings().files_folder
    for names in old_names(folder):
        with work(TIDIER) as session:
            known = set(session.scalars(select(Attachment.stored).where(Attachment.stored.in_(names))))
        orphans = sorted(set(names) - known)
        if orphans:
            take_away(folder, orphans)
            log.info("files.tidied", count=len(orphans))
