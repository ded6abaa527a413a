"""Every sentence that a person may read has its Russian, and no catalogue keeps a sentence that nobody says."""

from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.records import ALL
from app.records.words import LABELS
from app.words import FOLDER
from app.words.errors import SENTENCES

APP = Path(__file__).resolve().parents[2] / "app"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "plural": (1, 2),
    "ngettext": (1, 2),
}


@cache
def said() -> set[str]:
    """Every sentence of the sources; of a plural its first form."""
    found = extract_from_dir(str(APP), METHODS, keywords=KEYWORDS, options_map={})
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found if message}


@cache
def translated() -> dict[str, tuple[str, ...]]:
    """Sentence → its Russian forms, of all files."""
    pairs: dict[str, tuple[str, ...]] = {}
    for source in sorted((FOLDER / "ru").glob("*.po")):
        with source.open("rb") as written:
            for message in read_po(written, locale="ru"):
                if message.id:
                    one = message.id if isinstance(message.id, str) else message.id[0]
                    forms = message.string if isinstance(message.string, tuple) else (message.string,)
                    pairs[one] = () if message.fuzzy else tuple(form or "" for form in forms)
    return pairs


def test_every_sentence_has_its_russian() -> None:
    pairs = translated()
    assert sorted(one for one in said() if not pairs.get(one) or not all(pairs[one])) == []


def test_no_sentence_is_kept_that_nobody_says() -> None:
    assert sorted(translated().keys() - said()) == []


def test_plurals_have_all_russian_forms() -> None:
    for source in sorted((FOLDER / "ru").glob("*.po")):
        with source.open("rb") as written:
            for message in read_po(written, locale="ru"):
                if message.pluralizable:
                    assert len(message.string) == 3, message.id


def test_figures_stand_in_both_languages() -> None:
    names = {one: {part.split("}")[0] for part in one.split("{")[1:]} for one in said()}
    for one, forms in translated().items():
        for form in forms:
            in_form = {part.split("}")[0] for part in form.split("{")[1:]}
            assert in_form <= names.get(one, set()) | {"count"}, one


@pytest.mark.parametrize("record", ALL, ids=lambda record: record.name)
def test_every_field_of_a_record_has_a_word(record) -> None:
    for name in {*record.columns, *record.fields, *record.shown, *record.filtered}:
        assert name in record.labels or name in LABELS, name


def test_every_error_key_has_a_sentence() -> None:
    raised = set()
    for source in APP.rglob("*.py"):
        for line in source.read_text(encoding="utf-8").splitlines():
            for opening in ('InvalidInput("', 'Conflict("', 'NotAllowed("', 'NotFound("', 'TryLater("'):
                if opening in line:
                    strings = line.split(opening, 1)[1].split('"')
                    raised.add(strings[2] if opening.startswith("InvalidInput") and len(strings) > 2 else strings[0])
    assert sorted(key for key in raised if key and key not in SENTENCES) == []
