"""The history: every change of a watched record becomes a link of the school's chain."""

import os
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.domain.chain import START, link_hash, value_digest
from app.models.history import ChainHead, Pseudonym, Revision, RevisionValue
from app.session.actors import Actor
from app.session.declarations import Change, Declaration

AROUND = {"around_the_rule": True}


def append_revisions(session: Session, actor: Actor, changes: Sequence[tuple[Change, Declaration]]) -> None:
    """Append a link for each change, school by school in the order of their ids, holding each chain's head."""
    by_school: dict[int, list[tuple[Change, Declaration]]] = defaultdict(list)
    for change, declaration in changes:
        by_school[change.record.id if declaration.name == "school" else change.record.school_id].append(
            (change, declaration)
        )
    for school_id in sorted(by_school):
        _append(session, school_id, author_key(session, actor), by_school[school_id])


def author_key(session: Session, actor: Actor) -> str:
    """The pseudonym under which the actor stands in the chain; made at the first change."""
    if actor.pseudonym:
        return actor.pseudonym
    if "pseudonym" not in session.info:
        row = {"key": uuid4().hex, "user_id": actor.user_id, "name": actor.name}
        session.execute(upsert(Pseudonym).values(**row).on_conflict_do_nothing(), execution_options=AROUND)
        session.info["pseudonym"] = session.scalar(
            select(Pseudonym.key).where(Pseudonym.user_id == actor.user_id), execution_options=AROUND
        )
    return str(session.info["pseudonym"])


def _append(session: Session, school_id: int, author: str, changes: list[tuple[Change, Declaration]]) -> None:
    number, previous = _lock_head(session, school_id)
    happened_at = datetime.now(UTC)
    links: list[dict[str, Any]] = []
    values: list[list[dict[str, Any]]] = []
    for change, declaration in changes:
        number += 1
        kept = [
            {"field": name, "salt": os.urandom(16), "old": old, "new": new}
            for name, (old, new) in sorted(change.fields.items())
        ]
        entry: dict[str, Any] = {
            "school_id": school_id,
            "number": number,
            "record": declaration.name,
            "record_id": change.record.id,
            "action": change.action,
            "happened_at": happened_at,
            "author": author,
            "fields": {value["field"]: value_digest(value["salt"], value["old"], value["new"]) for value in kept},
        }
        links.append(entry | {"previous": previous, "hash": link_hash(previous, **entry)})
        previous = links[-1]["hash"]
        values.append(kept)
    ids = session.scalars(
        insert(Revision).returning(Revision.id, sort_by_parameter_order=True), links, execution_options=AROUND
    ).all()
    rows = [value | {"revision_id": key} for key, kept in zip(ids, values, strict=True) for value in kept]
    if rows:
        session.execute(insert(RevisionValue), rows, execution_options=AROUND)
    session.execute(
        update(ChainHead).where(ChainHead.school_id == school_id).values(number=number, hash=previous),
        execution_options=AROUND | {"synchronize_session": False},
    )


def _lock_head(session: Session, school_id: int) -> tuple[int, bytes]:
    """The last number and hash of the school's chain, locked until this transaction ends."""
    query = select(ChainHead.number, ChainHead.hash).where(ChainHead.school_id == school_id).with_for_update()
    head = session.execute(query, execution_options=AROUND).one_or_none()
    if head is None:
        first = upsert(ChainHead).values(school_id=school_id, number=0, hash=START).on_conflict_do_nothing()
        session.execute(first, execution_options=AROUND)
        head = session.execute(query, execution_options=AROUND).one()
    return head.number, head.hash
