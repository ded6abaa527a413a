"""Settings: every ZVONOK_* variable with its type, unit and default, read once at start."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from app.domain.emails import is_email

ROOT = Path(__file__).resolve().parent


class WrongSetting(Exception):
    """A setting has a value that it does not take; the text names the variable and what it takes."""

    def __init__(self, variable: str, takes: str) -> None:
        super().__init__(f"{variable}: {takes}")
        self.variable = variable
        self.takes = takes


def _text(value: str) -> str:
    return value


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError("one of " + ", ".join(allowed))
        return value

    return read


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise ValueError("a port number from 1 to 65535")
    return int(value)


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 1000:
        raise ValueError("a whole number from 1 to 1000")
    return int(value)


def _folder(value: str) -> Path:
    try:
        return (ROOT / Path(value).expanduser()).resolve()
    except (RuntimeError, OSError, ValueError):
        raise ValueError("a folder") from None


def _host(value: str) -> str:
    if any(sign.isspace() or sign in "/[]@" for sign in value):
        raise ValueError("a name or an IP address of this machine, without port")
    return value


def _timezone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a time zone of the IANA list, such as Europe/Moscow") from None


def _url(*schemes: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            raise ValueError(f"an address that begins with {' or '.join(schemes)}") from None
        if parts.scheme not in schemes or ("://" not in value and parts.scheme != "file"):
            raise ValueError(f"an address that begins with {' or '.join(schemes)}")
        return value

    return read


def _database_url(value: str) -> str:
    takes = "postgresql://user:password@host:port/database"
    parts = urlsplit(_url("postgresql", "postgres")(value))
    if not parts.path.strip("/") or "/" in parts.path[1:]:
        raise ValueError(f"an address with the name of a database, {takes}")
    return value


def _smsc_url(value: str) -> str:
    parts = urlsplit(_url("smpp", "smpps")(value))
    if not parts.hostname:
        raise ValueError("an address with a host, smpp://user:password@host:port/")
    if len(unquote(parts.username or "")) > 15 or len(unquote(parts.password or "")) > 8:
        raise ValueError("a user of at most 15 and a password of at most 8 characters, as SMPP 3.4 says")
    for name, given in parse_qsl(parts.query, keep_blank_values=True):
        if name in ("window", "rate") and not (given.isascii() and given.isdigit() and len(given) <= 6):
            raise ValueError(f"a whole number for {name}")
        if name == "window" and int(given) == 0:
            raise ValueError("a window of at least 1")
    return value


def _mail_url(value: str) -> str:
    parts = urlsplit(_url("smtp", "smtps", "file")(value))
    if parts.scheme != "file" and not parts.hostname:
        raise ValueError("an address with a host, smtp://user:password@host:port/")
    return value


def _mail_address(value: str) -> str:
    if value and not is_email(value):
        raise ValueError("one address such as journal@school.example")
    return value


def _setting(variable: str, default: str | None, read: Callable[[str], Any], says: str, *, secret: bool = False) -> Any:
    """One field of Settings: its variable, its default as it would be written, its reader, its meaning.

    The value of a secret one is never shown, not in a complaint about it either.
    """
    return field(
        repr=not secret,
        metadata={"variable": variable, "default": default, "read": read, "says": says, "secret": secret},
    )


@dataclass(frozen=True)
class Settings:
    """All that a process is told from outside; what a school sets for itself is the record `school_setting`."""

    env: str = _setting(
        "ZVONOK_ENV",
        "demo",
        _one_of("demo", "production"),
        "demo, or production: refuses demo accounts, a missing secret key, a base address without https",
    )
    host: str = _setting("ZVONOK_HOST", "127.0.0.1", _host, "address that the web listens on")
    port: int = _setting("ZVONOK_PORT", "8080", _port, "port that the web listens on")
    base_url: str = _setting(
        "ZVONOK_BASE_URL", "", _text, "public address, used for links in mails; http://HOST:PORT where empty"
    )
    var: Path = _setting("ZVONOK_VAR", "var", _folder, "folder of all state; relative to the folder of config.py")
    files: Path | None = _setting(
        "ZVONOK_FILES",
        None,
        _folder,
        "folder of the files that people attach, the same for web and worker; files in ZVONOK_VAR where empty",
    )
    database_url: str | None = _setting(
        "ZVONOK_DATABASE_URL",
        None,
        _database_url,
        "PostgreSQL 15 or newer, as the owner of the tables; the embedded server where empty",
        secret=True,
    )
    database_app_url: str | None = _setting(
        "ZVONOK_DATABASE_APP_URL",
        None,
        _database_url,
        "the same database as the role that owns nothing; made by `migrate` where empty",
        secret=True,
    )
    redis_url: str | None = _setting(
        "ZVONOK_REDIS_URL",
        None,
        _url("redis", "rediss", "unix"),
        "Redis or Valkey; the embedded server where empty",
        secret=True,
    )
    secret_key: str = _setting(
        "ZVONOK_SECRET_KEY",
        "",
        _text,
        "at least 32 characters, the same on every machine; made and kept in the demo",
        secret=True,
    )
    smsc_url: str | None = _setting(
        "ZVONOK_SMSC_URL",
        None,
        _smsc_url,
        "the first SMS link, smpp://user:password@host:port/?source=SCHOOL&reply_to=79001234567&window=50&rate=0 "
        "(rate in parts a second, 0 = unlimited); the simulator where empty",
        secret=True,
    )
    simulator_port: int = _setting("ZVONOK_SIMULATOR_PORT", "2775", _port, "SMPP port of the simulator")
    simulator_http_port: int = _setting("ZVONOK_SIMULATOR_HTTP_PORT", "2776", _port, "HTTP port of the simulator")
    mail_url: str = _setting(
        "ZVONOK_MAIL_URL",
        "file:",
        _mail_url,
        "smtp://…, or file: for the folder mail in ZVONOK_VAR",
        secret=True,
    )
    mail_from: str = _setting(
        "ZVONOK_MAIL_FROM",
        "",
        _mail_address,
        "address that mails come from, after the school's name; zvonok@ the host of ZVONOK_BASE_URL where empty",
    )
    timezone: ZoneInfo = _setting("ZVONOK_TIMEZONE", "Europe/Moscow", _timezone, "time zone of the schools")
    locale: str = _setting("ZVONOK_LOCALE", "ru", _one_of("ru", "en"), "language where a person has chosen none")
    demo_password: str = _setting(
        "ZVONOK_DEMO_PASSWORD",
        "",
        _text,
        "password of the demo accounts; a random one is made and printed where empty",
        secret=True,
    )
    web_processes: int = _setting("ZVONOK_WEB_PROCESSES", "2", _count, "gunicorn processes")
    web_threads: int = _setting("ZVONOK_WEB_THREADS", "4", _count, "threads of each gunicorn process")
    metrics_token: str = _setting(
        "ZVONOK_METRICS_TOKEN",
        "",
        _text,
        "bearer token for /metrics from elsewhere than this machine",
        secret=True,
    )

    @property
    def is_demo(self) -> bool:
        return self.env == "demo"

    @property
    def files_folder(self) -> Path:
        """Where attached files lie."""
        return self.files or self.var / "files"

    @property
    def public_url(self) -> str:
        """The address that people type, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.base_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def mail_sender(self) -> str:
        """The address that mails come from."""
        host = urlsplit(self.public_url).hostname or "localhost"
        written = f"[IPv6:{host}]" if ":" in host else host.encode("idna").decode()
        return self.mail_from or f"zvonok@{written}"

    @property
    def has_simulator(self) -> bool:
        """Whether the SMSC is our own simulator, and so `/phones` is shown."""
        return self.is_demo and self.smsc_url is None

    @property
    def effective_smsc_url(self) -> str | None:
        """The address of the first SMS link: the one given, else the simulator, else none."""
        if self.has_simulator:
            query = "source=ZVONOK&reply_to=79000000000&window=50&rate=0"
            return f"smpp://zvonok:zvonok@127.0.0.1:{self.simulator_port}/?{query}"
        return self.smsc_url


