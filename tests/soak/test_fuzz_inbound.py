"""Texts from phones, thousands of them: no crash, no answer to a stranger, no change without its code."""

import os

from sqlalchemy import Engine

from tests.factories import MadeSchool
from tests.services.conftest import engine, made
from tests.services.inbound_fuzz import any_text_is_understood, holds_for_any_texts
from tests.services.texting import phones_of

__all__ = ["engine", "made"]

MINUTES = float(os.environ.get("ZVONOK_SOAK_MINUTES", "10"))
EXAMPLES_A_MINUTE, OF_MEANING = 200, 1_500


def test_every_text_is_understood_or_said_to_be_strange() -> None:
    any_text_is_understood(examples=max(100, int(MINUTES * OF_MEANING)))


def test_no_text_breaks_a_promise(engine: Engine, made: MadeSchool) -> None:
    holds_for_any_texts(phones_of(engine, made), examples=max(10, int(MINUTES * EXAMPLES_A_MINUTE)))
