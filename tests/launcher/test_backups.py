"""Backup and restore: whole or not at all."""

import subprocess

import psycopg
import pytest

from app.services.file_store import content_of, keep
from launcher import backup_files, backups
from launcher.errors import CannotStart


@pytest.fixture
def databases(postgres_server, settings_of):
    """Settings of two databases without our tables: one with a table of marks, one empty."""
    made = []
    for name in ("one_school", "another"):
        postgres_server.create_database(name)
        made.append(settings_of(postgres_server.url(name), postgres_server.url(name)))
    with psycopg.connect(made[0].database_url) as connection:
        connection.execute("CREATE TABLE mark (value int)")
        connection.execute("INSERT INTO mark SELECT generate_series(1, 1000)")
    yield made
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE one_school WITH (FORCE)")
        connection.execute("DROP DATABASE another WITH (FORCE)")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "Школа № 1" / "marks.backup"


def marks(settings) -> int:
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute("SELECT count(*) FROM mark").fetchone()[0]


@pytest.fixture
def written(databases, file):
    file.parent.mkdir()
    backups.backup(databases[0], file)
    return file


def test_what_was_there_is_there_again(databases, written):
    backups.restore(databases[1], written, replace=False)

    assert marks(databases[1]) == 1000
    assert [found.name for found in written.parent.iterdir()] == [written.name]


@pytest.mark.parametrize("place", [0, 40, 511, 700, -1])
def test_damaged_file_is_refused_and_nothing_changes(databases, written, place):
    content = bytearray(written.read_bytes())
    content[place] ^= 0xFF
    written.write_bytes(content)

    with pytest.raises(CannotStart, match="damaged"):
        backups.restore(databases[0], written, replace=True)

    assert marks(databases[0]) == 1000


def test_file_that_was_cut_off_is_refused(databases, written):
    written.write_bytes(written.read_bytes()[:-10])

    with pytest.raises(CannotStart, match="damaged"):
        backups.verify(written)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "letter").write_text("Dear school", encoding="utf-8")

    with pytest.raises(CannotStart, match="no backup"):
        backups.verify(tmp_path / "letter")
    with pytest.raises(CannotStart, match="no file"):
        backups.verify(tmp_path / "nothing")


def test_database_with_tables_is_kept_unless_to_be_replaced(databases, written):
    with psycopg.connect(databases[1].database_url) as connection:
        connection.execute("CREATE TABLE mark (value int)")
        connection.execute("CREATE TABLE note (id int)")

    with pytest.raises(CannotStart, match="not empty"):
        backups.restore(databases[1], written, replace=False)
    assert marks(databases[1]) == 0

    backups.restore(databases[1], written, replace=True)
    assert marks(databases[1]) == 1000
    with psycopg.connect(databases[1].database_url) as connection:
        assert connection.execute("SELECT to_regclass('note')").fetchone() == (None,)


def test_restore_that_fails_half_way_changes_nothing(databases, written, monkeypatch):
    fails_later = written.with_name("pg_restore")
    fails_later.write_text("#!/bin/sh\necho 'CREATE TABLE half (id int);'\nexit 1\n", encoding="utf-8")
    fails_later.chmod(0o700)
    real = backups._program
    monkeypatch.setattr(backups, "_program", lambda name: str(fails_later) if name == "pg_restore" else real(name))

    with pytest.raises(CannotStart, match="Nothing was changed"):
        backups.restore(databases[0], written, replace=True)

    assert marks(databases[0]) == 1000


def test_password_stands_on_no_command_line(databases, file, monkeypatch):
    file.parent.mkdir()
    commands = []
    real = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **others: commands.append(command) or real(command, **others)
    )

    backups.backup(databases[0], file)

    with psycopg.connect(databases[0].database_url) as connection:
        assert connection.info.password not in str(commands)


def test_backup_that_fails_leaves_no_file(databases, file, settings_of):
    file.parent.mkdir()

    with pytest.raises(CannotStart, match="pg_dump"):
        backups.backup(settings_of(databases[0].database_url + "&user=nobody_at_all", "postgresql:///x"), file)

    assert list(file.parent.iterdir()) == []


def test_attached_files_stand_beside_the_backup_and_come_back(written, tmp_path):
    store, other = tmp_path / "files", tmp_path / "other files"
    names = [keep(store, content) for content in (b"one", b"two")]

    assert "2 files" in backup_files.backup_files(store, written)
    backup_files.verify_files(written)
    assert backup_files.restore_files(other, written) == 2
    assert [content_of(other, name) for name in names] == [b"one", b"two"]

    content = bytearray(backup_files.beside(written).read_bytes())
    content[600] ^= 0xFF
    backup_files.beside(written).write_bytes(content)
    with pytest.raises(CannotStart, match="damaged"):
        backup_files.verify_files(written)


def test_no_file_beside_the_backup_where_nothing_is_attached(written, tmp_path):
    assert backup_files.backup_files(tmp_path / "files", written) == ""
    backup_files.verify_files(written)
    assert backup_files.restore_files(tmp_path / "files", written) == 0
    assert [found.name for found in written.parent.iterdir()] == [written.name]
