"""Mails: written for texts that did not arrive, and sent."""

import structlog

from app.services.mail import due_mails, fall_back, send_one, sender_of
from app.services.mail_transport import transport
from app.session.actors import MAILER
from workers.place import settings, work

log = structlog.get_logger()


def send_mails() -> None:
    """Write the mails that are wanted and send those that are due, each in its own transaction.

    Running it again does nothing. A server that is away is asked again by the clock.
    """
    with work(MAILER) as session:
        fall_back(session)
    with work(MAILER) as session:
        waiting = due_mails(session)
    if not waiting:
        return
    sender = sender_of(settings())
    try:
        with transport(settings()) as post:
            for mail in waiting:
                with work(MAILER) as session:
                    send_one(session, mail, post, sender)
    except OSError as away:
        log.warning("mail.server_away", error=str(away) or type(away).__name__)
