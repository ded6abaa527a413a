"""Texts from phones are answered."""

from collections.abc import Sequence

from app.services.inbound import answer_inbound, give_up
from app.session.actors import INBOX
from workers.patience import in_parts
from workers.place import work


def handle_inbound(inbound_ids: list[int]) -> None:
    """Do what these texts ask and queue the answers. Running it again does nothing."""

    def answer(some: Sequence[int]) -> None:
        with work(INBOX) as session:
            answer_inbound(session, some)

    for inbound_id, _problem in in_parts(answer, inbound_ids, "inbound.cannot_be_answered"):
        with work(INBOX) as session:
            give_up(session, inbound_id)
