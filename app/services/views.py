"""Saved views of lists: those of a person and those of the roles they hold, saved, shared and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput, NotAllowed, NotFound
from app.models import SavedView
from app.session.actors import Actor
from app.session.engine import actor_of

AROUND = {"around_the_rule": True}  # nobody sees the table; each statement here says whose rows it takes
SHARE = ("can_share", "saved_view")
LONGEST_NAME, LONGEST_QUERY, MOST = 100, 4_000, 50

FOUND = text("""
SELECT v.id, v.name, v.query, v.user_id = :user AS is_own, r.name AS role
FROM saved_view v LEFT JOIN ab_role r ON r.id = v.role_id
WHERE v.record = :record AND (v.user_id = :user OR (v.school_id = ANY(:schools) AND v.role_id IN (
  SELECT role_id FROM ab_user_role WHERE user_id = :user
  UNION SELECT gr.role_id FROM ab_user_group ug JOIN ab_group_role gr ON gr.group_id = ug.group_id
  WHERE ug.user_id = :user)))
ORDER BY v.role_id IS NOT NULL, lower(v.name), v.id LIMIT :most
""")


@dataclass(frozen=True)
class View:
    """A saved view as a person meets it; `role` is empty for a private one."""

    id: int
    name: str
    query: str
    is_own: bool
    role: str


def views_of(session: Session, record: str) -> Sequence[View]:
    """The actor's own views of the list, then those of their roles in their schools. One statement."""
    actor = actor_of(session)
    schools = sorted(actor.school_ids | actor.whole_school_ids)
    asked = {"user": actor.user_id, "record": record, "schools": schools, "most": 2 * MOST}
    rows = session.execute(FOUND, asked, execution_options=AROUND)
    return [View(row.id, row.name, row.query, bool(row.is_own), row.role or "") for row in rows]


def may_share(actor: Actor) -> bool:
    """Whether the person may give a view to a role; it is a role of one school, so there must be one."""
    return actor.may(*SHARE) and actor.home_school_id is not None


def save_view(session: Session, record: str, name: str, query: str, role_id: int | None) -> None:
    """Keep the view, in place of an own one of this name. Raises InvalidInput, or NotAllowed to share it."""
    actor, name = actor_of(session), name.strip()
    if role_id is not None and not may_share(actor):
        raise NotAllowed
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", "view.name", limit=LONGEST_NAME)
    if len(query) > LONGEST_QUERY:
        raise InvalidInput("name", "view.too_long")
    own = (SavedView.user_id == actor.user_id, SavedView.record == record)
    count = session.scalar(
        select(func.count(SavedView.id)).where(*own, SavedView.name != name), execution_options=AROUND
    )
    if (count or 0) >= MOST:
        raise InvalidInput("name", "view.too_many", most=MOST)
    kept = {"query": query, "role_id": role_id, "school_id": actor.home_school_id if role_id is not None else None}
    made = insert(SavedView).values(user_id=actor.user_id, record=record, name=name, **kept)
    session.execute(
        made.on_conflict_do_update(constraint="a_person_names_a_view_of_a_list_once", set_=kept),
        execution_options=AROUND,
    )


def delete_view(session: Session, record: str, view_id: int) -> None:
    """Take a view away: an own one, or a role's in one's own school for those who share. Raises NotFound alike."""
    actor = actor_of(session)
    whose = SavedView.user_id == actor.user_id
    if may_share(actor):
        whose = whose | ((SavedView.school_id == actor.home_school_id) & SavedView.role_id.is_not(None))
    gone = delete(SavedView).where(SavedView.id == view_id, SavedView.record == record, whose)
    found = session.scalar(gone.returning(SavedView.id), execution_options=AROUND | {"synchronize_session": False})
    if found is None:
        raise NotFound