def sqlalchemy_url(url: str) -> str:
    """The address as SQLAlchemy takes it, with the driver psycopg 3."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgres", "postgresql") else url


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process: the environment, else `.env` beside config.py, else the defaults.

    Raises WrongSetting, which names the variable and what it takes.
    """
    given = environment if environment is not None else {**_dot_env(), **os.environ}
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        variable, default = setting.metadata["variable"], setting.metadata["default"]
        written = given.get(variable) or default
        try:
            values[setting.name] = None if written is None else setting.metadata["read"](written)
        except ValueError as wrong:
            given_words = "" if setting.metadata["secret"] else f", not “{written}”"
            raise WrongSetting(variable, f"takes {wrong}{given_words}") from None
    settings = Settings(**values)
    _check_together(settings)
    return settings


def _dot_env() -> dict[str, str]:
    return {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}


def _check_together(settings: Settings) -> None:
    if settings.secret_key and len(settings.secret_key) < 32:
        raise WrongSetting("ZVONOK_SECRET_KEY", "takes at least 32 characters")
    if settings.base_url:
        _url_or_wrong("ZVONOK_BASE_URL", settings.base_url)
    if settings.env == "production":
        if not settings.secret_key:
            raise WrongSetting("ZVONOK_SECRET_KEY", "is required in production: at least 32 random characters")
        if urlsplit(settings.base_url).scheme != "https":
            raise WrongSetting("ZVONOK_BASE_URL", "is required in production and begins with https://")
    ports = [settings.port, settings.simulator_port, settings.simulator_http_port]
    if len(set(ports)) != len(ports):
        raise WrongSetting("ZVONOK_PORT", "and the simulator's two ports must differ from one another")


def _url_or_wrong(variable: str, value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WrongSetting(variable, f"takes an address such as https://school.example, not “{value}”")
