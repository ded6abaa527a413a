"""The history: every change of a watched record becomes a link of the school's chain."""

import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.domain.chain import START, link_hash, value_digest
from app.models.history import ChainHead, Pseudonym
from app.session.actors import Actor
from app.session.declarations import Change, Declaration
from app.session.notices import add_notices, note_made

AROUND = {"around_the_rule": True}
BY_SMS = "sms"  # the way of a pseudonym; "": by an account
LATER = "revisions_for_later"
AT_ONCE = 2_000  # links in one statement

# One statement, however many changes a flush has: row by row the values cost more than all the rest of saving. What
# families are told of the changes goes along.
APPEND = text("""
WITH link AS (
  INSERT INTO revision (school_id, number, previous, hash, record, record_id, action, happened_at, author, fields)
  SELECT :school_id, number, decode(previous, 'hex'), decode(hash, 'hex'), record, record_id, action,
    :happened_at, :author, fields
  FROM jsonb_to_recordset(:links) AS given (
    number bigint, previous text, hash text, record text, record_id bigint, action text, fields jsonb)
  ORDER BY number
  RETURNING id, number),
head AS (UPDATE chain_head SET number = :number, hash = decode(:hash, 'hex') WHERE school_id = :school_id),
kept AS (
  INSERT INTO revision_value (revision_id, field, salt, old, new)
  SELECT link.id, value ->> 'field', decode(value ->> 'salt', 'hex'), value -> 'old', value -> 'new'
  FROM jsonb_array_elements(:values) WITH ORDINALITY AS given (value, place)
  JOIN link ON link.number = (value ->> 'number')::bigint
  ORDER BY place)
INSERT INTO notice (school_id, record, record_id, action, urgent, student_id, school_class_id, subgroup_id, user_id,
  was, trace)
SELECT school_id, record, record_id, action, urgent, student_id, school_class_id, subgroup_id, user_id, was, trace
FROM jsonb_to_recordset(:notices) AS told (
  place int, school_id bigint, record text, record_id bigint, action text, urgent boolean, student_id bigint,
  school_class_id bigint, subgroup_id bigint, user_id bigint, was jsonb, trace text)
ORDER BY place
RETURNING id
""").bindparams(*(bindparam(name, type_=JSONB) for name in ("links", "values", "notices")))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a link tells of one change."""

    school_id: int
    record: str
    record_id: int
    action: str
    fields: Mapping[str, tuple[Any, Any]]


def append_revisions(
    session: Session,
    actor: Actor,
    changes: Sequence[tuple[Change, Declaration]],
    notices: Sequence[dict[str, Any]] = (),
) -> None:
    """Append a link for each change, holding each chain's head; in a session that waits, note it for `append_kept`.

    The notices of the same changes are written by the same statement, where there is one.
    """
    entries = [
        Entry(
            change.record.id if declaration.name == "school" else change.record.school_id,
            declaration.name,
            change.record.id,
            change.action,
            change.fields,
        )
        for change, declaration in changes
    ]
    if LATER not in session.info:
        _append_all(session, actor, entries, notices)
        return
    add_notices(session, notices)
    if session.info[LATER] is not None:
        session.info[LATER] += entries


def keep_for_later(session: Session) -> None:
    """Let a long transaction take the chain's head at its end alone: until then nobody waits for it.

    Whoever calls it calls `append_kept` before the commit, or rolls back; the session refuses to commit else.
    """
    session.info[LATER] = []


def only_try(session: Session) -> None:
    """Let the session write no history, and hold no chain's head: it tries, and never commits."""
    session.info[LATER] = None


def append_kept(session: Session, actor: Actor, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Append what was kept, in the order in which it was flushed."""
    entries = session.info.pop(LATER)
    for start in range(0, len(entries), AT_ONCE):
        _append_all(session, actor, entries[start : start + AT_ONCE])
        tell(min(start + AT_ONCE, len(entries)), len(entries))


def _append_all(
    session: Session, actor: Actor, entries: Sequence[Entry], notices: Sequence[dict[str, Any]] = ()
) -> None:
    """School by school in the order of their ids."""
    by_school: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_school[entry.school_id].append(entry)
    for school_id in sorted(by_school):
        told = [row for row in notices if row["school_id"] == school_id]
        _append(session, school_id, author_key(session, actor), by_school[school_id], told)


def author_key(session: Session, actor: Actor) -> str:
    """The pseudonym under which the actor stands in the chain; made at the first change."""
    if actor.pseudonym:
        return actor.pseudonym
    if "pseudonym" not in session.info:
        who: dict[str, Any] = {"user_id": actor.user_id}
        is_theirs = Pseudonym.user_id == actor.user_id
        if actor.texting_id is not None:
            who, is_theirs = {"guardian_id": actor.texting_id, "way": BY_SMS}, Pseudonym.guardian_id == actor.texting_id
        row = {"key": uuid4().hex, "name": actor.name, **who}
        session.execute(upsert(Pseudonym).values(**row).on_conflict_do_nothing(), execution_options=AROUND)
        session.info["pseudonym"] = session.scalar(select(Pseudonym.key).where(is_theirs), execution_options=AROUND)
    return str(session.info["pseudonym"])


def _append(
    session: Session, school_id: int, author: str, entries: Sequence[Entry], notices: Sequence[dict[str, Any]]
) -> None:
    number, previous = lock_head(session, school_id)
    happened_at = datetime.now(UTC)
    links: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    for entry in entries:
        number += 1
        kept = {name: (os.urandom(16), old, new) for name, (old, new) in sorted(entry.fields.items())}
        link: dict[str, Any] = {
            "number": number,
            "record": entry.record,
            "record_id": entry.record_id,
            "action": entry.action,
            "fields": {name: value_digest(*value) for name, value in kept.items()},
        }
        hashed = link_hash(previous, school_id=school_id, happened_at=happened_at, author=author, **link)
        links.append(link | {"previous": previous.hex(), "hash": hashed.hex()})
        values += (
            {"number": number, "field": name, "salt": salt.hex(), "old": old, "new": new}
            for name, (salt, old, new) in kept.items()
        )
        previous = hashed
    given = {"school_id": school_id, "happened_at": happened_at, "author": author, "links": links, "values": values}
    told = [{"place": place, **row} for place, row in enumerate(notices)]
    last = {"number": number, "hash": previous.hex(), "notices": told}
    note_made(session, session.scalars(APPEND, given | last, execution_options=AROUND).all())


def lock_head(session: Session, school_id: int) -> tuple[int, bytes]:
    """The last number and hash of the school's chain, locked until this transaction ends."""
    query = select(ChainHead.number, ChainHead.hash).where(ChainHead.school_id == school_id).with_for_update()
    head = session.execute(query, execution_options=AROUND).one_or_none()
    if head is None:
        first = upsert(ChainHead).values(school_id=school_id, number=0, hash=START).on_conflict_do_nothing()
        session.execute(first, execution_options=AROUND)
        head = session.execute(query, execution_options=AROUND).one()
    return head.number, head.hash
