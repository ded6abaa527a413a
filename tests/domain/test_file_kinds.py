"""What a file is, by its content; and what it is called."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.file_kinds import KINDS, file_name, kind_of


def packed(names: list[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.text" if name == "mimetype" else "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("jpeg", b"\xff\xd8\xff\xe0"),
        ("png", b"\x89PNG\r\n\x1a\n"),
        ("gif", b"GIF89a"),
        ("webp", b"RIFF\x00\x00\x00\x00WEBP"),
        ("pdf", b"%PDF-1.7\n%%EOF"),
        ("docx", packed(["[Content_Types].xml", "word/document.xml"])),
        ("xlsx", packed(["[Content_Types].xml", "xl/workbook.xml"])),
        ("odt", packed(["mimetype", "content.xml"])),
        ("txt", "§ 5, № 12: a < b".encode()),
    ],
)
def test_a_kind_is_known_by_its_content(kind: str, content: bytes) -> None:
    assert kind_of(content) == kind


@given(st.binary(max_size=300))
def test_whatever_comes_is_of_a_known_kind_or_refused(content: bytes) -> None:
    try:
        assert kind_of(content) in KINDS
    except InvalidInput as refused:
        assert refused.field == "files"


def test_a_text_in_another_alphabets_code_is_refused() -> None:
    with pytest.raises(InvalidInput):
        kind_of("Привет".encode("cp1251"))


@given(st.text(max_size=300))
def test_a_name_leads_nowhere_and_ends_as_its_kind(given_name: str) -> None:
    name = file_name(given_name, "pdf")

    assert name.endswith(".pdf")
    assert len(name) <= 200
    assert not set(name) & set('/\\<>:"|?*\x00\n\r')
    assert name.strip(". ") == name
