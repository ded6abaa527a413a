"""The ledger: whatever is altered past the application is found and named."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine

from app.models import Mark
from app.services.ledger import verify_all
from app.session.engine import make_engine, transaction
from config import Settings, sqlalchemy_url
from tests.factories import MadeSchool, a_mark, a_school, person
from tests.support import SchoolDatabase


@pytest.fixture
def engine(database: SchoolDatabase) -> Iterator[Engine]:
    made = make_engine(sqlalchemy_url(database.app_url))
    yield made
    made.dispose()


@pytest.fixture
def made(engine: Engine) -> MadeSchool:
    return a_school(engine)


@pytest.fixture
def mark(engine: Engine, made: MadeSchool) -> int:
    """A five that became a four; its revisions are the last two of the chain."""
    with transaction(engine, person(engine, "teacher")) as session:
        given = a_mark(made, comment="устно")
        session.add(given)
        session.flush()
        given.value = "4"
    return given.id


def alter(database: SchoolDatabase, *statements: str) -> None:
    """As a superuser of the database, past application and triggers."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


def number_of_last(database: SchoolDatabase) -> int:
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute("SELECT max(number) FROM revision").fetchone()[0]  # type: ignore[index,no-any-return]


def test_what_only_the_application_wrote_is_clean(settings: Settings, mark: int) -> None:
    assert verify_all(settings) == []


def test_an_empty_database_is_clean(settings: Settings) -> None:
    assert verify_all(settings) == []


