"""A guarded column is masked for those without its permission: relations, figures and the history alike."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.generator.fields import Kind, as_seen, fields_of
from app.generator.queries import searched
from app.generator.revisions import told_changes
from app.generator.showing import in_words
from app.models import Mark
from app.records import MARKS
from app.session.actors import Actor
from app.session.engine import transaction
from tests.factories import MadeSchool, person
from tests.generator.school import give_mark
from tests.web_support import Api

GUARDED = replace(MARKS, fields=("value",), guarded={"comment": ("can_read_comment", "mark")})
SECRET = "шёпотом"


@pytest.fixture
def mark(teacher: Api, made: MadeSchool) -> int:
    return give_mark(teacher, made, comment=SECRET)


def reader(actor: Actor) -> Actor:
    """The same person with the permission."""
    return replace(actor, permissions=actor.permissions | {("can_read_comment", "mark")})


def test_it_is_one_of_the_records_permissions() -> None:
    assert GUARDED.permissions == ("can_read", "can_write", "can_read_comment")


@pytest.mark.parametrize("value", [SECRET, None, 5])
def test_its_value_is_masked_even_where_there_is_none(app: Flask, engine: Engine, mark: int, value: object) -> None:
    actor = person(engine, "teacher")
    [hidden] = as_seen(GUARDED, actor, fields_of(GUARDED, ["comment"]))
    [open_one] = as_seen(GUARDED, reader(actor), fields_of(GUARDED, ["comment"]))

    with app.app_context():
        assert hidden.kind is Kind.HIDDEN
        assert in_words(hidden, value, None) == "•••"  # type: ignore[arg-type]
        assert open_one.kind is not Kind.HIDDEN


def test_its_history_is_masked_and_told_to_who_may_read_it(app: Flask, engine: Engine, mark: int) -> None:
    actor = person(engine, "teacher")

    def history(who: Actor) -> tuple[str, tuple[object, object]]:
        with transaction(engine, who) as session, app.app_context():
            [added] = told_changes(session, GUARDED, session.get_one(Mark, mark))
            return next((each.new, each.raw) for each in added.fields if each.name == "comment")

    assert history(actor) == ("•••", (None, None))
    assert history(reader(actor)) == (SECRET, (None, SECRET))


def test_the_search_does_not_look_into_it(engine: Engine, mark: int) -> None:
    actor = person(engine, "teacher")
    declared = replace(GUARDED, search=("comment",))

    def condition(who: Actor) -> str:
        return str(searched(select(Mark), declared, "шёпотом", who).whereclause)

    assert condition(actor) == "None"
    assert "comment" in condition(reader(actor))
