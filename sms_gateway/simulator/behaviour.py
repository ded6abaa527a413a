"""How the simulator behaves: well, unless it is told otherwise."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

CHOICES = {
    "receipts": ("after", "early", "twice"),  # after the answer, before it, twice
    "receipt_pdu": ("deliver_sm", "data_sm"),
    "receipt_form": ("both", "text", "tlv"),  # where id and state stand: in the text, in parameters, in both
    "receipt_ids": ("same", "padded", "cut"),  # as answered; with zeros before; in the text only the first figures
}
MOST_SECONDS = 3_600.0
MOST_STATUS = 0xFFFF_FFFF
MOST_COUNT = 1_000_000
_SHARES = frozenset({"fail_share", "undeliverable_share", "lose_receipts"})
_STATUSES = frozenset({"fail_status", "refuse_bind"})
_MOST_PHONES = 1_000


class WrongBehaviour(Exception):
    """Somebody asked for what the simulator does not know; the text says what it knows."""


@dataclass(frozen=True)
class Behaviour:
    """What POST /behave sets. Shares are from 0 to 1, times in seconds, statuses SMPP's command_status."""

    answer_delay: float = 0.0
    never_answer: bool = False
    throttle: int = 0  # parts a second that are taken; above it 0x58; 0: all
    fail_share: float = 0.0  # of submits that get fail_status
    fail_status: int = 0x08
    fail_numbers: dict[str, int] = field(default_factory=dict)  # phone → status
    undeliverable_share: float = 0.0
    undeliverable_numbers: tuple[str, ...] = ()
    receipts: str = "after"
    receipt_delay: float = 0.3
    lose_receipts: float = 0.0  # share
    receipt_pdu: str = "deliver_sm"
    receipt_form: str = "both"
    receipt_ids: str = "same"
    hex_ids: bool = False  # hex in answers, decimal in receipts
    hang_up_after: int = 0  # submits; then the connection breaks, once; 0: never
    refuse_bind: int = 0  # status

    def changed(self, asked: Any) -> "Behaviour":
        """Raises WrongBehaviour."""
        if not isinstance(asked, dict):
            raise WrongBehaviour("an object of settings")
        known = {known.name: getattr(Behaviour(), known.name) for known in fields(Behaviour)}
        changes: dict[str, Any] = {}
        for name, value in asked.items():
            if name not in known:
                raise WrongBehaviour(f"no setting {name}; there are: {', '.join(known)}")
            changes[name] = _fitting(name, value, known[name])
        return replace(self, **changes)


def _fitting(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
    elif isinstance(default, float | int):
        return type(default)(_number(name, value, default))
    elif isinstance(default, dict):
        if isinstance(value, dict) and len(value) <= _MOST_PHONES:
            return {_phone(name, phone): int(_number(name, status, 0x08)) for phone, status in value.items()}
    elif isinstance(default, tuple):
        if isinstance(value, list) and len(value) <= _MOST_PHONES:
            return tuple(_phone(name, phone) for phone in value)
    elif value in CHOICES[name]:
        return value
    else:
        raise WrongBehaviour(f"{name}: one of {', '.join(CHOICES[name])}")
    raise WrongBehaviour(f"{name} takes a value such as {default!r}")


def _number(name: str, value: Any, default: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise WrongBehaviour(f"{name} takes a value such as {default!r}")
    if name in _SHARES:
        least, most = 0.0, 1.0
    elif name in _STATUSES or name == "fail_numbers":
        least, most = (0.0 if name == "refuse_bind" else 1.0), float(MOST_STATUS)
    else:
        least, most = 0.0, MOST_SECONDS if isinstance(default, float) else float(MOST_COUNT)
    if not least <= value <= most:  # also where it is no number at all, as JSON's NaN
        raise WrongBehaviour(f"{name} is from {least:g} to {most:g}")
    return value


def _phone(name: str, written: Any) -> str:
    number = digits(written) if isinstance(written, str) else ""
    if not 3 <= len(number) <= 20:
        raise WrongBehaviour(f"{name} takes phone numbers such as '+79990000001'")
    return number


def digits(phone: str) -> str:
    """A phone number as SMPP carries it."""
    return "".join(sign for sign in phone if sign.isascii() and sign.isdecimal())
