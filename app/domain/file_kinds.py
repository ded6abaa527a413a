"""What a file is, by what is in it and never by its name: the few kinds that the school takes, and why not the others.

Allowed are pictures (which are drawn anew later), PDF, office documents without macros, and plain text.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from zlib import error as ZlibError

from app.domain.errors import InvalidInput

FIELD = "files"
LONGEST_NAME = 120
MOST_ENTRIES = 2_000  # in an office document
MOST_UNPACKED = 150 * 2**20  # octets
CHUNK = 2**16


@dataclass(frozen=True)
class FileKind:
    """A kind that is taken: how its names end, and how a browser is told."""

    ending: str
    media_type: str
    is_picture: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
KINDS: dict[str, FileKind] = {
    "jpeg": FileKind("jpg", "image/jpeg", is_picture=True),
    "png": FileKind("png", "image/png", is_picture=True),
    "gif": FileKind("gif", "image/gif", is_picture=True),
    "webp": FileKind("webp", "image/webp", is_picture=True),
    "pdf": FileKind("pdf", "application/pdf"),
    "docx": FileKind("docx", _OFFICE + "wordprocessingml.document"),
    "xlsx": FileKind("xlsx", _OFFICE + "spreadsheetml.sheet"),
    "pptx": FileKind("pptx", _OFFICE + "presentationml.presentation"),
    "odt": FileKind("odt", _ODF + "text"),
    "ods": FileKind("ods", _ODF + "spreadsheet"),
    "odp": FileKind("odp", _ODF + "presentation"),
    "txt": FileKind("txt", "text/plain"),
}
PAPERS = ("jpeg", "png", "gif", "webp", "pdf")  # what a photograph or a scan of a paper is
_NAMES = {"webp": "WebP"}


def kinds_in_words(kinds: Collection[str]) -> str:
    """The kinds as people call them.

    >>> kinds_in_words(PAPERS)
    'JPEG, PNG, GIF, WebP, PDF'
    """
    return ", ".join(_NAMES.get(kind, kind.upper()) for kind in kinds)


ALLOWED = kinds_in_words(KINDS)
_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_ODF_TYPES = {KINDS[name].media_type.encode(): name for name in ("odt", "ods", "odp")}
_ACTIVE = re.compile(r"vbaproject|activex|\.(?:exe|dll|js|vbs|bat|cmd|ps1|jar|scr|html?|svg)$|^(?:basic|scripts)/")
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?xml|\?php|%)", re.IGNORECASE)
_PDF_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")
_END_OF_ZIP = b"PK\x05\x06"


def kind_of(content: bytes) -> str:
    """The kind's name. Raises InvalidInput on `files`, saying what is taken instead."""
    if not content:
        raise InvalidInput(FIELD, "file.empty")
    if content[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[:5] == b"%PDF-":
        return _pdf(content)
    if content[:4] == b"PK\x03\x04":
        return _office(content)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise InvalidInput(FIELD, "file.old_office")
    return _text(content)


def _pdf(content: bytes) -> str:
    """Whole, with nothing behind it that another program would read as an archive, and without what runs by itself.

    What is packed inside of its streams is not looked into: whoever downloads it opens it in a reader of their own.
    """
    if b"%%EOF" not in content[-2048:] or _END_OF_ZIP in content[-65_600:]:
        raise InvalidInput(FIELD, "file.damaged")
    if _PDF_ACTIVE.search(content):
        raise InvalidInput(FIELD, "file.active")
    return "pdf"


def _office(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _refuse_bombs(entries, len(content))
            names = {entry.filename for entry in entries}
            _refuse_active(names)
            kind = _office_kind(archive, names)
            _read_whole(archive, entries)
    except (zipfile.BadZipFile, ZlibError, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise InvalidInput(FIELD, "file.damaged") from None
    return kind


def _refuse_bombs(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Too many parts, too much when unpacked, or parts that lie over one another."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or packed > size:
        raise InvalidInput(FIELD, "file.bomb")


def _refuse_active(names: set[str]) -> None:
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.split("/") or "\\" in name:
            raise InvalidInput(FIELD, "file.damaged")
        if _ACTIVE.search(name.lower()):
            raise InvalidInput(FIELD, "file.active")


def _office_kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    for part, kind in _PARTS.items():
        if part in names and "[Content_Types].xml" in names:
            with archive.open("[Content_Types].xml") as types:
                if b"macroenabled" in types.read(2**20).lower():
                    raise InvalidInput(FIELD, "file.active")
            return kind
    if "mimetype" in names:
        with archive.open("mimetype") as written:
            kind = _ODF_TYPES.get(written.read(100).strip(), "")
        if kind:
            return kind
    raise InvalidInput(FIELD, "file.kind", allowed=ALLOWED)


def _read_whole(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """What it says of itself may be a lie: unpacked piece by piece, nothing is kept, and each sum is checked."""
    left = MOST_UNPACKED
    for entry in entries:
        with archive.open(entry) as part:
            while piece := part.read(CHUNK):
                left -= len(piece)
                if left < 0:
                    raise InvalidInput(FIELD, "file.bomb")


def _text(content: bytes) -> str:
    """Plain text in UTF-8 that no browser could take for a page or a picture."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(FIELD, "file.kind", allowed=ALLOWED) from None
    if any(unicodedata.category(sign) == "Cc" and sign not in "\n\r\t\f" for sign in text):
        raise InvalidInput(FIELD, "file.kind", allowed=ALLOWED)
    if _MARKUP.search(content) or content.startswith((b"#!", b"{\\rtf")):
        raise InvalidInput(FIELD, "file.kind", allowed=ALLOWED)
    return "txt"


def file_name(given: str, kind: str) -> str:
    """What a file is called when it is downloaded: no path, no signs that mislead, and the ending of what it is.

    >>> file_name("C:\\\\fakepath\\\\Задание 1.html.JPG", "png"), file_name("../../etc/passwd", "txt")
    ('Задание 1.html.png', 'passwd.txt')
    """
    stem, dot, ending = plain_name(given).rpartition(".")
    stem = (stem if dot else ending)[:LONGEST_NAME].strip(" .")
    return f"{stem or 'file'}.{KINDS[kind].ending}"


def plain_name(given: str) -> str:
    """The name alone, as it came with its ending, for telling people which file is meant."""
    last = re.split(r"[/\\:]", unicodedata.normalize("NFC", given))[-1]
    kept = "".join(sign if sign.isprintable() and sign not in '<>"|?*' else " " for sign in last)
    return " ".join(kept.split())
