"""What a family reads: short, complete, in its own language and script."""

from datetime import date

import pytest

from app.domain.sms_packer import packed
from app.domain.sms_text import fits_gsm, segment_count
from app.domain.sms_words import TextRules, Told, urgent_parts
from app.domain.translit import latin

FIVE = Told("mark", "Анна", "матем", "5", "контр", date(2026, 11, 20))


def sms_of(facts: list[Told], rules: TextRules) -> str:
    """The one text that these facts make."""
    (text,) = packed(facts, rules)
    return text.body


def test_a_mark_names_child_subject_value_and_work() -> None:
    assert sms_of([FIVE], TextRules(signature="Шк 12")) == "Анна: матем 5 (контр) 20.11. Шк 12"


def test_a_change_tells_what_was_told_before() -> None:
    changed = Told("mark", "Анна", "матем", "4", "контр", date(2026, 11, 20), before="2")

    assert "матем 4 вместо 2" in sms_of([changed], TextRules())


def test_what_was_taken_away_is_told_too() -> None:
    gone = Told("mark", "Анна", "матем", "", day=date(2026, 11, 20), before="2", gone=True)
    mistake = Told("absence", "Анна", "физ", "absent", period=3, before="absent", gone=True)

    assert sms_of([gone], TextRules()) == "Анна: матем 2 20.11 отменено."
    assert "ошибка" in sms_of([mistake], TextRules())


def test_latin_letters_make_one_segment_of_two() -> None:
    facts = [FIVE, Told("mark", "Анна", "русск", "4", "ответ", date(2026, 11, 20)), *_homework("§5 №12-14, правило")]

    cyrillic, in_latin = sms_of(facts, TextRules()), sms_of(facts, TextRules(script="latin"))

    assert fits_gsm(in_latin)
    assert (segment_count(cyrillic), segment_count(in_latin)) == (2, 1)


def test_absences_stand_before_marks_and_homework_last() -> None:
    facts = [*_homework("стр. 12"), FIVE, Told("absence", "Анна", "физ", "absent", period=3)]

    said = sms_of(facts, TextRules())

    assert said.index("физ") < said.index("матем 5") < said.index("ДЗ")


def test_two_children_on_one_phone_are_told_apart() -> None:
    said = sms_of([FIVE, Told("mark", "Борис", "хим", "3")], TextRules())

    assert said == "Анна: матем 5 (контр) 20.11. Борис: хим 3."


@pytest.mark.parametrize(("russian", "in_latin"), [("Щёлково", "Shchelkovo"), ("объём", "obem"), ("№ 5", "N  5")])
def test_transliteration(russian: str, in_latin: str) -> None:
    assert latin(russian) == in_latin


def _homework(text: str) -> list[Told]:
    return [Told("homework", "Анна", "матем", text=text, due=date(2026, 11, 24))]


@pytest.mark.parametrize("parts", [1, 2])
def test_a_name_longer_than_a_whole_text_ends_the_shortening(parts: int) -> None:
    long = Told("homework", "Александра-Виктория-Евгения " * 6, "матем", text="§5, " * 50)

    text = sms_of([long], TextRules(longest_parts=parts, signature="Школа № 1234567890"))

    assert text.endswith("Школа № 1234567890")


def test_an_urgent_text_in_latin_letters_is_counted_with_the_schools_signature() -> None:
    assert urgent_parts("Closed", "Frost. " * 20) == 3
