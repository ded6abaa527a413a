"""The phones: what each has received and written, parts joined, kept in a file so that a restart forgets nothing."""

import json
import os
from collections import OrderedDict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.sms_text import MOST_SEGMENTS, decoded, segment_count, without_header
from sms_gateway.simulator.wire import Submitted

MOST_PHONES = 5_000
MOST_TEXTS_A_PHONE = 2_000
MOST_PIECES = 5_000
_HEADER_BIT = 0x40

TO_PHONE, FROM_PHONE = "to_phone", "from_phone"


@dataclass(slots=True)
class Text:
    """One text on a phone. `receipt`: waiting, delivered, undeliverable, lost, or none where nobody asked for one."""

    id: int
    direction: str
    text: str
    parts: int
    at: str
    other: str  # who sent it, or to whom it was sent
    receipt: str


class Phones:
    """Phones by their E.164 number, least recently used first; old texts make room for new ones."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._phones: OrderedDict[str, list[Text]] = OrderedDict()
        self._pieces: OrderedDict[tuple[str, str, int, int], dict[int, bytes]] = OrderedDict()
        self._next_id = 1
        self._changed = False
        self._load()

    def numbers(self) -> list[dict[str, Any]]:
        """Each phone with its last text, the most recently used first."""
        return [
            {"phone": phone, "messages": len(texts), "last_at": texts[-1].at, "last_text": texts[-1].text}
            for phone, texts in reversed(self._phones.items())
        ]

    def texts(self, phone: str) -> list[dict[str, Any]]:
        """What is on the phone, newest last."""
        return [asdict(text) for text in self._phones.get(phone, [])]

    def receive(self, given: Submitted) -> Text | None:
        """Put a part on its phone; the text when that made it whole."""
        phone, octets, parts = f"+{given.phone}", given.octets, 1
        if given.esm_class & _HEADER_BIT:
            piece, octets = without_header(octets)
            if piece is not None:
                key = (phone, given.source, piece.reference, piece.total)
                pieces = self._pieces.setdefault(key, {})
                pieces[piece.number] = octets
                if len(pieces) < piece.total:
                    while len(self._pieces) > MOST_PIECES:
                        self._pieces.popitem(last=False)
                    return None
                del self._pieces[key]
                octets, parts = b"".join(pieces[number] for number in sorted(pieces)), piece.total
        text = decoded(octets, given.data_coding)
        if given.is_payload:
            parts = _parts(text)
        receipt = "waiting" if given.wants_receipt else "none"
        return self._add(phone, TO_PHONE, text, parts, given.source, receipt)

    def write(self, phone: str, text: str, parts: int, to: str) -> Text:
        """A text that the phone's owner has written."""
        return self._add(phone, FROM_PHONE, text, parts, to, "none")

    def settled(self, text: Text, receipt: str) -> None:
        text.receipt = receipt
        self._changed = True

    def forget(self) -> None:
        self._phones.clear()
        self._pieces.clear()
        self._changed = True

    def save(self) -> None:
        """Write the file where something has changed; whole or not at all."""
        if self._file is None or not self._changed:
            return
        self._changed = False
        content = {phone: [asdict(text) for text in texts] for phone, texts in self._phones.items()}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        os.replace(new, self._file)

    def _load(self) -> None:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8")) if self._file else {}
            for phone, texts in content.items():
                self._phones[phone] = [Text(**text) for text in texts]
        except (OSError, ValueError, TypeError, AttributeError):
            self._phones.clear()  # a demo's phones are not worth a failure
        self._next_id = 1 + max((text.id for texts in self._phones.values() for text in texts), default=0)

    def _add(self, phone: str, direction: str, text: str, parts: int, other: str, receipt: str) -> Text:
        added = Text(self._next_id, direction, text, parts, datetime.now(UTC).isoformat(), other, receipt)
        self._next_id += 1
        texts = self._phones.setdefault(phone, [])
        texts.append(added)
        del texts[:-MOST_TEXTS_A_PHONE]
        self._phones.move_to_end(phone)
        if len(self._phones) > MOST_PHONES:
            self._phones.popitem(last=False)
        self._changed = True
        return added


def _parts(text: str) -> int:
    """In how many an SMSC cuts a text that came whole."""
    try:
        return segment_count(text)
    except InvalidInput:
        return MOST_SEGMENTS
