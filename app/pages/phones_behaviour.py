"""How the demo's operator behaves, as a form: each behaviour of the simulator is a control with its help."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.phones import phone_number
from app.domain.sms_errors import status_words
from app.words import Word, _, language

MOST_SIGNS = 20_000
MOST_STATUS = 0xFFFF_FFFF
_STATUS = re.compile(r"0[xX]([0-9a-fA-F]{1,8})|([0-9]{1,10})")
_FAILURES = (0x08, 0x14, 0x45, 0x58, 0x64, 0x0A, 0x0B, 0x15, 0x61, 0x65, 0x66, 0x04, 0x400)
_REFUSALS = (0x0D, 0x0E, 0x0F, 0x05, 0x08)


class WrongText(Exception):
    """What was typed is no value of the control; `words` say what it takes."""

    def __init__(self, words: Word) -> None:
        super().__init__(str(words))
        self.words = words


@dataclass(frozen=True)
class Control(ABC):
    """One behaviour: between its value over HTTP and the text that is typed."""

    name: str
    default: Any
    label: Word
    help: Word

    def shown(self, value: Any) -> str:
        """The value as it is typed."""
        return str(value)

    @abstractmethod
    def read(self, text: str) -> Any:
        """The value that was typed; raises WrongText."""


@dataclass(frozen=True)
class Number(Control):
    """A number, `scale` times what the simulator takes: a share is typed in per cent."""

    highest: int = 1_000_000
    scale: int = 1

    def shown(self, value: Any) -> str:
        return f"{value * self.scale:.6g}" if isinstance(self.default, float) else str(value)

    def read(self, text: str) -> Any:
        is_whole = isinstance(self.default, int)
        shape = r"[0-9]{1,9}" if is_whole else r"[0-9]{1,9}([.,][0-9]{1,6})?"
        if not re.fullmatch(shape, text, re.ASCII) or (number := float(text.replace(",", "."))) > self.highest:
            raise WrongText(
                _("Takes a whole number from 0 to {highest}, not “{given}”.", highest=self.highest, given=text[:40])
                if is_whole
                else _("Takes a number from 0 to {highest}, not “{given}”.", highest=self.highest, given=text[:40])
            )
        return int(number) if is_whole else number / self.scale


@dataclass(frozen=True)
class Yes(Control):
    """A box to tick."""

    def shown(self, value: Any) -> str:
        return "yes" if value else ""

    def read(self, text: str) -> bool:
        return bool(text)


@dataclass(frozen=True)
class Choice(Control):
    """One of a few."""

    words: tuple[tuple[str, Word], ...] = ()

    def choices(self, chosen: str) -> list[tuple[str, object]]:
        return list(self.words)

    def read(self, text: str) -> Any:
        if text not in dict(self.words):
            raise WrongText(_("Takes one of: {allowed}.", allowed=", ".join(str(word) for _value, word in self.words)))
        return text


@dataclass(frozen=True)
class Status(Choice):
    """A command_status of SMPP, 0 for none."""

    statuses: tuple[int, ...] = ()

    def shown(self, value: Any) -> str:
        return f"0x{value:02X}"

    def choices(self, chosen: str) -> list[tuple[str, object]]:
        known = [(self.shown(status), self._words(status)) for status in self.statuses]
        given = [*self.words, *known]
        return given if chosen in dict(given) else [*given, (chosen, chosen)]

    def _words(self, status: int) -> str:
        """The code first: a narrow list cuts the end off."""
        code = self.shown(status)
        return f"{code} · {status_words(status, language()).removesuffix(f' ({code})')}"

    def read(self, text: str) -> int:
        status = _status(text)
        if status == 0 and not self.words:
            raise WrongText(_("Takes a status such as 0x0B, not “{given}”.", given=text[:40]))
        return status


@dataclass(frozen=True)
class Phones(Control):
    """Phone numbers, one a line; with a status after each where `with_status`."""

    with_status: bool = False

    def shown(self, value: Any) -> str:
        if self.with_status:
            return "\n".join(f"+{phone} 0x{status:02X}" for phone, status in value.items())
        return "\n".join(f"+{phone}" for phone in value)

    def read(self, text: str) -> Any:
        lines = [line.strip() for line in text[:MOST_SIGNS].splitlines() if line.strip()]
        if not self.with_status:
            return [_phone(line) for line in lines]
        pairs = [(line.rpartition(" ")[0], line.rpartition(" ")[2]) for line in lines]
        read = {_phone(phone): _status(status) for phone, status in pairs}
        if 0 in read.values():
            raise WrongText(_("Takes a status such as 0x0B, not “{given}”.", given="0"))
        return read


def _phone(written: str) -> str:
    try:
        return phone_number(written)
    except InvalidInput:
        raise WrongText(_("“{given}” is no phone number; one looks like +79991234567.", given=written[:40])) from None


def _status(written: str) -> int:
    match = _STATUS.fullmatch(written.strip())
    status = (int(match[1], 16) if match[1] else int(match[2])) if match else MOST_STATUS + 1
    if status > MOST_STATUS:
        raise WrongText(_("Takes a status such as 0x0B, not “{given}”.", given=written[:40]))
    return status


def _share(name: str, label: Word, help: Word) -> Number:
    return Number(name, 0.0, label, help, highest=100, scale=100)


GROUPS: tuple[tuple[Word, tuple[Control, ...]], ...] = (
    (
        _("Answers to the school"),
        (
            Number("throttle", 0, _("Parts a second that are taken"), _("More are answered 0x58. 0: all are taken.")),
            _share("fail_share", _("Refused, %"), _("So many of a hundred parts get the status below.")),
            Status("fail_status", 0x08, _("Refused with"), _("The SMPP status of refused parts."), statuses=_FAILURES),
            Phones(
                "fail_numbers",
                {},
                _("Refused numbers"),
                _("A number and its status on each line, such as +79990000001 0x0B."),
                with_status=True,
            ),
            Number("answer_delay", 0.0, _("Seconds until an answer"), _("A slow operator."), highest=3600),
            Yes("never_answer", False, _("Never answer"), _("Parts are taken and reach their phones, in silence.")),
            Yes("hex_ids", False, _("Ids in hex"), _("Answers name a part in hex, its receipt in decimal figures.")),
        ),
    ),
    (
        _("Receipts"),
        (
            _share("undeliverable_share", _("Undeliverable, %"), _("So many of a hundred receipts say that.")),
            Phones(
                "undeliverable_numbers", (), _("Undeliverable numbers"), _("One on each line: phones never reached.")
            ),
            _share("lose_receipts", _("Lost receipts, %"), _("So many of a hundred are never sent.")),
            Number("receipt_delay", 0.3, _("Seconds until a receipt"), _("After the answer."), highest=3600),
            Choice(
                "receipts",
                "after",
                _("Order of receipts"),
                _("Some operators are too quick, others repeat themselves."),
                (("after", _("after the answer")), ("early", _("before the answer")), ("twice", _("twice"))),
            ),
            Choice(
                "receipt_pdu",
                "deliver_sm",
                _("Receipts come by"),
                _("The SMPP command that carries them."),
                (("deliver_sm", Word("deliver_sm")), ("data_sm", Word("data_sm"))),
            ),
            Choice(
                "receipt_form",
                "both",
                _("Id and state stand in"),
                _("A receipt has a text for people and parameters for programs."),
                (("both", _("text and parameters")), ("text", _("the text alone")), ("tlv", _("parameters alone"))),
            ),
            Choice(
                "receipt_ids",
                "same",
                _("Ids in receipts"),
                _("Cut ones cannot be found again where the text is alone."),
                (("same", _("as answered")), ("padded", _("with zeros before")), ("cut", _("cut in the text"))),
            ),
        ),
    ),
    (
        _("Connection"),
        (
            Number("hang_up_after", 0, _("Hang up at part"), _("The connection breaks there, once. 0: never.")),
            Status(
                "refuse_bind",
                0,
                _("Logging in"),
                _("Takes effect at the next connection."),
                (("0x00", _("is allowed")),),
                statuses=_REFUSALS,
            ),
        ),
    ),
)
CONTROLS = tuple(control for _title, controls in GROUPS for control in controls)


def shown(state: Mapping[str, Any]) -> dict[str, str]:
    """The state as typed texts; raises KeyError, TypeError or ValueError where it is none of the simulator's."""
    return {control.name: control.shown(state[control.name]) for control in CONTROLS}


def misbehaviour(typed: Mapping[str, str]) -> list[Control]:
    """The controls that stand otherwise than a good operator's."""
    return [control for control in CONTROLS if typed.get(control.name) != control.shown(control.default)]


def read(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Word]]:
    """The values of a form, and what is wrong with it by field."""
    values: dict[str, Any] = {}
    wrong: dict[str, Word] = {}
    for control in CONTROLS:
        try:
            values[control.name] = control.read(typed.get(control.name, "").strip())
        except WrongText as mistake:
            wrong[control.name] = mistake.words
    return values, wrong
