"""The demo's accounts: whom the launcher announces, and whom production refuses."""

import psycopg

from config import Settings
from launcher.errors import CannotStart

ACCOUNTS = (
    "admin",
    "head",
    "secretary",
    "health",
    "authority",
    "operator",
    "teacher",
    "classteacher",
    "parent",
    "parent2",
    "student",
)


def present(settings: Settings) -> list[str]:
    """The demo accounts that the database has and that may sign in."""
    with psycopg.connect(settings.database_app_url or "", connect_timeout=5) as connection:
        rows = connection.execute(
            "SELECT username FROM ab_user WHERE active AND username = ANY(%s) AND email LIKE %s ORDER BY username",
            (list(ACCOUNTS), "%@demo.%"),
        ).fetchall()
    return [username for (username,) in rows]


def refuse_in_production(settings: Settings) -> None:
    """Raises CannotStart where a production start finds accounts whose password was printed on a screen."""
    found = [] if settings.is_demo else present(settings)
    if found:
        raise CannotStart(
            f"ZVONOK_ENV is production, and the database has demo accounts: {', '.join(found)}. "
            "Start on a new database, or delete or deactivate them."
        )
