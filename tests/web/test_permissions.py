"""The permissions that are written after migrations."""

from typing import Any

import psycopg
import pytest

from app.factory import PermissionsMissing, install_permissions
from app.records import ALL
from app.session.actors import BREADTHS
from app.web.security import SchoolSecurity
from config import Settings
from tests.support import SchoolDatabase


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
