"""The API against its own description: cases that schemathesis makes of it, good and bad, sent as one person.

Nothing answers 500, nothing answers what the description does not know, and no answer holds a word of another school.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.attack.polyglots import CANARY

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
FOREIGN = "Канарейкин"


def operations(app: Flask, reader: dict[str, str]) -> list[Any]:
    """What the description tells, in its order."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/_openapi", app, headers=reader)
    return [found.ok() for found in schema.get_all_operations()]


def attack(these: Sequence[Any], headers: dict[str, str], examples: int, number: int) -> Iterator[str]:
    """Send so many cases of each kind to each operation; what was wrong. The same number makes the same cases."""
    for turn, operation in enumerate(these):
        where = f"{operation.method.upper()} {operation.path}"
        for mode in MODES:
            try:
                with suppress(Unsatisfiable):  # nothing can be wrong with a request that takes nothing
                    _send(operation, mode, headers, examples, number + turn)
            except AssertionError as wrong:
                yield f"{where}: {str(wrong)[:700]}"
            except BaseExceptionGroup as several:
                yield f"{where}: {[str(one)[:500] for one in several.exceptions[:3]]}"


def _send(operation: Any, mode: Any, headers: dict[str, str], examples: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)
        assert FOREIGN not in answer.text, "a word of another school"
        assert CANARY not in str(answer.headers)

    send()
