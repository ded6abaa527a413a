"""Passwords: what everybody tries first is refused, however it is dressed; no rule says which signs one must hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.passwords import check_password

OWN = ("Анна", "Новикова", "n.novikova", "nina@school.org")


def refusal(password: str, least: int = 10) -> str:
    try:
        check_password(password, least, OWN)
    except InvalidInput as refused:
        return refused.key
    return ""


@pytest.mark.parametrize(
    ("password", "key"),
    [
        ("short", "password.length"),
        ("ё" * 1025, "password.length"),
        ("qwertyuiop", "password.rows"),
        ("ytrewqytrewq", "password.rows"),
        ("1q2w3e4r5t", "password.rows"),
        ("йцукенгшщз", "password.rows"),
        ("aaaaaaaaaaaa", "password.rows"),
        ("abcabcabcabc", "password.rows"),
        ("79991234567", "password.rows"),
        ("12.05.2009!!", "password.rows"),
        ("password2026!", "password.common"),
        ("P@ssw0rd2026", "password.common"),
        ("Пароль12345", "password.common"),
        ("Gfhjkm12345", "password.common"),  # пароль in the other layout
        ("Школа№5-2026", "password.common"),
        ("irjkf12345", "password.common"),  # школа
        ("shkola2026!!", "password.common"),
        ("учитель5Б2026", "password.common"),
        ("novikova2012", "password.own"),
        ("Yjdbrjdf2012", "password.own"),  # Новикова
        ("Анна_Новикова", "password.own"),
        ("nina@school.org", "password.own"),
    ],
)
def test_what_everybody_tries_is_refused_with_the_reason(password: str, key: str) -> None:
    assert refusal(password) == key


@pytest.mark.parametrize(
    "password",
    ["верблюд рисует снег", "correct horse battery", "b8x-Tq1LzR", "🐫 верблюд 🐫", "a" + " b c d e" * 100],
)  # fmt: skip
def test_anything_else_is_taken_whatever_its_signs(password: str) -> None:
    assert refusal(password) == ""


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=80))
def test_every_text_is_answered_and_a_longer_limit_takes_no_more(password: str) -> None:
    assert refusal(password, 8) in {"", "password.length", "password.rows", "password.common", "password.own"}
    assert not (refusal(password, 12) == "" and refusal(password, 8) != "")
