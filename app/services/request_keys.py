"""Request keys: the same request sent twice is carried out once and answered twice."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import RequestKey

AROUND = {"around_the_rule": True}
LONGEST = 100


@dataclass(frozen=True)
class Answer:
    """What a request was answered: an HTTP status, and a body or an address."""

    status: int
    text: str


def fingerprint(*parts: str | bytes) -> str:
    """SHA-256 in hex of what makes a request that request: method, path, body."""
    digest = hashlib.sha256()
    for part in parts:
        octets = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(octets).to_bytes(8, "big") + octets)
    return digest.hexdigest()


def first_answer(session: Session, user_id: int, key: str, request: str) -> Answer | None:
    """The answer of an earlier request with this key; None for the first, whose key is taken in this transaction.

    A request with the same key that is still under way is waited for: whoever wrote the row first holds it until
    the end of the transaction. Raises InvalidInput where the key was used for another request.
    """
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise InvalidInput("Idempotency-Key", "wrong_type", allowed=f"1–{LONGEST} ASCII")
    taken = insert(RequestKey).values(user_id=user_id, key=key, request=request)
    made = session.scalar(taken.on_conflict_do_nothing().returning(RequestKey.id), execution_options=AROUND)
    if made is not None:
        return None
    query = select(RequestKey.request, RequestKey.status, RequestKey.answer)
    first = session.execute(
        query.where(RequestKey.user_id == user_id, RequestKey.key == key), execution_options=AROUND
    ).one()
    if first.request != request:
        raise InvalidInput("Idempotency-Key", "request_key.other")
    return Answer(first.status, first.answer)


def keep_answer(session: Session, user_id: int, key: str, answer: Answer) -> None:
    """Keep the answer beside its key, in the same transaction as what was saved."""
    kept = update(RequestKey).where(RequestKey.user_id == user_id, RequestKey.key == key)
    session.execute(
        kept.values(status=answer.status, answer=answer.text),
        execution_options=AROUND | {"synchronize_session": False},
    )
