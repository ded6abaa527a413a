"""SMS text: which alphabet a text needs, how many segments it takes, and its octets on the wire."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from app.domain.errors import InvalidInput

MOST_SEGMENTS = 255  # the header's count is one octet
HEADER_OCTETS = 6

# 3GPP TS 23.038 §6.2.1; the place of a character is its code. "\x1b" is the escape to the extension table.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40}
_EXTENSION["€"] = 0x65
_ESCAPE, _SPACE = 0x1B, 0x20

_TO_GSM = {ord(sign): chr(code) for code, sign in enumerate(_BASIC) if code != _ESCAPE}
_TO_GSM |= {ord(sign): f"\x1b{chr(code)}" for sign, code in _EXTENSION.items()}
_GSM_SIGNS = frozenset(chr(code) for code in _TO_GSM)
_EXTENDED = frozenset(_EXTENSION)
_FROM_EXTENSION = {code: sign for sign, code in _EXTENSION.items()}

# What keyboards and word processors write, and its plain form: the same to a reader, often half the price.
_PLAIN = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "‟": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "‚": "'",
        "‛": "'",
        "`": "'",
        "´": "'",
        "–": "-",
        "—": "-",
        "‑": "-",
        "‒": "-",
        "−": "-",
        "•": "-",
        "…": "...",
        "№": "N",
        "×": "x",
        "\t": " ",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u200a": " ",
        "\u2002": " ",
        "\u2003": " ",
        "\u00ad": None,
        "\u200b": None,
        "\u200c": None,
        "\u200e": None,
        "\u200f": None,
        "\u2060": None,
        "\ufeff": None,
    }
)


class Coding(IntEnum):
    """The SMPP data_coding of a text: the GSM alphabet of 7 bits, or 16-bit units."""

    GSM = 0x00
    UCS2 = 0x08


# Units in a message of one segment, and in each of several: 140 octets, less the header of 6 octets.
_ALONE = {Coding.GSM: 160, Coding.UCS2: 70}
_OF_SEVERAL = {Coding.GSM: 153, Coding.UCS2: 67}


@dataclass(frozen=True, slots=True)
class Sms:
    """A text as it goes out: its alphabet, and the text of each segment."""

    coding: Coding
    segments: tuple[str, ...]

    def payloads(self, reference: int = 0) -> list[bytes]:
        """The octets of each segment; of several, each begins with a concatenation header (TS 23.040 §9.2.3.24.1).

        `reference` tells the texts to one phone apart; its lowest octet is used.
        """
        bodies = [encoded(segment, self.coding) for segment in self.segments]
        if len(bodies) == 1:
            return bodies
        head = bytes((5, 0, 3, reference & 0xFF, len(bodies)))
        return [head + bytes((number,)) + body for number, body in enumerate(bodies, start=1)]


def fits_gsm(text: str) -> bool:
    """Whether every character stands in the GSM alphabet or its extension."""
    return _GSM_SIGNS.issuperset(text)


@lru_cache(maxsize=256)
def segmented(text: str) -> Sms:
    """The text cut into as few segments as the rule allows; no escape or surrogate pair is cut.

    Raises InvalidInput where it takes more than 255.

    >>> segmented("Шк 12: Аня, математика 5").coding
    <Coding.UCS2: 8>
    """
    coding = Coding.GSM if fits_gsm(text) else Coding.UCS2
    if len(text) * 2 <= _ALONE[coding] or _units(text, coding) <= _ALONE[coding]:
        return Sms(coding, (text,))
    segments = tuple(_cut(text, coding, _OF_SEVERAL[coding]))
    if len(segments) > MOST_SEGMENTS:
        raise InvalidInput("body", "sms.too_long", most=MOST_SEGMENTS, given=len(segments))
    return Sms(coding, segments)


def segment_count(text: str) -> int:
    """How many SMS the text costs.

    >>> segment_count("a" * 160), segment_count("a" * 161), segment_count("ж" * 71)
    (1, 2, 2)
    """
    return len(segmented(text).segments)


def plain(text: str) -> str:
    """Typographic quotes, dashes and spaces as a typewriter has them; what cannot be seen is left out.

    >>> plain("«Да» — 5\u00a0%…")
    '"Да" - 5 %...'
    """
    return text.translate(_PLAIN)


def economical(text: str) -> str:
    """The plain form where it takes fewer segments, else the text as it was typed."""
    plainer = plain(text)
    return plainer if segment_count(plainer) < segment_count(text) else text


def encoded(text: str, coding: Coding) -> bytes:
    """Octets of the text: one a septet, as SMPP carries them, or UTF-16, big end first."""
    if coding is Coding.GSM:
        return text.translate(_TO_GSM).encode("latin-1")
    return text.encode("utf-16-be", "replace")


def decoded(octets: bytes, data_coding: int) -> str:
    """The text of received octets; what cannot be read becomes U+FFFD, nothing is raised.

    data_coding as SMPP 3.4 §5.2.19 numbers it: 0 GSM, 1 ASCII, 3 Latin-1, 6 Cyrillic, 8 UCS-2; others by Latin-1.
    """
    if data_coding == 0:
        return _decoded_gsm(octets)
    if data_coding == Coding.UCS2:
        return octets.decode("utf-16-be", "replace")
    if data_coding == 6:
        return octets.decode("iso8859-5", "replace")
    return octets.decode("latin-1")


def _decoded_gsm(octets: bytes) -> str:
    signs: list[str] = []
    septets = iter(octets)
    for septet in septets:
        if septet == _ESCAPE:
            septet = next(septets, _SPACE)
            septet = _SPACE if septet == _ESCAPE else septet  # the way to yet another table, which nobody has defined
            signs.append(_FROM_EXTENSION.get(septet) or (_BASIC[septet] if septet < 0x80 else "\ufffd"))
        else:
            signs.append(_BASIC[septet] if septet < 0x80 else "\ufffd")
    return "".join(signs)


def _units(text: str, coding: Coding) -> int:
    return len(text) + sum(1 for sign in text if _is_pair(sign, coding))


def _is_pair(sign: str, coding: Coding) -> bool:
    return sign in _EXTENDED if coding is Coding.GSM else ord(sign) > 0xFFFF


def _cut(text: str, coding: Coding, most: int) -> Iterable[str]:
    start, filled = 0, 0
    for place, sign in enumerate(text):
        width = 2 if _is_pair(sign, coding) else 1
        if filled + width > most:
            yield text[start:place]
            start, filled = place, 0
        filled += width
    yield text[start:]


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Which piece of which long text a segment is."""

    reference: int
    total: int
    number: int


def without_header(octets: bytes) -> tuple[Concatenation | None, bytes]:
    """The concatenation that a user data header names, if it does, and the octets after the header.

    TS 23.040 §9.2.3.24: elements 0x00 (8-bit reference) and 0x08 (16-bit). A header that does not fit is left in
    the text, so that nothing is lost.
    """
    end = octets[0] + 1 if octets else 0
    if not octets or end > len(octets):
        return None, octets
    found: Concatenation | None = None
    place = 1
    while place + 2 <= end:
        element, size = octets[place], octets[place + 1]
        value = octets[place + 2 : min(place + 2 + size, end)]
        if element == 0x00 and len(value) == 3:
            found = Concatenation(value[0], value[1], value[2])
        elif element == 0x08 and len(value) == 4:
            found = Concatenation(value[0] << 8 | value[1], value[2], value[3])
        place += 2 + size
    if found is not None and not 1 <= found.number <= found.total:
        found = None
    return found, octets[end:]
