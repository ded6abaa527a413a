"""The tests' own database is put back to its first state after each test."""

import psycopg
import pytest

from tests import pristine


@pytest.fixture
def small(postgres_server):
    """The address of a database with a seeded table that only grows, an empty one, and a sequence."""
    postgres_server.create_database("small")
    url = postgres_server.url("small")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE scale (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)")
        connection.execute(
            "CREATE TABLE mark (id serial, scale int REFERENCES scale, twice int GENERATED ALWAYS AS (2) STORED)"
        )
        connection.execute("INSERT INTO scale (name) VALUES ('five'), ('hundred')")
        connection.execute(
            "CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'it only grows'; END $$"
        )
        connection.execute("CREATE TRIGGER t BEFORE DELETE ON scale FOR EACH ROW EXECUTE FUNCTION only_grows()")
    pristine.remember(url)
    yield url
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE small WITH (FORCE)")


def everything(url):
    with psycopg.connect(url) as connection:
        scale = connection.execute("SELECT * FROM scale ORDER BY id").fetchall()
        marks = connection.execute("SELECT count(*), nextval('mark_id_seq') FROM mark").fetchone()
    with psycopg.connect(url) as connection:
        connection.execute("SELECT setval('mark_id_seq', 1, false)")
    return scale, marks


FIRST = ([(1, "five"), (2, "hundred")], (0, 1))


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO mark (scale) VALUES (1), (2)",
        "UPDATE scale SET name = 'ten'",
        "INSERT INTO scale (name) VALUES ('ten')",
        "ALTER TABLE scale DISABLE TRIGGER t; DELETE FROM scale; ALTER TABLE scale ENABLE TRIGGER t",
        "SELECT nextval('mark_id_seq')",
    ],
)
def test_any_change_is_taken_back_twice(small, change):
    for _ in range(2):
        with psycopg.connect(small) as connection:
            connection.execute(change.encode())

        pristine.restore(small)

        assert everything(small) == FIRST


def test_open_transaction_of_a_test_is_ended_and_an_idle_connection_stays(small):
    with psycopg.connect(small, autocommit=True) as idle:
        left_open = psycopg.connect(small)
        left_open.execute("UPDATE scale SET name = 'ten'")

        pristine.restore(small)

        assert idle.execute("SELECT count(*) FROM scale").fetchone() == (2,)
        assert left_open.info.status == psycopg.pq.ConnStatus.OK
        left_open.close()
    assert everything(small) == FIRST
