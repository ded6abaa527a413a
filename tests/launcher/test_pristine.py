"""The tests' own database is put back to its first state after each test."""

from contextlib import closing

import psycopg
import pytest
import time_machine

from tests.pristine import Pristine


@pytest.fixture
def small(postgres_server):
    """The address and the keeper of a database with a seeded table that only grows, an empty one, and a sequence."""
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
    with closing(Pristine(url)) as kept:
        yield url, kept
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
    url, kept = small
    for _ in range(2):
        with psycopg.connect(url) as connection:
            connection.execute(change.encode())

        kept.restore()

        assert everything(url) == FIRST


def test_open_transaction_of_a_test_is_ended_and_an_idle_connection_stays(small):
    url, kept = small
    with psycopg.connect(url, autocommit=True) as idle:
        left_open = psycopg.connect(url)
        left_open.execute("UPDATE scale SET name = 'ten'")

        kept.restore()

        assert idle.execute("SELECT count(*) FROM scale").fetchone() == (2,)
        assert left_open.info.status == psycopg.pq.ConnStatus.OK
        left_open.close()
    assert everything(url) == FIRST


def test_who_ended_every_connection_ended_the_keeper_s_too(small):
    url, kept = small
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE scale SET name = 'ten'")
        connection.commit()
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    kept.restore()

    assert everything(url) == FIRST


def test_what_was_made_once_is_laid_again(small):
    url, kept = small
    made = []

    def make() -> list[int]:
        made.append(1)
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO mark (scale) VALUES (1), (2)")
            return [one for (one,) in connection.execute("SELECT id FROM mark").fetchall()]

    for _ in range(3):
        assert kept.lay("two marks", make) == [1, 2]
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT id, scale, twice FROM mark").fetchall() == [(1, 1, 2), (2, 2, 2)]
            assert connection.execute("SELECT nextval('mark_id_seq')").fetchone() == (3,)
        kept.restore()

    assert len(made) == 1
    assert everything(url) == FIRST


def test_who_changed_something_or_the_clock_makes_their_own(small):
    url, kept = small
    made = []
    kept.lay("nothing", lambda: made.append(1))
    with time_machine.travel("2030-01-01"):
        kept.lay("nothing", lambda: made.append(2))
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE scale SET name = 'ten'")

    kept.lay("nothing", lambda: made.append(3))

    assert made == [1, 2, 3]
