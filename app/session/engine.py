"""The session class of every process: its listeners are the row rule, the write rule, the history, the notices."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import flask_appbuilder.security.sqla.models as library
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.orm.exc import StaleDataError

from app.domain.errors import Conflict, NotAllowed
from app.models.base import Table
from app.session.actors import Actor
from app.session.changes import AsItWas, changed_fields, follow_keys, know_old_values
from app.session.declarations import Change, Declaration
from app.session.history import LATER, append_revisions
from app.session.notices import hint_after_commit, notices_of
from app.session.owners import check_relations, fill_school
from app.session.reasons import explained
from app.session.rows import check_shapes, row_rules, sees
from app.session.texts import check_texts

LIBRARY_TABLES = frozenset(
    mapper.class_ for mapper in library.User.registry.mappers if mapper.class_.__tablename__.startswith("ab_")
)


class NoActor(Exception):
    """A query of our tables without an actor: a fault of ours, never of the user."""


class GoesAroundTheRule(Exception):
    """A statement that the row rule cannot reach, and that is not marked `around_the_rule`."""


class SchoolSession(Session):
    """A session that serves one actor for its whole life."""


_declarations: dict[type[Table], Declaration] = {}


def install(declarations: Iterable[Declaration]) -> None:
    """Hand the record types to the session engine; once a process, before the first query. Raises MissingShape."""
    check_shapes()
    _declarations.clear()
    _declarations.update({declaration.model: declaration for declaration in declarations})


def declarations() -> Mapping[type[Table], Declaration]:
    """The record types that were handed in, by model."""
    return _declarations


def actor_of(session: Session) -> Actor:
    """The session's actor. Raises NoActor where there is none."""
    actor = session.info.get("actor")
    if actor is None:
        source: Callable[[Session], Actor | None] | None = session.info.get("actor_source")
        actor = source(session) if source else None
        if actor is None:
            raise NoActor("this session has no actor")
        session.info["actor"] = actor
    return actor