def test_a_row_that_was_altered_is_named(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    alter(database, f"UPDATE mark SET value = '5', comment = NULL WHERE id = {mark}")

    assert verify_all(settings) == [
        f"mark {mark}, comment: the chain says 'устно', the row has None.",
        f"mark {mark}, value: the chain says '4', the row has '5'.",
    ]


def test_a_column_that_was_always_empty_is_watched_too(
    settings: Settings, database: SchoolDatabase, made: MadeSchool
) -> None:
    alter(database, f"UPDATE student SET born_on = '2015-01-01' WHERE id = {made.anna.id}")

    assert verify_all(settings) == [f"student {made.anna.id}, born_on: the chain says None, the row has '2015-01-01'."]


def test_a_row_that_is_older_than_a_column_has_what_the_migration_gave_it_and_nothing_else(
    settings: Settings, database: SchoolDatabase, made: MadeSchool
) -> None:
    lesson = made.own_lesson.id
    older = "DELETE FROM revision_value v USING revision r WHERE r.id = v.revision_id AND r.record = 'lesson'"
    alter(
        database,
        f"{older} AND v.field = 'counts'",
        "UPDATE revision SET fields = fields - 'counts' WHERE record = 'lesson'",
    )
    assert not [sentence for sentence in verify_all(settings) if sentence.startswith("lesson")]

    alter(database, f"UPDATE lesson SET counts = false WHERE id = {lesson}")
    assert f"lesson {lesson}, counts: the chain says None, the row has False." in verify_all(settings)


def test_the_link_that_the_gateway_keeps_equal_to_the_settings_is_no_forgery(
    settings: Settings, database: SchoolDatabase, made: MadeSchool
) -> None:
    link = """INSERT INTO sms_link (school_id, name, host, port, tls, system_id, password, source, reply_to, "window",
        rate, from_settings, active, state, state_words, version)
        SELECT id, '{0}', 'smsc', 2775, false, '', '', '', '', 50, 0, {0}, true, 'down', '', 1 FROM school"""
    alter(database, link.format("true"))
    clean = verify_all(settings)
    alter(database, link.format("false"))

    assert clean == []
    assert verify_all(settings) == ["sms_link 2: stands in the table, but the chain tells nothing of it."]


def test_rows_put_in_or_taken_out_are_named(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    alter(
        database,
        "INSERT INTO mark (school_id, student_id, lesson_id, work_type_id, value, given_on, version) "
        f"SELECT school_id, student_id, lesson_id, work_type_id, '5', given_on, 1 FROM mark WHERE id = {mark}",
        f"DELETE FROM mark WHERE id = {mark}",
    )

    assert verify_all(settings) == [
        f"mark {mark}: the chain tells of it, but the row is gone.",
        f"mark {mark + 1}: stands in the table, but the chain tells nothing of it.",
    ]


def test_a_deleted_record_stays_deleted(
    settings: Settings, database: SchoolDatabase, engine: Engine, mark: int
) -> None:
    alter(database, "CREATE TABLE kept AS SELECT * FROM mark")
    with transaction(engine, person(engine, "teacher")) as session:
        session.delete(session.get_one(Mark, mark))
    assert verify_all(settings) == []

    alter(database, "INSERT INTO mark OVERRIDING SYSTEM VALUE SELECT * FROM kept", "DROP TABLE kept")

    assert verify_all(settings) == [f"mark {mark}: was deleted as the chain tells, but stands in the table."]


@pytest.mark.parametrize(
    "altered",
    ["author = 'wer'", "record_id = record_id + 1", "action = 'added'", "happened_at = now()", "fields = '{}'"],
)
def test_an_altered_revision_is_named(settings: Settings, database: SchoolDatabase, mark: int, altered: str) -> None:
    last = number_of_last(database)
    alter(database, f"UPDATE revision SET {altered} WHERE number = {last}")

    found = verify_all(settings)

    assert any(f"revision {last} " in sentence and "was altered" in sentence for sentence in found)


def test_a_forged_hash_does_not_help(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    last = number_of_last(database)
    alter(database, f"UPDATE revision SET hash = decode(repeat('ab', 32), 'hex') WHERE number = {last - 1}")

    found = verify_all(settings)

    assert any(f"revision {last - 1} " in sentence and "was altered" in sentence for sentence in found)
    assert any(f"revision {last} " in sentence and "does not follow" in sentence for sentence in found)


def test_an_altered_value_is_named(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    last = number_of_last(database)
    alter(
        database,
        f"""UPDATE revision_value SET new = '"5"' WHERE field = 'value'
            AND revision_id = (SELECT id FROM revision WHERE number = {last})""",
        f"UPDATE mark SET value = '5' WHERE id = {mark}",
    )

    assert verify_all(settings) == [f"School 1, revision {last} (changed mark {mark}): the value of value was altered."]


def test_a_value_put_in_afterwards_is_named(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    last = number_of_last(database)
    alter(
        database,
        f"""INSERT INTO revision_value (revision_id, field, salt, old, new)
            SELECT id, 'comment', '\\x00', 'null', '"?"' FROM revision WHERE number = {last}""",
    )

    assert any("comment was added to it afterwards" in sentence for sentence in verify_all(settings))


def test_erased_values_are_no_break(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    alter(
        database,
        f"DELETE FROM revision_value v USING revision r WHERE r.id = v.revision_id AND r.record_id = {mark}"
        " AND r.record = 'mark' AND v.field = 'comment'",
    )

    assert verify_all(settings) == []


def test_a_revision_taken_from_the_middle_leaves_a_gap(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    last = number_of_last(database)
    alter(
        database,
        f"DELETE FROM revision_value WHERE revision_id = (SELECT id FROM revision WHERE number = {last - 1})",
        f"DELETE FROM revision WHERE number = {last - 1}",
    )

    assert any(f"follows revision {last - 2}" in sentence for sentence in verify_all(settings))


def test_a_cut_tail_is_missed_at_the_head(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    last = number_of_last(database)
    alter(
        database,
        f"DELETE FROM revision_value WHERE revision_id = (SELECT id FROM revision WHERE number = {last})",
        f"DELETE FROM revision WHERE number = {last}",
    )

    found = verify_all(settings)

    assert (
        f"School 1: the chain ends at revision {last - 1}, its head says {last}; the end was cut off or altered."
        in found
    )
    assert f"mark {mark}, value: the chain says '5', the row has '4'." in found


def test_revisions_that_changed_places_are_named(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    last = number_of_last(database)
    alter(
        database,
        f"UPDATE revision SET number = -1, previous = decode(repeat('00', 31) || '01', 'hex') WHERE number = {last}",
        f"UPDATE revision SET number = {last} WHERE number = {last - 1}",
        f"UPDATE revision SET number = {last - 1} WHERE number = -1",
    )

    found = verify_all(settings)

    assert any(f"revision {last - 1} " in sentence for sentence in found)
    assert any(f"revision {last} " in sentence for sentence in found)


def test_a_chain_that_vanished_whole_is_missed(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    alter(database, "DELETE FROM revision_value", "DELETE FROM revision")

    assert any("the chain ends at revision 0" in sentence for sentence in verify_all(settings))


def test_many_altered_rows_are_counted(settings: Settings, database: SchoolDatabase, mark: int) -> None:
    alter(
        database,
        "INSERT INTO mark (school_id, student_id, lesson_id, work_type_id, value, given_on, version) "
        "SELECT school_id, student_id, lesson_id, work_type_id, '5', given_on, 1 FROM mark, generate_series(1, 70) "
        f"WHERE mark.id = {mark}",
    )

    found = verify_all(settings)

    assert len(found) == 51
    assert found[-1] == "mark: and 20 more."
