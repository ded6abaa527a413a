"""Rows of the outbox as the gateway holds them: plain values between SQL and the wire."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from app.domain.sms_text import Coding
from sms_gateway.receipts import Receipt

_ROUTING = ("name", "priority", "weight", "most_refused_percent", "slow_seconds", "paused")


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One row of sms_link."""

    id: int
    school_id: int
    name: str
    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    source: str
    reply_to: str
    window: int
    rate: int
    from_settings: bool
    kind: str = "smpp"
    path: str = ""
    bind: str = "transceiver"
    long_texts: str = "header"
    priority: int = 1
    weight: int = 1
    most_refused_percent: int = 50
    slow_seconds: int = 10
    paused: bool = False

    def connects_as(self, other: "LinkRow") -> bool:
        """Whether a connection of the other row serves this one too: what differs is only when it is used."""
        return self == replace(other, **{name: getattr(self, name) for name in _ROUTING})

    @property
    def way(self) -> "Way":
        """How its messages are cut."""
        if self.kind == "http":
            return Way.TEXT
        return Way.PAYLOAD if self.long_texts == "payload" else Way.PARTS


class Way(StrEnum):
    """How a message goes over a link."""

    PARTS = "parts"  # each as long as a phone's message
    PAYLOAD = "payload"  # one PDU with all octets: the SMSC cuts them
    TEXT = "text"  # as a text: the provider chooses alphabet and parts


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message."""

    id: int
    phone: str
    body: str
    kind: str
    priority: int
    due_at: datetime
    attempts: int  # before this one
    expires_at: datetime
    trace: str

    @property
    def seconds_left(self) -> int:
        """Until it is of no more use, at least a minute."""
        return max(60, int((self.expires_at - datetime.now(UTC)).total_seconds()))


@dataclass(slots=True, eq=False)
class Part:
    """One segment under way: `status` is the SMSC's answer, None while there is none; `receipt` came with it."""

    flight: "Flight"
    number: int
    payload: bytes
    status: int | None = None
    smsc_id: str | None = None
    receipt: Receipt | None = None
    octets: bytes | None = None  # its submit_sm, but for the sequence
    seconds: float = 0.0  # until its answer

    @property
    def state(self) -> str:
        if self.status:
            return "rejected"
        return (self.receipt and self.receipt.state) or "accepted"

    @property
    def error_code(self) -> int | None:
        return self.status or (self.receipt.error_code if self.receipt else None)


@dataclass(slots=True, eq=False)
class Flight:
    """A message between the commit of `sending` and the commit of its answer; without parts it cannot be sent."""

    message: Outgoing
    coding: Coding = Coding.GSM
    parts: list[Part] = field(default_factory=list)
    is_done: bool = False  # counted among those whose answers have all come

    @property
    def attempt(self) -> int:
        return self.message.attempts + 1

    @property
    def is_answered(self) -> bool:
        return all(part.status is not None for part in self.parts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a message after its answers: the row's next state and why."""

    message_id: int
    attempt: int
    state: str  # accepted, rejected, queued, or final by a receipt that came with the answer
    error: str | None = None
    error_code: int | None = None
    pause_seconds: float = 0.0  # of a queued one
    counts: bool = True  # whether it was an attempt

    def row(self) -> dict[str, object]:
        """As the database takes it."""
        return {
            "id": self.message_id,
            "attempt": self.attempt,
            "state": self.state,
            "error": self.error,
            "code": self.error_code,
            "pause": self.pause_seconds,
            "counts": self.counts,
        }
