"""The demo's accounts: what the launcher tells of them, and that production refuses them."""

import json
from pathlib import Path

import psycopg
from werkzeug.security import check_password_hash, generate_password_hash

from config import Settings
from launcher import keys
from launcher.errors import CannotStart

ADDRESSES = "%@demo.invalid"
_PASSWORD = "demo-password"
_NOTE = "demo-accounts.json"


def with_password(settings: Settings) -> str:
    """The password that is given, else the one that this var folder keeps; none outside the demo."""
    if settings.demo_password or not settings.is_demo:
        return settings.demo_password
    return keys.kept(settings.var / "secret", _PASSWORD, keys.new_password)


def present(settings: Settings) -> list[str]:
    """The demo accounts that the database has and that may sign in."""
    with psycopg.connect(settings.database_app_url or "", connect_timeout=5) as connection:
        rows = connection.execute(
            "SELECT username FROM ab_user WHERE active AND email LIKE %s ORDER BY username", (ADDRESSES,)
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


def follow_password(settings: Settings) -> None:
    """Give the demo accounts the password of the settings where it is another one than at the last start."""
    kept = settings.var / "secret" / _PASSWORD
    if kept.exists() and kept.read_text(encoding="utf-8").strip() == settings.demo_password:
        return
    with psycopg.connect(settings.database_app_url or "") as connection:
        accounts = connection.execute("SELECT id, password FROM ab_user WHERE email LIKE %s", (ADDRESSES,)).fetchall()
        for key, password_hash in accounts:
            if not check_password_hash(password_hash, settings.demo_password):
                new_hash = generate_password_hash(settings.demo_password)
                connection.execute("UPDATE ab_user SET password = %s WHERE id = %s", (new_hash, key))
    keys.keep(settings.var / "secret", _PASSWORD, settings.demo_password)


def note_accounts(var: Path, accounts: list[tuple[str, str]]) -> None:
    """Leave logins and meanings where the launcher reads them, which itself loads no tables."""
    keys.keep(var / "run", _NOTE, json.dumps(accounts))


def announcement(settings: Settings) -> str:
    """What the launcher prints about who may sign in."""
    accounts: list[tuple[str, str]] = json.loads((settings.var / "run" / _NOTE).read_text(encoding="utf-8"))
    lines = [f"  {login:<14}{meaning}" for login, meaning in accounts]
    return "\n".join([f"Demo accounts, password of each: {settings.demo_password}", *lines])
