"""Rows of sms_link: the one of the settings kept equal to them, those to serve, and their operators' codes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from psycopg.rows import class_row

from app.domain.sms_errors import Codes, OperatorError, Verdict
from sms_gateway.database import Database
from sms_gateway.rows import LinkRow

_KEEP_EQUAL = """
UPDATE sms_link l SET name = CASE WHEN l.name = l.host || ':' || l.port AND NOT EXISTS (
        SELECT FROM sms_link taken WHERE taken.school_id = l.school_id AND taken.name = %(name)s)
        THEN %(name)s ELSE l.name END,
    host = %(host)s, port = %(port)s, tls = %(tls)s, system_id = %(system_id)s,
    password = %(password)s, source = %(source)s, reply_to = %(reply_to)s, "window" = %(window)s, rate = %(rate)s,
    version = version + 1
WHERE from_settings AND (host, port, tls, system_id, password, source, reply_to, "window", rate) IS DISTINCT FROM
    (%(host)s, %(port)s, %(tls)s, %(system_id)s, %(password)s, %(source)s, %(reply_to)s, %(window)s, %(rate)s)
"""

_ADD = """
INSERT INTO sms_link (school_id, name, host, port, tls, system_id, password, source, reply_to, "window", rate,
    from_settings, active, state, state_words, version)
SELECT (SELECT min(id) FROM school), CASE WHEN EXISTS (SELECT FROM sms_link WHERE name = %(name)s)
    THEN left(%(name)s, 45) || ' (settings)' ELSE %(name)s END, %(host)s, %(port)s, %(tls)s, %(system_id)s,
    %(password)s, %(source)s, %(reply_to)s, %(window)s, %(rate)s, true, true, 'down', '', 1
WHERE EXISTS (SELECT FROM school) AND NOT EXISTS (SELECT FROM sms_link WHERE from_settings)
ON CONFLICT DO NOTHING
"""

_ACTIVE = """
SELECT id, school_id, name, host, port, tls, system_id, password, source, reply_to, "window", rate, from_settings,
    kind, path, bind, long_texts, priority, weight, most_refused_percent, slow_seconds, paused
FROM sms_link WHERE active AND (%(with_settings)s::boolean OR NOT from_settings) ORDER BY id
"""

_ERRORS = "SELECT school_id, link_id, code, verdict, words_ru, words_en FROM sms_error ORDER BY link_id NULLS FIRST"


class WrongLink(Exception):
    """The address of a link says something that SMPP cannot carry; the text says what."""


@dataclass(frozen=True, slots=True)
class LinkAddress:
    """ZVONOK_SMSC_URL in its parts."""

    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    source: str
    reply_to: str
    window: int
    rate: int

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"[:60]


def link_address(url: str) -> LinkAddress:
    """The parts of smpp://user:password@host:port/?source=…; raises WrongLink where smpplib would cut one short."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        address = LinkAddress(
            host=parts.hostname or "",
            port=parts.port or (3550 if parts.scheme == "smpps" else 2775),
            tls=parts.scheme == "smpps",
            system_id=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            source=query.get("source", ""),
            reply_to=query.get("reply_to", "").removeprefix("+"),
            window=int(query.get("window", "50")),
            rate=int(query.get("rate", "0")),
        )
    except ValueError:
        raise WrongLink("window and rate are whole numbers") from None
    limits = (("user", address.system_id, 15), ("password", address.password, 8), ("source", address.source, 20))
    for word, value, most in limits:
        if len(value) > most or not value.isascii():
            raise WrongLink(f"{word} is at most {most} ASCII characters")
    if not address.host or not 1 <= address.window <= 10_000 or address.rate < 0:
        raise WrongLink("host is missing, window is not 1 to 10000, or rate is below 0")
    return address


def row_of_settings(url: str) -> LinkRow:
    """The link of the settings before it has a row; raises WrongLink."""
    address = link_address(url)
    values = {name: getattr(address, name) for name in LinkAddress.__slots__}
    return LinkRow(id=0, school_id=0, name="of ZVONOK_SMSC_URL", from_settings=True, **values)


async def keep_equal(database: Database, url: str | None) -> None:
    """Make the row of the settings say what the settings say; without a school or an address, nothing is done."""
    if url is None:
        return
    address = link_address(url)
    values = {name: getattr(address, name) for name in (*LinkAddress.__slots__, "name")}
    async with database.transaction():
        await database.execute(_KEEP_EQUAL, values)
        await database.execute(_ADD, values)


async def active_links(database: Database, *, with_settings: bool) -> list[LinkRow]:
    """The links to serve; that of ZVONOK_SMSC_URL only while it names one."""
    async with database.cursor(row_factory=class_row(LinkRow)) as cursor:
        return await (await cursor.execute(_ACTIVE, {"with_settings": with_settings})).fetchall()


async def own_errors(database: Database) -> dict[tuple[int, int | None], dict[int, OperatorError]]:
    """What operators mean by their codes: school and link (None: all of its links) → code → meaning."""
    known: dict[tuple[int, int | None], dict[int, OperatorError]] = defaultdict(dict)
    for school_id, link_id, code, asked, words_ru, words_en in await (await database.execute(_ERRORS)).fetchall():
        known[school_id, link_id][code] = OperatorError(Verdict(asked), words_ru, words_en)
    return known


def codes_of(row: LinkRow, known: Mapping[tuple[int, int | None], Mapping[int, OperatorError]]) -> Codes:
    """The codes of one link: its own before those of all links of its school."""
    return Codes({**known.get((row.school_id, None), {}), **known.get((row.school_id, row.id), {})})
