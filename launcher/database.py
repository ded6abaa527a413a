"""The database is made fit: migrations by its owner, and the role of the application, which owns nothing."""

from pathlib import Path

import psycopg
import structlog
from alembic import command
from alembic.config import Config
from psycopg import sql

from config import ROOT, Settings, sqlalchemy_url
from launcher.addresses import app_url
from launcher.errors import CannotStart

MIGRATIONS = ROOT / "app" / "migrations"
APPEND_ONLY = ("revision", "revision_value")
READ_ONLY = ("alembic_version",)
log = structlog.get_logger(__name__)

_ONE_AT_A_TIME = 0x5A564F4E  # key of the advisory lock: two machines may start at the same moment


def migrate(owner_url: str, migrations: Path = MIGRATIONS) -> None:
    """Bring the tables to the newest migration; does nothing where they are."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_ONE_AT_A_TIME,))
        before = migration_of(connection)
        command.upgrade(alembic_config(owner_url, migrations), "head")
        if migration_of(connection) != before:
            log.info("migrated", before=before, after=migration_of(connection))


def migration_of(connection: psycopg.Connection) -> str | None:
    """The migration that the database is at; None where it has no tables."""
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def alembic_config(owner_url: str, migrations: Path = MIGRATIONS) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = sqlalchemy_url(owner_url)
    return config


def ensure_app_role(owner_url: str, role_url: str, *, may_create: bool) -> None:
    """Make the application's role with its password, or renew the password, and give it what it needs.

    Raises CannotStart where the role is missing and the owner may not make one, or where the role has more than it may.
    """
    role, password = _credentials(role_url)
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ONE_AT_A_TIME,))
        if may_create:
            _create_or_renew(connection, role, password)
        _refuse_powerful(connection, role)
        _grant(connection, role)


def _credentials(url: str) -> tuple[str, str]:
    given = psycopg.conninfo.conninfo_to_dict(url)
    return str(given.get("user", "")), str(given.get("password", ""))


def _create_or_renew(connection: psycopg.Connection, role: str, password: str) -> None:
    exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
    try:
        connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Literal(verifier)))
    except psycopg.errors.InsufficientPrivilege:
        raise CannotStart(
            f"The owner in ZVONOK_DATABASE_URL may not {'change' if exists else 'create'} the role {role}. "
            "Have a role made that owns nothing, and name it in ZVONOK_DATABASE_APP_URL."
        ) from None


def _refuse_powerful(connection: psycopg.Connection, role: str) -> None:
    found = connection.execute(
        "SELECT rolsuper OR rolbypassrls OR rolname = current_user FROM pg_roles WHERE rolname = %s", (role,)
    ).fetchone()
    if found is None:
        raise CannotStart(f"ZVONOK_DATABASE_APP_URL names the role {role}, which the database does not have.")
    if found[0]:
        raise CannotStart(
            f"ZVONOK_DATABASE_APP_URL names the role {role}, which is a superuser or the owner of the tables: "
            "the application takes a role that owns nothing, so that revisions stay as they were written."
        )


def _grant(connection: psycopg.Connection, role: str) -> None:
    name = sql.Identifier(role)
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
    connection.execute(
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name)
    )
    connection.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
    for tables, taken in ((APPEND_ONLY, "UPDATE, DELETE"), (READ_ONLY, "INSERT, UPDATE, DELETE")):
        for table in tables:
            if connection.execute("SELECT to_regclass(%s)", (f"public.{table}",)).fetchone() != (None,):
                statement = sql.SQL(f"REVOKE {taken} ON {{}} FROM {{}}")
                connection.execute(statement.format(sql.Identifier("public", table), name))


def prepare(settings: Settings) -> None:
    """Migrate, and make and equip the application's role, as the settings' two addresses say."""
    assert settings.database_url is not None
    assert settings.database_app_url is not None
    migrate(settings.database_url)
    own = settings.database_app_url == app_url(settings.database_url, settings.secret_key)
    ensure_app_role(settings.database_url, settings.database_app_url, may_create=own)
