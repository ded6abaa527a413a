"""Texts from phones are answered."""

from app.services.inbound import answer_inbound
from app.session.actors import INBOX
from workers.place import work


def handle_inbound(inbound_ids: list[int]) -> None:
    """Do what these texts ask and queue the answers. Running it again does nothing."""
    with work(INBOX) as session:
        answer_inbound(session, inbound_ids)
