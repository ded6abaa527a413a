"""`python run.py check --deploy`: every weak setting of a production start, in a sentence each."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import fields
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

from app.domain.settings import setting_in_force
from app.words.roles import names_of_role
from config import ROOT, Settings
from launcher import demo, running
from launcher.children import LAUNCHER
from launcher.errors import CannotStart

FEWEST_SIGNS_OF_A_KEY = 12


def weak_settings(settings: Settings) -> list[str]:
    """What a school should not go to its families with; none where all is well."""
    return [
        *of_names(),
        *of_settings(settings),
        *of_links(settings),
        *of_files(settings),
        *of_database(settings),
        *of_accounts(settings),
    ]


def of_names() -> Iterator[str]:
    known = {setting.metadata["variable"] for setting in fields(Settings)} | {LAUNCHER}
    for name in sorted(os.environ):
        if name.startswith("ZVONOK_") and name not in known:
            yield f"{name} is no setting: see config.py."


def of_settings(settings: Settings) -> Iterator[str]:
    if settings.is_demo:
        yield "ZVONOK_ENV is demo: production refuses demo accounts and weak settings."
    if urlsplit(settings.base_url).scheme != "https":
        yield "ZVONOK_BASE_URL is not https: passwords and marks would cross the network in the open."
    if not settings.secret_key:
        yield "ZVONOK_SECRET_KEY is not set: one that is made here is not the same on every machine."
    elif len(settings.secret_key) < 32 or len(set(settings.secret_key)) < FEWEST_SIGNS_OF_A_KEY:
        yield "ZVONOK_SECRET_KEY is weak: take at least 32 random characters."
    if not settings.is_demo and is_loopback(urlsplit(settings.base_url).hostname or ""):
        yield "ZVONOK_BASE_URL names this machine: links in mails and letters lead families nowhere."
    if settings.host in ("0.0.0.0", "::"):
        yield f"ZVONOK_HOST is {settings.host}: everybody reaches the web past the proxy that speaks https."
    if len(settings.metrics_token) < 16:
        yield "ZVONOK_METRICS_TOKEN is empty or short: take at least 16 random characters."
    mail = urlsplit(settings.mail_url)
    if mail.scheme == "file":
        yield "ZVONOK_MAIL_URL is a folder: no mail leaves this machine."
    elif mail.scheme == "smtp" and not mail.username and not is_loopback(mail.hostname or ""):
        yield "ZVONOK_MAIL_URL has no user: without one the mail server is asked neither for TLS nor who we are."
    if settings.demo_password and not settings.is_demo:
        yield "ZVONOK_DEMO_PASSWORD is set, and production has no demo accounts."


def of_links(settings: Settings) -> Iterator[str]:
    urls = {
        "ZVONOK_DATABASE_URL": settings.database_url,
        "ZVONOK_DATABASE_APP_URL": settings.database_app_url,
        "ZVONOK_REDIS_URL": settings.redis_url,
    }
    for variable, url in urls.items():
        parts = urlsplit(url or "")
        if not parts.hostname or is_loopback(parts.hostname):
            continue
        if variable == "ZVONOK_REDIS_URL" and parts.scheme != "rediss":
            yield f"{variable} goes over the network without TLS: rediss://."
        if variable == "ZVONOK_REDIS_URL" and not parts.password:
            yield f"{variable} has no password: who reaches Redis gives our workers jobs."
        if variable != "ZVONOK_REDIS_URL" and parse_qs(parts.query).get("sslmode") != ["verify-full"]:
            yield f"{variable} goes over the network without ?sslmode=verify-full."
    smsc = urlsplit(settings.smsc_url or "")
    if settings.smsc_url is None:
        yield "ZVONOK_SMSC_URL is not set: without a link in the console no SMS leaves."
    elif smsc.scheme == "smpp" and not is_loopback(smsc.hostname or ""):
        yield "ZVONOK_SMSC_URL is not smpps: messages and numbers cross the network in the open (or take a VPN)."


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def of_files(settings: Settings) -> Iterator[str]:
    if os.geteuid() == 0:
        yield "This account is root: run Zvonok as an account of its own."
    for place in (ROOT / ".env", settings.var):
        if place.exists() and place.stat().st_mode & 0o077:
            yield f"{place} may be read by other accounts of this machine: chmod go= it."


def of_database(settings: Settings) -> Iterator[str]:
    try:
        complete = running.for_one_process(settings)
        with psycopg.connect(complete.database_app_url or "", connect_timeout=5) as connection:
            powerful = connection.execute(
                "SELECT rolsuper OR rolcreaterole OR rolbypassrls"
                " OR EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            durable = connection.execute(
                "SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off'"
            ).fetchone()
    except (CannotStart, psycopg.OperationalError) as problem:
        yield f"The database could not be asked: {' '.join(str(problem).split())}"
        return
    if powerful != (False,):
        yield "ZVONOK_DATABASE_APP_URL is a superuser or owns tables: it could rewrite the revisions."
    if durable != (True,):
        yield "PostgreSQL runs with fsync or synchronous_commit off: an acknowledged mark could be lost."
    if found := demo.present(complete):
        yield f"There are demo accounts: {', '.join(found)}."


# What each school has set of these, the default where it has set nothing; and whom it binds.
SCHOOLS = """
SELECT s.name, n.name, ss.value FROM school s CROSS JOIN unnest(%s::text[]) AS n (name)
LEFT JOIN school_setting ss ON ss.school_id = s.id AND ss.name = n.name ORDER BY s.id, n.name
"""
POWERFUL = ("school administrator", "administrator of all schools", "head", "secretary", "authority")
WITHOUT_FACTOR = """
SELECT count(DISTINCT u.id) FROM ab_user u JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_role r ON r.id = ur.role_id
LEFT JOIN second_factor f ON f.user_id = u.id AND f.confirmed_at IS NOT NULL
WHERE u.active AND r.name = ANY(%s) AND f.id IS NULL
"""
# Roles that change accounts and roles, or see all schools, and their holders that may sign in.
FAR_REACHING = """
SELECT DISTINCT r.name FROM ab_role r
JOIN ab_permission_view_role x ON x.role_id = r.id JOIN ab_permission_view pv ON pv.id = x.permission_view_id
JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
JOIN ab_user_role ur ON ur.role_id = r.id JOIN ab_user u ON u.id = ur.user_id AND u.active
WHERE r.name <> 'Break glass' AND (p.name, v.name) IN
    (('can_edit', 'UserDBModelView'), ('can_edit', 'RoleModelView'), ('can_see', 'breadth.all_schools'))
