"""Texts from phones, thousands of them: no crash, no answer to a stranger, no change without its code."""

import os

from sqlalchemy import Engine

from tests.factories import MadeSchool
from tests.services.conftest import engine, made
from tests.services.inbound_fuzz import holds_for_any_texts
from tests.services.texting import phones_of

__all__ = ["engine", "made"]

EXAMPLES_A_MINUTE = 60


def test_no_text_breaks_a_promise(engine: Engine, made: MadeSchool) -> None:
    minutes = float(os.environ.get("ZVONOK_SOAK_MINUTES", "10"))
    holds_for_any_texts(phones_of(engine, made), examples=max(10, int(minutes * EXAMPLES_A_MINUTE)))
