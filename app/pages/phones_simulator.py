"""What the demo's pages ask of the SMSC simulator, over its HTTP port."""

import http.client
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.web.resources import resources

TIMEOUT_SECONDS = 2


class SimulatorAway(Exception):
    """The simulator does not answer, or answers something else than was asked for."""


class SimulatorRefused(Exception):
    """The simulator does not take this; the text says why, in English."""


@dataclass(frozen=True)
class Text:
    """One text as its phone shows it; `receipt` is waiting, delivered, undeliverable, lost or none."""

    text: str
    is_from_phone: bool
    parts: int
    at: datetime
    other: str
    receipt: str


@dataclass(frozen=True)
class Phone:
    """A phone in the list: its number, and the last that it received or wrote."""

    number: str
    last_text: str
    last_at: datetime


def phones() -> list[Phone]:
    """All phones, the one used last first. Raises SimulatorAway."""
    answer = _ask("GET", "/phones")
    try:
        return [
            Phone(str(each["phone"]), str(each["last_text"]), _moment(each["last_at"])) for each in answer["phones"]
        ]
    except (KeyError, TypeError, ValueError) as odd:
        raise SimulatorAway from odd


def texts(number: str) -> list[Text]:
    """What is on the phone, the newest last. Raises SimulatorAway."""
    answer = _ask("GET", f"/phones/{quote(number)}")
    try:
        return [
            Text(
                text=str(each["text"]),
                is_from_phone=each["direction"] == "from_phone",
                parts=int(each["parts"]),
                at=_moment(each["at"]),
                other=str(each["other"]),
                receipt=str(each["receipt"]),
            )
            for each in answer["messages"]
        ]
    except (KeyError, TypeError, ValueError) as odd:
        raise SimulatorAway from odd


def write(number: str, text: str) -> None:
    """A text from this phone to the school. Raises SimulatorAway, SimulatorRefused."""
    _ask("POST", f"/phones/{quote(number)}/reply", {"text": text})


def behaviour() -> dict[str, Any]:
    """How the operator behaves now. Raises SimulatorAway."""
    answer = _ask("GET", "/behave")
    if not isinstance(answer, dict):
        raise SimulatorAway
    return answer


def behave(changes: dict[str, Any]) -> None:
    """Raises SimulatorAway, SimulatorRefused."""
    _ask("POST", "/behave", changes)


def behave_well() -> None:
    """Raises SimulatorAway."""
    _ask("POST", "/behave/well")


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(resources().settings.timezone)


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The simulator's answer. Raises SimulatorAway, SimulatorRefused."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", resources().settings.simulator_http_port, timeout=TIMEOUT_SECONDS
    )
    try:
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        read = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as away:
        raise SimulatorAway from away
    finally:
        connection.close()
    if answer.status == 400 and isinstance(read, dict):
        raise SimulatorRefused(str(read.get("message")))
    if answer.status >= 300:
        raise SimulatorAway
    return read
