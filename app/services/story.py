"""What families are told of changes: the steps of a record's history that stood for longer than the hold-back pause.

What a mark said while its column was a draft is no part of it: for its family it begins when it is published.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, select
from sqlalchemy.orm import Session, aliased

from app.domain.settings import setting_in_force
from app.domain.story import Seen, Step, seen_changes
from app.models import Revision, RevisionValue, SchoolSetting
from app.services.history import Told
from app.services.settings import rules_of
from app.session.actors import Actor

AROUND = {"around_the_rule": True}  # the chain is seen by nobody; callers give ids of rows that the person sees
PAUSE = "hold_back_minutes"
PUBLISHED = "published_at"
TOLD_BY = {"mark": "value", "absence": "reason", "term_mark": "value"}  # record → the column that is its story


def is_family_of(actor: Actor, row: Any) -> bool:
    """Whether the person sees the row as a family does: of the own child or oneself, and by no post."""
    student_id = getattr(row, "student_id", None)
    is_own = student_id in actor.child_ids or student_id in actor.own_student_ids
    return is_own and row.school_id not in actor.whole_school_ids


def pause_of(session: Session, school_id: int) -> timedelta:
    """How long the school holds back what it tells families."""
    return rules_of(session, {school_id})[school_id].span("hold_back_minutes")


def stories(session: Session, record: str, ids: Collection[int]) -> Mapping[int, Sequence[Seen]]:
    """Id → its changes as families are told them, oldest first; only of records that have some. One statement."""
    if not ids:
        return {}
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_steps_of(record), {"ids": sorted(ids)}, execution_options=AROUND):
        rows[row.record_id].append(row)
    changed = {key: its for key, its in rows.items() if any(row.action != "added" for row in its)}
    found = {key: _story(record, its) for key, its in changed.items()}
    return {key: changes for key, changes in found.items() if changes}


@cache
def _steps_of(record: str) -> Select[*tuple[Any, ...]]:
    pause = (
        select(SchoolSetting.value)
        .where(SchoolSetting.school_id == Revision.school_id, SchoolSetting.name == PAUSE)
        .scalar_subquery()
    )
    later = aliased(Revision)
    is_changed = select(later.id).where(
        later.record == Revision.record, later.record_id == Revision.record_id, later.action != "added"
    )
    return (
        select(Revision.record_id, Revision.action, Revision.happened_at, RevisionValue.field)
        .add_columns(RevisionValue.old, RevisionValue.new, pause.label("pause"))
        .join(RevisionValue, RevisionValue.revision_id == Revision.id)
        .where(Revision.record == record, Revision.record_id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
        .where(is_changed.exists(), RevisionValue.field.in_((TOLD_BY[record], PUBLISHED)))
        .order_by(Revision.record_id, Revision.id, RevisionValue.field)  # of one revision: first when, then what
    )


def _story(record: str, rows: Sequence[Any]) -> Sequence[Seen]:
    minutes: Any = setting_in_force(PAUSE, rows[0].pause)
    pause = timedelta(minutes=int(minutes))
    steps: list[Step] = []
    is_published = record != "mark" or rows[0].action != "added"
    for row in rows:
        if row.field != PUBLISHED:
            if not steps and row.action != "added":  # it is older than its history
                steps.append(Step(row.happened_at - pause, row.old))
            steps.append(Step(row.happened_at, row.new))
        elif row.new is not None:
            is_published = True
            steps = [Step(row.happened_at, one.value) for one in steps[-1:]]
    return seen_changes(steps, pause) if is_published else ()


def as_families_hear(history: Sequence[Told], pause: timedelta) -> list[Told]:
    """A history, newest first, without what stood for less than the pause: each typo melts into its correction."""
    kept: list[Told] = []
    for told in reversed(history):
        is_new_to_them = told.action == "changed" and PUBLISHED in told.fields
        while kept and told.action != "deleted" and (is_new_to_them or told.happened_at - kept[-1].happened_at < pause):
            told = _melted(kept.pop(), told)
        kept.append(told)
    return [told for told in reversed(kept) if told.action != "changed" or told.fields or told.erased]


def _melted(before: Told, after: Told) -> Told:
    fields = dict(before.fields)
    for column, (old, new) in after.fields.items():
        fields[column] = (fields[column][0] if column in fields else old, new)
    if before.action != "added":
        fields = {column: pair for column, pair in fields.items() if pair[0] != pair[1]}
    return replace(after, action=before.action, fields=fields, erased=(*before.erased, *after.erased))
