"""What changed in a teacher's journals: every change of a mark, absence or term mark in their lessons, or by them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import RevisionValue
from app.session.actors import Actor
from app.session.reasons import FOR_WHOM, SESSION, WHY

AROUND = {"around_the_rule": True}  # the chain is seen by nobody; the statement asks for the teacher's own lessons
MOST = 300

CHANGES = text("""
WITH day AS (
  SELECT r.id, r.school_id, r.number, r.record, r.record_id, r.action, r.happened_at, r.author FROM revision r
  WHERE r.school_id = ANY(CAST(:schools AS bigint[])) AND r.happened_at >= :since
    AND r.author <> 'system:seeds' AND r.record IN ('mark', 'absence', 'term_mark')
    AND (CAST(:number AS bigint) IS NULL OR r.number = :number)),
 taught AS (
  SELECT * FROM jsonb_to_recordset(CAST(:taught AS jsonb)) AS given (class bigint, subject bigint, part bigint)),
 known AS (
  SELECT day.*, p.name AS author_name, p.user_id,
    coalesce(m.lesson_id, a.lesson_id, told.lesson) AS lesson_id,
    coalesce(m.student_id, a.student_id, t.student_id, told.student) AS student_id,
    coalesce(t.subject_id, told.subject) AS subject_id, coalesce(t.term_id, told.term) AS term_id
  FROM day
  LEFT JOIN pseudonym p ON p.key = day.author
  LEFT JOIN mark m ON day.record = 'mark' AND m.id = day.record_id
  LEFT JOIN absence a ON day.record = 'absence' AND a.id = day.record_id
  LEFT JOIN term_mark t ON day.record = 'term_mark' AND t.id = day.record_id
  LEFT JOIN LATERAL (
    SELECT max(v.key) FILTER (WHERE v.field = 'lesson_id') AS lesson,
      max(v.key) FILTER (WHERE v.field = 'student_id') AS student,
      max(v.key) FILTER (WHERE v.field = 'subject_id') AS subject,
      max(v.key) FILTER (WHERE v.field = 'term_id') AS term
    FROM (SELECT value.field, coalesce(nullif(value.new, 'null'), value.old)::text::bigint AS key
      FROM revision other JOIN revision_value value ON value.revision_id = other.id
      WHERE other.record = day.record AND other.record_id = day.record_id
        AND value.field IN ('lesson_id', 'student_id', 'subject_id', 'term_id')) AS v
  ) AS told ON m.id IS NULL AND a.id IS NULL AND t.id IS NULL)
SELECT known.id, known.school_id, known.number, known.record, known.record_id, known.action, known.happened_at,
  known.author, known.author_name, known.user_id, l.date, l.period, c.name AS school_class, term.name AS term,
  s.name AS subject, concat_ws(' ', st.surname, st.given_name) AS student
FROM known
LEFT JOIN lesson l ON l.id = known.lesson_id
LEFT JOIN school_class c ON c.id = l.school_class_id
LEFT JOIN subject s ON s.id = coalesce(l.subject_id, known.subject_id)
LEFT JOIN term ON term.id = known.term_id
LEFT JOIN student st ON st.id = known.student_id
WHERE known.user_id = :user OR l.teacher_id = ANY(CAST(:staff AS bigint[]))
  OR EXISTS (SELECT 1 FROM taught WHERE taught.class = l.school_class_id AND taught.subject = l.subject_id
    AND (taught.part IS NULL OR taught.part = l.subgroup_id))
  OR EXISTS (SELECT 1 FROM taught JOIN enrollment e ON e.school_class_id = taught.class
    WHERE known.record = 'term_mark' AND e.student_id = known.student_id AND taught.subject = known.subject_id)
ORDER BY known.happened_at DESC, known.number DESC LIMIT :most
""")


@dataclass(frozen=True)
class JournalChange:
    """One change: where, whose, from what to what, by whom, why."""

    row: Any
    old: str | None
    new: str | None
    why: str
    for_whom: int | None
    session: int | None
    is_mine: bool


def changes_since(
    session: Session, actor: Actor, since: datetime, number: int | None = None
) -> Sequence[JournalChange]:
    """The changes in the teacher's lessons and by their account, newest first (one by its number). Two statements."""
    taught = [{"class": one, "subject": subject, "part": part} for one, subject, part in actor.teachings]
    given = {
        "schools": sorted(actor.school_ids | actor.whole_school_ids),
        "since": since,
        "number": number,
        "taught": json.dumps(taught),
        "staff": sorted(actor.staff_ids),
        "user": actor.user_id,
        "most": MOST,
    }
    rows = session.execute(CHANGES, given, execution_options=AROUND).all()
    values = _values(session, [row.id for row in rows])
    return [_change(row, values[row.id], actor) for row in rows]


def _values(session: Session, ids: Sequence[int]) -> dict[int, dict[str, tuple[Any, Any]]]:
    found: dict[int, dict[str, tuple[Any, Any]]] = defaultdict(dict)
    if ids:
        wanted = ("value", "reason", WHY, FOR_WHOM, SESSION)
        query = select(RevisionValue).where(RevisionValue.revision_id.in_(ids), RevisionValue.field.in_(wanted))
        for value in session.scalars(query, execution_options=AROUND):
            found[value.revision_id][value.field] = (value.old, value.new)
    return found


def _change(row: Any, values: dict[str, tuple[Any, Any]], actor: Actor) -> JournalChange:
    old, new = values.get("reason" if row.record == "absence" else "value", (None, None))
    none = (None, None)
    return JournalChange(
        row,
        old,
        new,
        str(values.get(WHY, none)[1] or ""),
        values.get(FOR_WHOM, none)[1],
        values.get(SESSION, none)[1],
        row.user_id is not None and row.user_id == actor.user_id,
    )
