"""How the simulator behaves: well, unless it is told otherwise."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

RECEIPTS = ("after", "early", "twice")


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
    receipts: str = "after"  # after the answer, early (before it), twice
    receipt_delay: float = 0.3
    lose_receipts: float = 0.0  # share
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
    if name == "receipts" and value not in RECEIPTS:
        raise WrongBehaviour(f"receipts: one of {', '.join(RECEIPTS)}")
    if isinstance(default, bool):
        fits = isinstance(value, bool)
    elif isinstance(default, float | int):
        fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        value = type(default)(value) if fits else value
    elif isinstance(default, dict):
        fits = isinstance(value, dict) and all(isinstance(status, int) for status in value.values())
        value = {digits(phone): status for phone, status in value.items()} if fits else value
    elif isinstance(default, tuple):
        fits = isinstance(value, list) and all(isinstance(phone, str) for phone in value)
        value = tuple(digits(phone) for phone in value) if fits else value
    else:
        fits = isinstance(value, str)
    if not fits:
        raise WrongBehaviour(f"{name} takes a value such as {default!r}")
    return value


def digits(phone: str) -> str:
    """A phone number as SMPP carries it."""
    return "".join(sign for sign in phone if sign.isdecimal())
