"""The application's role: it works with the rows and owns nothing."""

from urllib.parse import quote, urlsplit

import psycopg
import pytest
from psycopg import sql

from launcher import database as launcher_database
from launcher.addresses import app_url
from launcher.errors import CannotStart
from launcher.migrations import differences_of

KEY = "a secret key for the tests, long enough"


@pytest.fixture
def empty_database(postgres_server):
    """The owner's address of a database without tables."""
    postgres_server.create_database("empty")
    yield postgres_server.url("empty")
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE empty WITH (FORCE)")
        connection.execute("DROP ROLE IF EXISTS empty_app, school_owner, made_by_hand")


def as_owner(url: str, role: str, *, may: str = "") -> str:
    """The address of the same database for a new role that owns it but is no superuser."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(f"CREATE ROLE {{}} LOGIN PASSWORD 'word' {may}").format(sql.Identifier(role)))
        connection.execute(sql.SQL("ALTER DATABASE empty OWNER TO {}").format(sql.Identifier(role)))
    return urlsplit(url)._replace(netloc=f"{role}:word@").geturl()


def test_role_reads_and_writes_rows_and_nothing_else(database):
    with psycopg.connect(database.app_url, autocommit=True) as application:
        application.execute("INSERT INTO school SELECT * FROM school WHERE false")
        application.execute("UPDATE school SET name = name WHERE false")
        application.execute("DELETE FROM school WHERE false")
        for beyond in ("CREATE TABLE note (id int)", "TRUNCATE school", "ALTER TABLE school ADD note text"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(beyond.encode())


@pytest.mark.parametrize("table", ["revision", "revision_value"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id WHERE false", "DELETE FROM {} WHERE false", "TRUNCATE {}"])
def test_history_is_only_appended_to(database, table, change):
    with (
        psycopg.connect(database.app_url, autocommit=True) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute(sql.SQL(change).format(sql.Identifier(table)))


def test_migrations_are_read_only_for_it(database):
    with psycopg.connect(database.app_url, autocommit=True) as application:
        assert application.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("DELETE FROM alembic_version")


def test_migrating_twice_is_migrating_once(database, settings):
    launcher_database.prepare(settings)

    with psycopg.connect(database.app_url) as application:
        assert application.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_migrations_make_just_what_the_models_say(empty_database):
    assert differences_of(empty_database) == []


def test_owner_without_a_superuser_prepares_a_database(empty_database, settings_of):
    owner_url = as_owner(empty_database, "school_owner", may="CREATEROLE")

    launcher_database.prepare(settings_of(owner_url, app_url(owner_url, KEY)))

    with psycopg.connect(app_url(owner_url, KEY)) as application:
        assert application.execute("SELECT current_user").fetchone() == ("empty_app",)


def test_new_secret_key_gives_the_role_a_new_password(empty_database):
    for key in (KEY, "another secret key, just as long as that"):
        launcher_database.ensure_app_role(empty_database, app_url(empty_database, key), may_create=True)

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(app_url(empty_database, KEY))


def test_owner_who_may_make_no_role_is_told_which_setting_helps(empty_database):
    owner_url = as_owner(empty_database, "school_owner")

    with pytest.raises(CannotStart, match=r"may not create the role empty_app.*ZVONOK_DATABASE_APP_URL"):
        launcher_database.ensure_app_role(owner_url, app_url(owner_url, KEY), may_create=True)


def test_role_made_by_hand_is_taken_and_not_changed(empty_database):
    owner_url = as_owner(empty_database, "school_owner")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE ROLE made_by_hand LOGIN PASSWORD 'its own'")
    by_hand = urlsplit(empty_database)._replace(netloc=f"made_by_hand:{quote('its own')}@").geturl()

    launcher_database.ensure_app_role(owner_url, by_hand, may_create=False)

    psycopg.connect(by_hand).close()


def test_superuser_or_owner_as_the_application_is_refused(empty_database):
    with pytest.raises(CannotStart, match="a superuser or the owner"):
        launcher_database.ensure_app_role(empty_database, empty_database, may_create=False)


def test_role_that_does_not_exist_is_named(empty_database):
    nobody = urlsplit(empty_database)._replace(netloc="nobody_at_all:word@").geturl()

    with pytest.raises(CannotStart, match="nobody_at_all, which the database does not have"):
        launcher_database.ensure_app_role(empty_database, nobody, may_create=False)


@pytest.mark.parametrize(
    ("owner", "application"),
    [
        (
            "postgresql://owner:word@db:5433/school?sslmode=verify-full",
            "postgresql://school_app:{}@db:5433/school?sslmode=verify-full",
        ),
        ("postgresql:///school?host=%2Frun%2Fpg", "postgresql://school_app:{}@/school?host=%2Frun%2Fpg"),
    ],
)
def test_address_of_the_application_follows_from_the_owners(owner, application):
    password = urlsplit(app_url(owner, KEY)).password

    assert app_url(owner, KEY) == application.format(password)
    assert len(password) == 64
