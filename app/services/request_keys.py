"""Request keys: the same request sent twice is carried out once and answered twice."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import ColumnElement, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput
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
    _check_key(key)
    taken = insert(RequestKey).values(user_id=user_id, key=key, request=request)
    made = session.scalar(taken.on_conflict_do_nothing().returning(RequestKey.id), execution_options=AROUND)
    if made is not None:
        return None
    return earlier_answer(session, user_id, key, request)


def keep_answer(session: Session, user_id: int, key: str, answer: Answer) -> None:
    """Keep the answer beside its key, in the same transaction as what was saved."""
    kept = update(RequestKey).where(RequestKey.user_id == user_id, RequestKey.key == key)
    session.execute(
        kept.values(status=answer.status, answer=answer.text),
        execution_options=AROUND | {"synchronize_session": False},
    )


def keep_first(
    session: Session, user_id: int, key: str, request: str, answer: Answer, only_if: ColumnElement[bool] | None = None
) -> Answer:
    """For work that is harmless when it is begun twice: keep the answer in one statement at the end of it.

    Where an earlier request with this key was answered, the work is rolled back, and that answer comes back. Raises
    Conflict where `only_if` does not hold.
    """
    _check_key(key)
    row = {"user_id": user_id, "key": key, "request": request, "status": answer.status, "answer": answer.text}
    given = select(*(literal(value) for value in row.values())).where(true() if only_if is None else only_if)
    kept = insert(RequestKey).from_select(list(row), given).on_conflict_do_nothing().returning(RequestKey.id)
    if session.scalar(kept, execution_options=AROUND) is not None:
        return answer
    session.rollback()
    earlier = earlier_answer(session, user_id, key, request)
    if earlier is None:
        raise Conflict("conflict.changed")
    return earlier


def earlier_answer(session: Session, user_id: int, key: str, request: str) -> Answer | None:
    """The answer that was kept for this key. Raises InvalidInput where it was used for another request."""
    query = select(RequestKey.request, RequestKey.status, RequestKey.answer)
    wanted = query.where(RequestKey.user_id == user_id, RequestKey.key == key)
    first = session.execute(wanted, execution_options=AROUND).one_or_none()
    if first is not None and first.request != request:
        raise InvalidInput("Idempotency-Key", "request_key.other")
    return Answer(first.status, first.answer) if first is not None else None


def _check_key(key: str) -> None:
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise InvalidInput("Idempotency-Key", "wrong_type", allowed=f"1–{LONGEST} ASCII")
