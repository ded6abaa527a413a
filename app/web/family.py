"""The children of who is signed in, and which of them this session's pages are about: the switch of the frame."""

from datetime import date, datetime

from flask import Flask, g, session
from sqlalchemy.exc import SQLAlchemyError

from app.services.start_family import Child, children
from app.session.actors import Actor
from app.web.actors import current_actor
from app.web.resources import resources

CHOSEN = "child"  # in the session: the number of the child that was chosen


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        {"chosen_child": chosen_child, "family_switch": _switch, "has_own_record": _has_own_record}
    )


def own_ids(actor: Actor) -> frozenset[int]:
    """The children whom the person follows, and the person where they are a student; a barred guardian has none."""
    return actor.child_ids | actor.own_student_ids


def own_children(today: date | None = None) -> list[Child]:
    """Those of this request, with school and class. One statement a request, however often it is asked."""
    actor = current_actor()
    if actor is None or not own_ids(actor) or not actor.may("can_read", "student"):
        return []
    if "own_children" not in g:
        day = today or datetime.now(resources().settings.timezone).date()
        g.own_children = children(resources().db(), own_ids(actor), day)
    return list(g.own_children)


def chosen_child() -> int | None:
    """The child that this page is about, else the one that was chosen in this session; None: all of them."""
    kept = g.get("child_of_page") or session.get(CHOSEN)
    actor = current_actor()
    return kept if actor is not None and kept in own_ids(actor) else None


def page_is_about(child: Child) -> None:
    """The page that is being made shows this child, whichever was chosen before."""
    g.child_of_page = child.id


def _has_own_record() -> bool:
    """Whether the school has a record of the person as a guardian or student, with or without a right in force."""
    try:
        actor = current_actor()
    except SQLAlchemyError:
        return False
    return actor is not None and bool(actor.own_guardian_ids | actor.own_student_ids)


def _switch() -> list[Child]:
    """The children to choose between; none where there is only one, or where the database is away."""
    try:
        actor = current_actor()
        return own_children() if actor is not None and len(own_ids(actor)) > 1 else []
    except SQLAlchemyError:
        return []
