"""What stories of dying gateways share: a mixed load, the gateway's process, and the account made in the end."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.domain.sms_states import SENT_AGAIN
from config import ROOT, Settings
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually

PHONES = tuple(f"+7999000{number:04}" for number in range(1, 21))
UNREACHABLE, REFUSED = "+79990009998", "+79990009999"  # by a receipt, and by the answer to submit_sm
KINDS = ("code", "urgent", "reply", "immediate", "digest", "weekly")

# Every row that is ever listed as uncertain, however short that is.
WITNESS = """
CREATE TABLE witness (message_id bigint);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO public.witness VALUES (new.id); RETURN NULL; END $$;
CREATE TRIGGER witness AFTER UPDATE ON sms_message FOR EACH ROW
    WHEN (new.state = 'uncertain' AND old.state <> 'uncertain') EXECUTE FUNCTION witness();
"""
NO_WITNESS = "DROP TRIGGER witness ON sms_message; DROP FUNCTION witness(); DROP TABLE witness"

_GUARDIAN = "INSERT INTO guardian (school_id, surname, given_name, patronymic, version) VALUES (1, 'I', 'M', '', 1)"
_CONSENT = """
INSERT INTO consent (school_id, guardian_id, phone, kind, means, text_version, version)
SELECT 1, max(id), %s, 'urgent', 'paper', '1', 1 FROM guardian ON CONFLICT DO NOTHING
"""

_NOT_SETTLED = """
SELECT id FROM sms_message WHERE done_at IS NULL AND NOT (state = 'uncertain' AND kind IN ('code', 'reply'))
"""


@contextmanager
def witnessed(outbox: Outbox) -> Iterator[None]:
    """While it lasts, uncertain rows are noted."""
    outbox.connection.execute(WITNESS)
    outbox.connection.execute(_GUARDIAN)
    try:
        yield
    finally:
        outbox.connection.execute(NO_WITNESS)


@contextmanager
def gateway(settings: Settings, step: str = "never", times: int = 1) -> Iterator["subprocess.Popen[str]"]:
    """A gateway in a process of its own; what is left of it when the block ends is killed."""
    environment = {
        "PATH": os.environ["PATH"],
        "ZVONOK_VAR": str(settings.var),
        "ZVONOK_DATABASE_APP_URL": settings.database_app_url or "",
        "ZVONOK_SMSC_URL": settings.smsc_url or "",
    }
    command = [sys.executable, "-m", "tests.sms_gateway.dying_gateway", step, str(times)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def kill_at_random(settings: Settings, simulator: RunningSimulator, seconds: float) -> None:
    """kill -9 a gateway at most so many seconds after its first submit."""
    before = simulator.get("stats").get("submits", 0)
    with gateway(settings) as process:
        eventually(lambda: simulator.get("stats").get("submits", 0) > before)
        time.sleep(random.uniform(0, seconds))
        process.kill()


@dataclass
class Load:
    """Messages of all kinds and lengths, each with a text of its own."""

    outbox: Outbox
    sent: dict[int, tuple[str, str, str]] = field(default_factory=dict)  # message → kind, phone, text

    def queue(self, messages: int) -> None:
        for _ in range(messages):
            number = len(self.sent)
            kind = KINDS[number % len(KINDS)]
            text = f"{kind} {number}" if number % 3 else f"{kind} {number} математика"
            text += " and more of it" * (14 if number % 5 == 0 else 0)
            phone = REFUSED if number % 41 == 40 else UNREACHABLE if number % 37 == 36 else random.choice(PHONES)
            if number % 5 == 0:  # left alone: a phone may join pieces that a death left there to another long text
                phone = f"+7999100{number:04}"
            self.outbox.connection.execute(_CONSENT, (phone,))
            self.sent[self.outbox.queue(text, phone, kind)] = (kind, phone, text)

    def settles(self, seconds: float) -> None:
        """Wait until only codes and replies are uncertain, and all others have come to an end."""
        try:
            eventually(lambda: not self.outbox.rows(_NOT_SETTLED), seconds)
        except AssertionError as late:
            columns = "id, state, attempts, error, due_at, claimed_by, claimed_until, expires_at"
            waiting = self.outbox.rows(
                f"SELECT {columns}, now() FROM sms_message WHERE state <> 'delivered' ORDER BY id"
            )
            raise AssertionError(f"not settled after {seconds:g} s: {waiting}") from late

    def account(self, simulator: RunningSimulator) -> "Account":
        """Compare what phones show with what the outbox says."""
        phones = {phone for _, phone, _ in self.sent.values()}
        arrived = Counter(text for phone in phones for text in simulator.texts(phone))
        listed = {row["message_id"] for row in self.outbox.rows("SELECT message_id FROM witness")}
        states = {row["id"]: row["state"] for row in self.outbox.rows("SELECT id, state FROM sms_message")}
        account = Account(len(self.sent), len(listed))
        for message, (kind, phone, text) in self.sent.items():
            account.add(message, kind, phone, arrived[text], states[message], message in listed)
        return account


@dataclass
class Account:
    """What became of all messages: the stated guarantee in figures."""

    messages: int
    listed: int  # as uncertain, at some time
    lost: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    doubled_against_the_rule: list[int] = field(default_factory=list)  # codes and replies
    unlisted: list[int] = field(default_factory=list)  # doubled or unknown, and never listed
    unknown: list[int] = field(default_factory=list)  # still listed: codes and replies that nobody may send again
    wrongly_settled: list[tuple[int, str]] = field(default_factory=list)

    def add(self, message: int, kind: str, phone: str, times: int, state: str, was_listed: bool) -> None:
        expected = {UNREACHABLE: "undeliverable", REFUSED: "rejected"}.get(phone, "delivered")
        if state == "uncertain":
            self.unknown.append(message)
        elif state != expected:
            self.wrongly_settled.append((message, state))
        if times == 0 and state not in ("uncertain", "rejected"):
            self.lost.append(message)
        if times > 1:
            self.doubled.append(message)
            if kind not in SENT_AGAIN:
                self.doubled_against_the_rule.append(message)
        if (times > 1 or state == "uncertain") and not was_listed:
            self.unlisted.append(message)

    def holds(self, deaths: int, window: int) -> None:
        """The guarantee, after so many deaths of gateway or link."""
        assert self.lost == []
        assert self.wrongly_settled == []
        assert self.doubled_against_the_rule == []
        assert self.unlisted == [], "doubled or unknown, and nobody was told"
        assert self.listed <= deaths * window
        assert len(self.doubled) <= deaths * window

    def __str__(self) -> str:
        return (
            f"{self.messages} messages: lost {len(self.lost)}, doubled {len(self.doubled)} (codes and replies "
            f"{len(self.doubled_against_the_rule)}), uncertain at some time {self.listed}, of these codes and replies "
            f"left to the operator {len(self.unknown)}, not listed {len(self.unlisted)}"
        )
