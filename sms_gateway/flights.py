"""From a claimed row to its segments, and from the SMSC's answers to what becomes of the row."""

import random
import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from app.domain.errors import InvalidInput
from app.domain.sms_errors import STANDARD, VENDOR_ATTEMPTS, Codes, Verdict, reason_words
from app.domain.sms_states import back_off, id_spellings, message_state
from app.domain.sms_text import encoded, segmented
from sms_gateway.outbox import TAIL
from sms_gateway.receipts import Receipt
from sms_gateway.rows import Flight, Outcome, Outgoing, Part, Way

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
MOST_PHONES = 50_000
LINK_PAUSE_SECONDS = 5.0


class References:
    """Concatenation references, counted for each phone, so that two long texts to one phone are not mixed up.

    A process begins with the message's own number: a text that is sent again after a death bears the reference that it
    bore, so that a piece which the phone has kept joins its own text and no other.
    """

    def __init__(self) -> None:
        self._last: OrderedDict[str, int] = OrderedDict()

    def next(self, phone: str, message_id: int) -> int:
        last = self._last.pop(phone, None)
        reference = message_id % 256 if last is None else (last + 1) % 256
        self._last[phone] = reference
        if len(self._last) > MOST_PHONES:
            self._last.popitem(last=False)
        return reference


def flight_of(message: Outgoing, references: References, way: Way = Way.PARTS) -> Flight:
    """The message as its link sends it; without parts where it cannot be sent, which `outcome` then says."""
    flight = Flight(message)
    if not _PHONE.fullmatch(message.phone):
        return flight
    try:
        sms = segmented(message.body)
    except InvalidInput:
        return flight
    flight.coding = sms.coding
    if way is Way.PARTS:
        reference = references.next(message.phone, message.id) if len(sms.segments) > 1 else 0
        payloads = sms.payloads(reference)
    else:
        payloads = [encoded(message.body, sms.coding) if way is Way.PAYLOAD else b""]
    flight.parts = [Part(flight, number, octets) for number, octets in enumerate(payloads, start=1)]
    return flight


def outcome(flight: Flight, language: str, codes: Codes = STANDARD, *, is_link_at_fault: bool = True) -> Outcome:
    """What the answers to all parts make of the message. One part refused for good refuses the message;
    one refused for now sends all of it again, as a phone shows nothing of a text that lacks a part.

    An answer that blames a link which is well is an attempt, and after some the message is refused for good.
    """
    message_id, attempt = flight.message.id, flight.attempt
    if not flight.parts:
        known = "too_long" if _PHONE.fullmatch(flight.message.phone) else "not_a_phone"
        return Outcome(message_id, attempt, "rejected", reason_words(known, language))
    refused = {codes.verdict(part.status, attempt): part.status for part in flight.parts if part.status}
    if not refused:
        return _taken(flight, language)
    if Verdict.PERMANENT in refused:
        status = refused[Verdict.PERMANENT]
        return Outcome(message_id, attempt, "rejected", codes.words(status, language), status)
    if Verdict.LINK in refused and not is_link_at_fault and attempt >= VENDOR_ATTEMPTS:
        status = refused[Verdict.LINK]
        return Outcome(message_id, attempt, "rejected", codes.words(status, language), status)
    if Verdict.TEMPORARY in refused or (Verdict.LINK in refused and not is_link_at_fault):
        status = refused.get(Verdict.TEMPORARY) or refused[Verdict.LINK]
        pause = back_off(attempt).total_seconds() * random.uniform(0.8, 1.2)
        return Outcome(message_id, attempt, "queued", codes.words(status, language), status, pause)
    worst = Verdict.LINK if Verdict.LINK in refused else Verdict.THROTTLED
    status = refused[worst]
    pause = LINK_PAUSE_SECONDS if worst is Verdict.LINK else random.uniform(1.0, 2.0)
    return Outcome(message_id, attempt, "queued", codes.words(status, language), status, pause, counts=False)


def _taken(flight: Flight, language: str) -> Outcome:
    state = message_state([part.state for part in flight.parts])
    if state in (None, "delivered"):
        return Outcome(flight.message.id, flight.attempt, state or "accepted")
    reason = "expired_at_smsc" if state == "expired" else "undeliverable"
    code = next((part.error_code for part in flight.parts if part.state == state), None)
    return Outcome(flight.message.id, flight.attempt, state, reason_words(reason, language), code or None)


def with_receipts(done: Sequence[Flight], receipts: Iterable[Receipt]) -> list[Receipt]:
    """Give receipts to parts that were answered in the same breath; those that belong to none of these come back."""
    parts = {part.smsc_id: part for flight in done for part in flight.parts if part.smsc_id and not part.status}
    others: list[Receipt] = []
    for receipt in receipts:
        part = next((parts[given] for given in id_spellings(receipt.smsc_id) if given in parts), None)
        if part is None or part.receipt or part.flight.message.phone[-TAIL:] != receipt.phone[-TAIL:]:
            others.append(receipt)
        else:
            part.receipt = receipt
    return others


def throttled_parts(flight: Flight, codes: Codes = STANDARD) -> list[Part]:
    """Parts to be sent once more on this link: throttled ones of a message that the SMSC has begun to take."""
    statuses = [part.status for part in flight.parts]
    verdicts = {codes.verdict(status, flight.attempt) for status in statuses if status}
    if verdicts == {Verdict.THROTTLED} and 0 in statuses:
        return [part for part in flight.parts if part.status]
    return []


def answers_orphans(done: Sequence[Flight], orphans: set[str]) -> bool:
    """Whether an answer names an id of which a receipt came before."""
    return any(
        spelling in orphans
        for flight in done
        for part in flight.parts
        if part.smsc_id
        for spelling in id_spellings(part.smsc_id)
    )
