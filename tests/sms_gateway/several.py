"""Rows of sms_link as the console adds and changes them, and what tests ask of several links."""

from collections import Counter

from tests.sms_gateway.support import (
    Outbox,
    eventually,
)

PHONE = "+79990000001"


def add_link(outbox: Outbox, port: int, name: str = "second", **also: object) -> int:
    """A link as the console adds it."""
    values = {
        "name": name,
        "host": "127.0.0.1",
        "port": port,
        "system_id": "zvonok",
        "password": "zvonok",
        "source": "SECOND",
        "window": 10,
        "active": True,
        **also,
    }
    names = ", ".join(f'"{column}"' for column in values)
    places = ", ".join(["%s"] * len(values))
    row = outbox.connection.execute(
        f"INSERT INTO sms_link (school_id, tls, reply_to, rate, from_settings, state,"
        f" state_words, version, {names}) VALUES (1, false, '', 0, false, 'down', '', 1,"
        f" {places}) RETURNING id".encode(),
        list(values.values()),
    ).fetchone()
    return int(row["id"])


def set_link(outbox: Outbox, link: int | None = None, **values: object) -> None:
    """What an operator changes; without a number the link of the settings."""
    for name, value in values.items():
        which = "id = %s" if link is not None else "from_settings = %s"
        outbox.connection.execute(f'UPDATE sms_link SET "{name}" = %s WHERE {which}'.encode(), (value, link or True))


def are_bound(outbox: Outbox, count: int = 2) -> None:
    eventually(lambda: len(outbox.rows("SELECT FROM sms_link WHERE state = 'bound'")) == count)


def all_done(outbox: Outbox) -> bool:
    return not outbox.rows("SELECT FROM sms_message WHERE done_at IS NULL")


def by_link(outbox: Outbox) -> Counter[str]:
    rows = outbox.rows("SELECT l.name FROM sms_message m JOIN sms_link l ON l.id = m.link_id")
    return Counter("second" if row["name"] == "second" else "first" for row in rows)
