"""Mails: written for texts that did not arrive, and all that wait sent."""

import structlog

from app.services.mail import due_mails, fall_back, give_up, send_one
from app.services.mail_transport import Transport, transport
from app.services.news_by_mail import mail_announcements
from app.session.actors import MAILER
from workers.patience import is_of_the_moment
from workers.place import settings, work

log = structlog.get_logger()


def _send(mail: int, post: Transport) -> None:
    """One bad mail stops no other: whatever it does, it is marked as failed."""
    try:
        with work(MAILER) as session:
            send_one(session, mail, post, settings())
    except Exception as problem:
        if is_of_the_moment(problem):
            raise
        log.exception("mail.fails", mail=mail)
        with work(MAILER) as session:
            give_up(session, mail, type(problem).__name__)


def send_mails() -> None:
    """Write the mails that are wanted and send those that are due, each in its own transaction.

    Running it again does nothing. A server that is away is asked again by the clock.
    """
    with work(MAILER) as session:
        mail_announcements(session)
        fall_back(session)
    with work(MAILER) as session:
        waiting = due_mails(session)
    if not waiting:
        return
    try:
        with transport(settings()) as post:
            for mail in waiting:
                _send(mail, post)
    except OSError as away:
        log.warning("mail.server_away", error=str(away) or type(away).__name__)
