"""SMS links for `check`: which there are, and whether the SMSC takes us."""

import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg
import smpplib.client
import smpplib.exceptions
from psycopg.rows import class_row

from config import Settings
from launcher.errors import CannotStart

ANSWER_SECONDS = 5


@dataclass(frozen=True)
class Link:
    """One connection to an SMSC; `is_bound`: the gateway says that it holds it now."""

    name: str
    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    is_bound: bool = False


def known_links(settings: Settings) -> list[Link]:
    """The active links of the console, else the one of the settings."""
    with psycopg.connect(settings.database_app_url or "", connect_timeout=ANSWER_SECONDS) as connection:
        cursor = connection.cursor(row_factory=class_row(Link))
        links = cursor.execute(
            "SELECT name, host, port, tls, system_id, password,"
            " state = 'bound' AND heartbeat_at > now() - interval '1 minute' AS is_bound"
            " FROM sms_link WHERE active ORDER BY id"
        ).fetchall()
    if links or settings.effective_smsc_url is None:
        return links
    url = urlsplit(settings.effective_smsc_url)
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return [Link("of ZVONOK_SMSC_URL", url.hostname or "", url.port or 2775, url.scheme == "smpps", user, password)]


def bind_once(link: Link) -> str:
    """Words where the link works; raises CannotStart or OSError where not.

    Bound as transmitter, so that no message and no receipt comes to us instead of the gateway.
    """
    if link.is_bound:
        return f"bound to {link.host}:{link.port}"
    client = smpplib.client.Client(
        link.host,
        link.port,
        timeout=ANSWER_SECONDS,
        ssl_context=ssl.create_default_context() if link.tls else None,
        allow_unknown_opt_params=True,
    )
    try:
        client.connect()
        client.bind_transmitter(system_id=link.system_id, password=link.password)
        client.unbind()
    except (smpplib.exceptions.ConnectionError, smpplib.exceptions.PDUError) as problem:
        raise CannotStart(f"{link.host}:{link.port} does not take our bind: {problem}") from None
    finally:
        client.disconnect()
    raise CannotStart(f"{link.host}:{link.port} takes our bind, but no gateway holds it: is `run.py gateway` running?")