def make_engine(url: str, pool_size: int = 5, **options: Any) -> Engine:
    """An engine to the school's database. Times come back in UTC."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,  # errors are logged, and a statement's values are phones and texts
        connect_args={"options": "-c timezone=UTC"},
        **options,
    )


@contextmanager
def transaction(engine: Engine, actor: Actor) -> Iterator[SchoolSession]:
    """A session for the actor; committed at the end of the block, rolled back when it raises."""
    with SchoolSession(engine, info={"actor": actor}, expire_on_commit=False) as session, session.begin():
        yield session


@event.listens_for(SchoolSession, "do_orm_execute")
def _add_row_rule(state: ORMExecuteState) -> None:
    if state.is_column_load or state.execution_options.get("around_the_rule"):
        return
    if state.is_select and state.is_orm_statement and not state.is_from_statement and "row_rules" in state.session.info:
        _rule(state)  # the common case: who acts is known
        return
    tables = {mapper.class_ for mapper in state.all_mappers}
    if tables and tables <= LIBRARY_TABLES:  # Flask-AppBuilder reading its own; the actor itself comes from there
        return
    if not state.is_orm_statement or state.is_from_statement or state.is_insert or isinstance(state.parameters, list):
        raise GoesAroundTheRule(str(state.statement))
    if (state.is_update or state.is_delete) and any(_is_watched(table) for table in tables):
        raise GoesAroundTheRule("a bulk change of watched records leaves no history; change them one by one")
    _rule(state)


def _rule(state: ORMExecuteState) -> None:
    rules = _rules_of(state.session)
    if rules:
        state.statement = state.statement.options(*rules)


def _is_watched(table: type[Any]) -> bool:
    declaration = _declarations.get(table)
    return declaration is not None and declaration.watched


def _rules_of(session: Session) -> Sequence[Any]:
    if "row_rules" not in session.info:
        session.info["row_rules"] = row_rules(actor_of(session))
    return session.info["row_rules"]  # type: ignore[no-any-return]


@event.listens_for(SchoolSession, "before_flush")
def _fill_in(session: Session, flush_context: UOWTransaction, instances: Any) -> None:
    new = {record for record in session.new if isinstance(record, Table)}  # the library's rows have no hash
    ours = [*new, *(record for record in session.dirty if isinstance(record, Table))]
    with session.no_autoflush:
        for record in ours:
            declaration = _declarations.get(type(record))
            if record in new or session.is_modified(record):
                if record not in new:
                    know_old_values(session, record)
                if not actor_of(session).is_system:
                    check_relations(session, record)
                    check_texts(record)
                fill_school(session, record, actor_of(session))
                if declaration is not None and declaration.fill is not None:
                    declaration.fill(session, record)


@event.listens_for(SchoolSession, "after_flush")
def _judge_and_tell(session: Session, flush_context: UOWTransaction) -> None:
    """Foreign keys are set here, the transaction is still open, and raising undoes all of it."""
    changes = list(_changes(session))
    if not changes:
        return
    actor = actor_of(session)
    for change, declaration in changes:
        _judge(actor, change, declaration)
    watched = [
        (explained(session, actor, change, declaration), declaration)
        for change, declaration in changes
        if declaration.watched
    ]
    append_revisions(session, actor, watched, notices_of(actor, watched))
    if not actor.silent:
        for change, declaration in changes:
            if declaration.follows is not None:
                declaration.follows(change)


def _changes(session: Session) -> Iterator[tuple[Change, Declaration]]:
    kinds = (("added", session.new), ("changed", session.dirty), ("deleted", session.deleted))
    for action, records in kinds:
        for record in records:
            if not isinstance(record, Table):
                continue
            declaration = _declarations.get(type(record))
            if declaration is None:
                _refuse_undeclared(session, record)
                continue
            fields = changed_fields(record, action, declaration.secret, declaration.volatile)
            if action == "changed":
                follow_keys(session, record)
            if fields or action == "deleted":
                was = record if action == "added" else AsItWas(session, record)
                yield Change(session, record, was, action, fields), declaration


def _refuse_undeclared(session: Session, record: Table) -> None:
    actor = actor_of(session)
    if not ({record.__tablename__, "*"} & actor.system_writes):
        raise NotAllowed("not_allowed", record=record.__tablename__)


def _judge(actor: Actor, change: Change, declaration: Declaration) -> None:
    """Raise NotAllowed or InvalidInput unless the actor may make this change and the record is right."""
    if actor.is_system:
        if not ({declaration.name, "*"} & actor.system_writes):
            raise NotAllowed("not_allowed", record=declaration.name)
    else:
        if not actor.may("can_write", declaration.name):
            raise NotAllowed("not_allowed", record=declaration.name)
        for row in (change.was, change.record):
            if not sees(actor, row) or not declaration.writes(actor, row):
                raise NotAllowed("not_allowed.row", record=declaration.name)
    is_seeding = actor.is_system and actor.silent
    if declaration.check is not None and change.action != "deleted" and not is_seeding:
        declaration.check(change.session, change.record)


@event.listens_for(SchoolSession, "before_commit")
def _refuse_without_history(session: Session) -> None:
    if LATER in session.info and not session.in_nested_transaction():
        raise GoesAroundTheRule("a commit before `append_kept` would leave no history")


@event.listens_for(SchoolSession, "after_commit")
def _wake_workers(session: Session) -> None:
    if not session.in_nested_transaction():  # the end of a savepoint is no commit: nobody else sees its rows yet
        hint_after_commit(session)


@event.listens_for(SchoolSession, "after_soft_rollback")
def _forget_hints(session: Session, previous_transaction: Any) -> None:
    session.info.pop("noticed", None)


def commit_or_conflict(session: Session) -> None:
    """Commit; raise Conflict where somebody else changed a row of it meanwhile."""
    try:
        session.commit()
    except StaleDataError:
        session.rollback()
        raise Conflict("conflict.changed") from None
