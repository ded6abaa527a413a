"""The permissions that are written after migrations."""

from typing import Any

import psycopg
import pytest

from app.factory import PermissionsMissing, install_permissions
from app.records import ALL
from app.session.actors import BREADTHS
from app.web.rights import chapters, in_one_sentence, word_of
from app.web.security import SchoolSecurity
from app.words import LANGUAGES, speaking
from config import Settings
from seeds.roles import ROLES
from tests.support import SchoolDatabase

READ_WRITE = ("can_read", "can_write")
ROLE = {role.name: role for role in ROLES}


def ask(database: SchoolDatabase, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute(question).fetchall()


PERMISSIONS = """
SELECT p.name, v.name FROM ab_permission_view pv
JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
"""
HOLDERS = "SELECT count(*) FROM ab_role r JOIN ab_user_role u ON u.role_id = r.id WHERE r.name = 'Break glass'"
OF_PUBLIC = "SELECT count(*) FROM ab_role r JOIN ab_permission_view_role x ON x.role_id = r.id WHERE r.name = 'Public'"


def test_every_record_type_and_breadth_has_its_permissions(database: SchoolDatabase) -> None:
    found = set(ask(database, PERMISSIONS))

    assert {("can_see", breadth) for breadth in BREADTHS} <= found
    assert {("can_read", "console"), ("can_write", "console"), ("can_read_text", "sms_message")} <= found
    assert {("can_read", record.name) for record in ALL} <= found
    assert {("can_write", record.name) for record in ALL if record.fields} <= found


def test_every_right_that_opens_something_stands_in_words_on_the_page_of_a_role(database: SchoolDatabase) -> None:
    """Also those of a record type that is new: its words come from its declaration."""
    silent = {("can_write", record.name) for record in ALL if not record.fields}  # nobody can write these
    seeded_only = {(each, view) for each in ("can_show", "can_delete") for view in ("UserDBModelView", "RoleModelView")}
    shown = {grant for chapter in chapters() for grant in chapter.acts}
    shown |= {(permission, one.name) for chapter in chapters() for one in chapter.records for permission in READ_WRITE}
    for grant in sorted(set(ask(database, PERMISSIONS)) - silent - seeded_only):
        assert word_of(grant) is not None, grant
        assert grant in shown or grant[0] == "can_see", grant
    for language in LANGUAGES:
        with speaking(language):
            assert all(str(word_of(grant) or "x") for grant in shown)
    assert [record.name for chapter in chapters() for record in chapter.records] == [
        record.name for chapter in chapters() for record in ALL if record.menu == chapter.title
    ]


def test_what_a_role_would_see_is_one_sentence() -> None:
    with speaking("en"):
        teacher = [str(one) for one in in_one_sentence(ROLE["teacher"].grants)]
        whole = str(in_one_sentence({*ROLE["head"].grants, *(("can_read", record.name) for record in ALL)})[0])
        nothing = [str(one) for one in in_one_sentence(())]
        blind = [str(one) for one in in_one_sentence({("can_read", "mark")})]
        health = str(in_one_sentence(ROLE["health worker"].grants)[0])
    assert len(teacher) == 1
    assert teacher[0].startswith("Sees the classes one teaches: lessons, marks, absences, homework")
    assert "writes: lessons, marks, absences, homework" in teacher[0]
    assert "all of “Journal”" in whole and "all of “Journal”" not in teacher[0]
    assert nothing == ["Sees nothing."]
    assert blind[-1] == "Of marks it sees no row: it lacks how far it sees."
    assert "marks" not in health


def test_writing_them_again_changes_nothing(settings: Settings, database: SchoolDatabase) -> None:
    before = sorted(ask(database, PERMISSIONS))

    install_permissions(settings)

    assert sorted(ask(database, PERMISSIONS)) == before


def test_strangers_have_nothing_and_nobody_holds_everything(database: SchoolDatabase) -> None:
    assert ask(database, OF_PUBLIC) == [(0,)]
    assert ask(database, HOLDERS) == [(0,)]


def test_it_is_told_where_one_cannot_be_written(
    settings: Settings, database: SchoolDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("DELETE FROM ab_permission_view_role")
        connection.execute("DELETE FROM ab_permission_view")
    monkeypatch.setattr(SchoolSecurity, "add_permissions_view", lambda *_: None)  # as if it had logged and gone on

    with pytest.raises(PermissionsMissing, match="can_read on mark"):
        install_permissions(settings)