ORDER BY r.name
"""
OPEN_LINKS = "SELECT name, host FROM sms_link WHERE active AND NOT tls ORDER BY name"
UNUSED = "SELECT count(*) FROM one_time_password WHERE created_at < now() - interval '30 days'"
GLASS = """
SELECT count(*) FROM ab_user_role ur JOIN ab_role r ON r.id = ur.role_id WHERE r.name = 'Break glass'
"""
SETTINGS = (
    "idle_lock_minutes", "invitation_days", "one_time_days", "proof_minutes", "second_factor_roles",
    "shortest_password", "sms_countries",
)  # fmt: skip


def of_accounts(settings: Settings) -> Iterator[str]:
    """What schools have set for those who sign in, and accounts that stand open."""
    try:
        complete = running.for_one_process(settings)
        with psycopg.connect(complete.database_app_url or "", connect_timeout=5) as connection:
            given = connection.execute(SCHOOLS, [list(SETTINGS)]).fetchall()
            unprotected = connection.execute(WITHOUT_FACTOR, [list(POWERFUL)]).fetchone()
            glass = connection.execute(GLASS).fetchone()
            far = [name for (name,) in connection.execute(FAR_REACHING)]
            links = connection.execute(OPEN_LINKS).fetchall()
            unused = connection.execute(UNUSED).fetchone()
    except (CannotStart, psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return  # said of the database already
    for school, name, written in given:
        yield from _weak_setting(school, name, setting_in_force(name, written), far)
    for link, host in links:
        if not is_loopback(host):
            yield f"The SMS link {link} of the console has no TLS: messages and numbers cross the network in the open."
    if unused and unused[0]:
        yield f"{unused[0]} one-time password(s) were not used for 30 days: close these accounts or make new ones."
    if unprotected and unprotected[0]:
        yield f"{unprotected[0]} account(s) of administrators, heads, secretaries, authority lack a second factor."
    if glass and glass[0]:
        yield f"{glass[0]} account(s) hold the role Break glass, which may do everything: take it away again."


def _weak_setting(school: str, name: str, value: Any, far_reaching: Sequence[str]) -> Iterator[str]:
    if name == "idle_lock_minutes" and not 0 < value <= 30:
        told = "never lock" if value == 0 else f"lock after {value} minutes only"
        yield f"{school}: idle_lock_minutes is {value}: pages that staff leave {told}."
    elif name == "proof_minutes" and value > 30:
        yield f"{school}: proof_minutes is {value}: whoever sits down there meanwhile changes roles."
    elif name == "shortest_password" and value < 10:
        yield f"{school}: shortest_password is {value}: take 10 or more."
    elif name == "one_time_days" and value > 30:
        yield f"{school}: one_time_days is {value}: a slip that was lost opens an account for so long."
    elif name == "invitation_days" and value > 120:
        yield f"{school}: invitation_days is {value}: a letter that was lost opens for so long."
    elif name == "sms_countries" and not value:
        yield f"{school}: sms_countries is all: whoever types a dear foreign number makes the school pay for it."
    elif name == "second_factor_roles":
        asked = dict.fromkeys((*POWERFUL, *far_reaching))
        missing = [role for role in asked if not names_of_role(role) & set(value)]
        if missing:
            yield f"{school}: second_factor_roles does not name {', '.join(missing)}."
