"""`python run.py check`: whether each part answers, in one line each."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote, urlsplit

import psycopg
import redis

from config import Settings
from launcher import running
from launcher.errors import CannotStart
from launcher.sms_links import ask_link, known_links

ANSWER_SECONDS = 5


@dataclass(frozen=True)
class Line:
    """What is said about one part."""

    part: str
    is_well: bool
    words: str

    @property
    def text(self) -> str:
        return f"{'ok  ' if self.is_well else 'FAIL'}  {self.part}: {self.words}"


def parts(settings: Settings) -> list[Line]:
    try:
        complete = running.for_one_process(settings)
    except CannotStart as missing:
        return [Line("servers", False, str(missing))]
    lines = [
        _line("database", partial(_database, complete)),
        _line("migrations", partial(_migrations, complete)),
        _line("redis", partial(_redis, complete)),
        _line("queues", partial(_queues, complete)),
    ]
    lines += _sms_links(complete)
    return [*lines, _line("mail", partial(_mail, complete))]


def _line(part: str, ask: Callable[[], str]) -> Line:
    try:
        return Line(part, True, ask())
    except (CannotStart, OSError, psycopg.Error, redis.RedisError, smtplib.SMTPException) as problem:
        return Line(part, False, " ".join(str(problem).split()) or type(problem).__name__)


def _database(settings: Settings) -> str:
    with _connected(settings) as connection:
        version = connection.info.server_version
    if version < 150000:
        raise CannotStart(f"PostgreSQL {version // 10000} is too old: 15 or newer")
    return f"PostgreSQL {version // 10000}.{version % 10000}"


def _migrations(settings: Settings) -> str:
    from alembic.script import ScriptDirectory

    from launcher.database import alembic_config, migration_of

    newest = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    with _connected(settings) as connection:
        present = migration_of(connection)
    if present != newest:
        raise CannotStart(f"at {present or 'none'}, the newest is {newest}: `python run.py migrate`")
    return f"at {newest}, the newest"


def _redis(settings: Settings) -> str:
    with _redis_client(settings) as client:
        server = client.info("server")
        rule = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    if rule != "noeviction":
        raise CannotStart(f"maxmemory-policy is {rule}: with noeviction no waiting job is thrown away")
    return f"version {server.get('valkey_version', server.get('redis_version'))}"


def _queues(settings: Settings) -> str:
    import rq

    with _redis_client(settings) as client:
        workers = rq.Worker.all(connection=client)
        served = {name for worker in workers for name in worker.queue_names()}
        waiting = {queue.name: queue.count for queue in rq.Queue.all(connection=client)}
    unserved = sorted(name for name, count in waiting.items() if count and name not in served)
    if not workers:
        raise CannotStart("no worker is running")
    if unserved:
        raise CannotStart(f"no worker serves {', '.join(unserved)}")
    return f"{len(workers)} worker(s), {sum(waiting.values())} job(s) waiting"


def _sms_links(settings: Settings) -> list[Line]:
    try:
        links = known_links(settings)
    except (CannotStart, psycopg.Error) as problem:
        return [Line("SMS links", False, " ".join(str(problem).split()))]
    if not links:
        return [Line("SMS links", False, "there is none: set ZVONOK_SMSC_URL or add one in the console")]
    return [_line(f"SMS link {row.name}", partial(ask_link, row, is_served)) for row, is_served in links]


def _mail(settings: Settings) -> str:
    url = urlsplit(settings.mail_url)
    if url.scheme == "file":
        return f"into the folder {settings.var / (url.path or 'mail')}"
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with kind(url.hostname or "", url.port or (465 if url.scheme == "smtps" else 25), timeout=ANSWER_SECONDS) as server:
        server.ehlo()
        if url.username:
            if server.has_extn("starttls"):
                server.starttls()
            server.login(unquote(url.username), unquote(url.password or ""))
    return f"{url.hostname} answers"


def _connected(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(settings.database_app_url or "", connect_timeout=ANSWER_SECONDS, autocommit=True)


def _redis_client(settings: Settings) -> redis.Redis:
    return redis.Redis.from_url(settings.redis_url or "", socket_timeout=ANSWER_SECONDS)
