"""Record types of the connections to operators: links, and error codes of their own."""

import re
from ipaddress import ip_address

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import SmsError, SmsLink
from app.records.record_type import RecordType
from app.records.school import office
from app.records.sms import SMS
from app.words import _

# Field → most characters of an SMPP bind (SMPP 3.4 §4.1.1, C-octet strings without their NUL).
_SMPP_LIMITS = {"system_id": 15, "password": 8}
_NUMBERS = (
    ("port", 1, 65535),
    ("window", 1, 1000),
    ("rate", 0, 10_000),
    ("priority", 1, 100),
    ("weight", 1, 100),
    ("most_refused_percent", 0, 100),
    ("slow_seconds", 0, 300),
)


# What ZVONOK_SMSC_URL says of its link; the gateway would set it back.
_OF_SETTINGS = (
    "kind", "host", "port", "tls", "path", "system_id", "password", "source", "reply_to", "window", "rate",
)  # fmt: skip
_HOST = re.compile(
    r"[0-9A-Za-z_]([0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?(\.[0-9A-Za-z_]([0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?)*\.?"
)


def _is_host(written: str) -> bool:
    """Whether it is a name of the Internet, as RFC 1123 §2.1 has them, or an address."""
    if _HOST.fullmatch(written):
        return True
    try:
        ip_address(written)
    except ValueError:
        return False
    return True


def _check_link(session: Session, link: SmsLink) -> None:
    for name, lowest, highest in _NUMBERS:
        if not lowest <= getattr(link, name) <= highest:
            raise InvalidInput(name, "number", lowest=lowest, highest=highest)
    if not _is_host(link.host):
        raise InvalidInput("host", "link.host")
    if link.kind == "http" and ":" in link.system_id:
        raise InvalidInput("system_id", "link.login")
    if link.kind == "smpp":
        for name, most in _SMPP_LIMITS.items():
            if len(getattr(link, name)) > most or not getattr(link, name).isascii():
                raise InvalidInput(name, "link.ascii", limit=most)
    if not link.source.isascii():
        raise InvalidInput("source", "link.ascii", limit=20)
    state = inspect(link)
    if link.from_settings and state.persistent:
        for name in _OF_SETTINGS:
            if state.attrs[name].history.has_changes():
                raise InvalidInput(name, "link.from_settings")


SMS_LINKS = RecordType(
    model=SmsLink,
    title=_("SMS links"),
    one=_("SMS link"),
    menu=SMS,
    columns=("name", "source", "priority", "weight", "active", "paused", "state", "state_words", "heartbeat_at"),
    fields=(
        "name", "kind", "host", "port", "tls", "path", "system_id", "password", "bind", "source", "reply_to", "window",
        "rate", "long_texts", "priority", "weight", "most_refused_percent", "slow_seconds", "paused", "active",
    ),
    detail=(
        "name", "kind", "host", "port", "tls", "path", "system_id", "bind", "source", "reply_to", "window", "rate",
        "long_texts", "priority", "weight", "most_refused_percent", "slow_seconds", "paused", "active", "state",
        "state_words", "heartbeat_at",
    ),
    search=("name", "host"),
    choices={
        "kind": {"smpp": _("SMPP 3.4"), "http": _("HTTP (JSON)")},
        "bind": {"transceiver": _("one connection (transceiver)"), "pair": _("two (transmitter and receiver)")},
        "long_texts": {"header": _("in parts that the phone joins"), "payload": _("whole, the operator cuts them")},
        "state": {
            "down": _("down"),
            "bound": _("bound"),
            "paused": _("paused"),
            "resting": _("resting: it refused too much or was slow"),
        },
    },
    labels={"kind": _("Protocol"), "priority": _("Priority"), "path": _("Path")},
    help={
        "path": _("Of an HTTP provider, such as /sms/v1."),
        "system_id": _("Login that the operator gave; at most 15 Latin characters."),
        "password": _("Of SMPP at most 8 Latin characters; of an HTTP provider its token."),
        "source": _("Name or number that phones show as the sender."),
        "reply_to": _("Number to which families can answer."),
        "window": _("Messages that may be without an answer at once, 1 to 1000."),
        "rate": _("Parts a second that the operator allows; 0: unlimited."),
        "priority": _("1 is used first; the next when no link of a better priority can be used."),
        "weight": _("Share of the traffic among links of one priority."),
        "most_refused_percent": _("Above it the link rests for a minute while others can send; 0: never."),
        "slow_seconds": _("When most answers take longer, the link rests while others can send; 0: never."),
        "paused": _("Receipts and answers still come, but nothing is sent."),
    },
    secret=("password",),
    volatile=("state", "state_since", "state_words", "heartbeat_at"),
    groups=(
        (_("Connection"), ("name", "kind", "host", "port", "tls", "path", "system_id", "password", "bind")),
        (_("Texts"), ("source", "reply_to", "long_texts")),
        (_("Speed and choice"), (
            "window", "rate", "priority", "weight", "most_refused_percent", "slow_seconds", "paused", "active",
        )),
    ),
    related=("sms_message.link",),
    writes=office,
    check=_check_link,
)  # fmt: skip

SMS_ERRORS = RecordType(
    model=SmsError,
    title=_("Error codes of operators"),
    one=_("Error code"),
    menu=SMS,
    columns=("link", "code", "verdict", "words_ru", "words_en"),
    fields=("link", "code", "verdict", "words_ru", "words_en"),
    search=("words_ru", "words_en"),
    order=("code",),
    choices={
        "verdict": {
            "throttled": _("too fast: slow the link down"),
            "temporary": _("try again later"),
            "link": _("the link is at fault: bind anew"),
            "permanent": _("refused for good"),
        }
    },
    labels={
        "code": _("Code"),
        "verdict": _("What to do"),
        "words_ru": _("Words in Russian"),
        "words_en": _("Words in English"),
    },
    help={
        "link": _("Where empty, the code means this on every link."),
        "code": _("The command_status as a decimal number: 0x45 is 69."),
    },
    writes=office,
)
