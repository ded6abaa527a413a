"""The states of a message in the outbox: which there are, which are final, and what a receipt makes of them.

queued → claimed → sending → accepted → delivered | undeliverable | expired
                      │
                      ├── rejected    a permanent error
                      └── uncertain   gateway or link died between submit and answer
cancelled: the right to send it ended before it was sent
"""

import re
from collections.abc import Sequence
from datetime import timedelta

STATES = (
    "queued",
    "claimed",
    "sending",
    "accepted",
    "delivered",
    "undeliverable",
    "expired",
    "rejected",
    "uncertain",
    "cancelled",
)
FINAL = frozenset({"delivered", "undeliverable", "expired", "rejected", "cancelled"})

KINDS = ("code", "urgent", "reply", "immediate", "digest", "weekly")  # in the order in which they are claimed
# A code or a reply that comes twice confuses, or is useless by then: its uncertain rows wait for the operator.
SENT_AGAIN = frozenset({"urgent", "immediate", "digest", "weekly"})

# SMPP 3.4 appendix B (the text of a receipt) and §5.2.28 (message_state); None: not the end yet.
_BY_WORD: dict[str, str | None] = {
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "DELETED": "undeliverable",
    "UNDELIV": "undeliverable",
    "UNKNOWN": "undeliverable",
    "REJECTD": "undeliverable",
    "ACCEPTD": None,
    "ENROUTE": None,
}
_BY_NUMBER = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_HEX = re.compile(r"[0-9a-f]+")

_BACK_OFF = (timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
_LONGEST_BACK_OFF = timedelta(minutes=10)


def priority(kind: str) -> int:
    """The place of a kind in the queue, 0 first."""
    return KINDS.index(kind)


def receipt_state(word: str, number: int | None = None) -> str | None:
    """The final state that a receipt reports, by message_state where it has one, else by the word of its text.

    None: the message is still on its way.

    >>> receipt_state("DELIVRD"), receipt_state("", 5), receipt_state("ENROUTE")
    ('delivered', 'undeliverable', None)
    """
    return _BY_WORD.get(_BY_NUMBER.get(number or 0) or word[:7].upper())


def message_state(part_states: Sequence[str]) -> str | None:
    """The final state of a message by the states of all its parts; None while one that decides is missing.

    Delivered means all of them; one that failed fails the message.

    >>> message_state(["delivered", "accepted"]), message_state(["delivered", "expired"])
    (None, 'expired')
    """
    for failure in ("rejected", "undeliverable", "expired"):
        if failure in part_states:
            return failure
    return "delivered" if part_states and all(state == "delivered" for state in part_states) else None


def normal_id(written: str) -> str:
    """The SMSC's id of a part as we keep it: without leading zeros, lower case, at most 65 characters.

    >>> normal_id("0005EAB8DA5")
    '5eab8da5'
    """
    return written.strip("\0 ").lower().lstrip("0")[:65] or "0"


def id_spellings(written: str) -> list[str]:
    """The normal id and how it reads in the other base: an SMSC may answer in hex and send its receipts in decimal.

    >>> id_spellings("1588301221"), id_spellings("a-1")
    (['1588301221', '5eab8da5', '92479164961'], ['a-1'])
    """
    given = normal_id(written)
    spellings = [given]
    if len(given) <= 20 and given.isascii():
        if given.isdecimal():
            spellings.append(f"{int(given):x}")
        if _HEX.fullmatch(given):
            spellings.append(str(int(given, 16)))
    return list(dict.fromkeys(spellings))


def back_off(attempts: int) -> timedelta:
    """How long a message waits after its attempt of this number met a temporary error.

    >>> back_off(1), back_off(9)
    (datetime.timedelta(seconds=30), datetime.timedelta(seconds=600))
    """
    return _BACK_OFF[attempts - 1] if attempts <= len(_BACK_OFF) else _LONGEST_BACK_OFF
