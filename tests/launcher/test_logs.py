"""Log lines carry who and which trace, and no secrets."""

import io
import json
import logging

import pytest
import structlog

import config
from app import logs


@pytest.fixture
def lines():
    """Reads the log as it would stand in a file."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("gateway", config.load({}), stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_line_has_process_time_and_trace(lines):
    structlog.contextvars.bind_contextvars(trace="mark-7")
    structlog.get_logger("sms_gateway.loop").info("settled", messages=3)
    logging.getLogger("a.library").warning("late by %d s", 5)

    ours, library = lines()

    assert list(ours)[:4] == ["timestamp", "level", "process", "event"]
    assert ours["timestamp"].endswith("Z")
    assert (ours["process"], ours["event"], ours["trace"], ours["messages"]) == ("gateway", "settled", "mark-7", 3)
    assert (library["process"], library["event"], library["trace"]) == ("gateway", "late by 5 s", "mark-7")


@pytest.mark.parametrize(
    "key", ["password", "new_password", "csrf_token", "secret_key", "code", "body", "Authorization"]
)
def test_value_of_a_secret_key_is_hidden_at_any_depth(lines, key):
    structlog.get_logger().info("sent", **{key: "hidden-word"}, inside={"list": [{key: "hidden-word"}]})

    assert "hidden-word" not in json.dumps(lines())


@pytest.mark.parametrize("phone", ["+79161234567", "79161234567", "8 (916) 123-45-67", 79161234567])
def test_of_a_phone_two_digits_stay(lines, phone):
    structlog.get_logger().info(f"to {phone} sent", phone=phone)

    (line,) = lines()

    assert line["event"] == "to …67 sent"
    assert line["phone"] == "…67"


def test_other_figures_stay(lines):
    structlog.get_logger().info("at 2026-11-22, 1234567 rows", happened="2026-11-22T10:11:12.123456Z", rows=123456789)

    (line,) = lines()

    assert line["event"] == "at 2026-11-22, 1234567 rows"
    assert line["happened"] == "2026-11-22T10:11:12.123456Z"
    assert line["rows"] == 123456789


def test_password_in_an_address_and_in_words_is_hidden(lines):
    structlog.get_logger().info(
        "postgresql://owner:hidden-word@db/school", words="password=hidden-word, token: hidden-word"
    )

    assert "hidden-word" not in json.dumps(lines())


def test_trace_back_is_scrubbed_too(lines):
    try:
        raise ValueError("no such phone: +79161234567, password: hidden-word")
    except ValueError:
        structlog.get_logger().exception("failed")

    (line,) = lines()

    assert "ValueError" in line["exception"]
    assert "9161234567" not in line["exception"]
    assert "hidden-word" not in line["exception"]


def test_rows_that_a_database_error_quotes_are_hidden(lines):
    try:
        raise RuntimeError(
            'duplicate key value violates "one_phone"\n'
            "DETAIL:  Failing row contains (7, +79161234567, Анна: матем 2 (контр), queued).\n"
            "[SQL: INSERT INTO sms_message (body) VALUES (%(text)s)]\n"
            "[parameters: {'text': 'Анна: матем 2 (контр)', 'phone': '+79161234567'}]\n"
            "(Background on this error at: https://sqlalche.me/e/21/gkpj)"
        )
    except RuntimeError:
        structlog.get_logger().exception("failed")

    (line,) = lines()

    assert "Анна" not in line["exception"]
    assert "9161234567" not in line["exception"]
    assert "one_phone" in line["exception"]
    assert "INSERT INTO sms_message" in line["exception"]
