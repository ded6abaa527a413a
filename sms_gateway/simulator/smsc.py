"""The simulator's heart: what becomes of submitted parts, and what waits for a session to be delivered to."""

import asyncio
import itertools
import random
import time
from collections import Counter, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from app.domain.sms_text import segmented
from sms_gateway.simulator import wire
from sms_gateway.simulator.behaviour import Behaviour, digits
from sms_gateway.simulator.phones import Phones
from sms_gateway.simulator.receipts import HEADER_BIT, Accepted, Delivery, receipt

REDELIVER_SECONDS = 0.5
MOST_KEPT = 50_000


class Client(Protocol):
    """A session as the SMSC sees it."""

    system_id: str

    @property
    def receives(self) -> bool: ...
    def deliver(self, delivery: Delivery) -> None: ...
    def close(self) -> None: ...


class Smsc:
    """All sessions, the phones, and what waits for a session to be delivered to."""

    def __init__(self, phones: Phones) -> None:
        self.phones = phones
        self.behaviour = Behaviour()
        self.figures: Counter[str] = Counter()
        self.sessions: list[Client] = []
        self._numbers = itertools.count(int(time.time()) * 1000)  # no id comes again after a restart
        self._references = itertools.count(random.randrange(256))
        self._to_deliver: dict[str, deque[Delivery]] = {}
        self._taken: deque[float] = deque()

    def reset(self) -> None:
        """Behave well, with empty phones."""
        self.behaviour = Behaviour()
        self.figures.clear()
        self.phones.forget()
        self._to_deliver.clear()

    def write(self, phone: str, text: str, to: str) -> int:
        """A phone's owner writes; the parts go to a session that receives, now or when there is one."""
        sms = segmented(text)
        reference = next(self._references)
        for octets in sms.payloads(reference):
            esm_class = HEADER_BIT if len(sms.segments) > 1 else 0
            body = wire.deliver_body(digits(phone), digits(to), esm_class, sms.coding, octets)
            self.deliver(Delivery(wire.DELIVER_SM, body))
        self.phones.write(f"+{digits(phone)}", text, len(sms.segments), to)
        self.figures["written"] += 1
        return len(sms.segments)

    def deliver(self, delivery: Delivery) -> None:
        self._queue(delivery.owner).append(delivery)
        self.pump()

    def pump(self) -> None:
        """Hand what waits to sessions that receive: a receipt to one of who submitted, a text to any."""
        for owner, waiting in self._to_deliver.items():
            receivers = [session for session in self.sessions if session.receives and owner in ("", session.system_id)]
            while waiting and receivers:
                random.choice(receivers).deliver(waiting.popleft())

    def again(self, deliveries: Iterable[Delivery]) -> None:
        """What was not acknowledged is delivered again."""
        for delivery in reversed(list(deliveries)):
            self._queue(delivery.owner).appendleft(delivery)
        asyncio.get_running_loop().call_later(REDELIVER_SECONDS, self.pump)

    def _queue(self, owner: str) -> deque[Delivery]:
        return self._to_deliver.setdefault(owner, deque(maxlen=MOST_KEPT))

    def verdict(self, given: wire.Submitted) -> int:
        """The command_status that this submit_sm gets."""
        behaviour = self.behaviour
        if behaviour.throttle:
            now = time.monotonic()
            while self._taken and self._taken[0] < now - 1.0:
                self._taken.popleft()
            if len(self._taken) >= behaviour.throttle:
                return wire.THROTTLED
            self._taken.append(now)
        if not 3 <= len(digits(given.phone)) == len(given.phone):
            return wire.INVALID_DESTINATION
        if given.phone in behaviour.fail_numbers:
            return behaviour.fail_numbers[given.phone]
        return behaviour.fail_status if random.random() < behaviour.fail_share else wire.OK

    def accept(self, given: wire.Submitted, owner: str) -> Accepted:
        self.figures["accepted"] += 1
        return Accepted(next(self._numbers), given, self.phones.receive(given), datetime.now(UTC), owner)

    def answer_id(self, accepted: Accepted) -> str:
        return f"{accepted.number:x}" if self.behaviour.hex_ids else str(accepted.number)

    def send_receipt(self, accepted: Accepted) -> None:
        """The receipt, or two, or none, as the behaviour says."""
        behaviour, given = self.behaviour, accepted.given
        if not given.wants_receipt:
            return
        failed = given.phone in behaviour.undeliverable_numbers or random.random() < behaviour.undeliverable_share
        lost = random.random() < behaviour.lose_receipts
        if accepted.text is not None:
            said = "lost" if lost else "undeliverable" if failed else "delivered"
            self.phones.settled(accepted.text, said)
        if not lost:
            for _ in range(2 if behaviour.receipts == "twice" else 1):
                self.figures["receipts"] += 1
                self.deliver(receipt(accepted, failed, behaviour))
