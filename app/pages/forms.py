"""What the hand-made forms check; WTForms' own validators put figures into their sentences with `%`, ours do not."""

import re
from collections.abc import Callable
from typing import Any

from wtforms.validators import DataRequired, ValidationError

from app.web.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD
from app.words import Word, _

Check = Callable[[Any, Any], None]
REQUIRED = _("This field is required.")


def filled(limit: int) -> list[Any]:
    """Something is typed, and it is short enough."""
    too_long = _("Takes at most {limit} characters.", limit=limit)
    return [DataRequired(REQUIRED), length(0, limit, too_long), matches(r"[^\x00-\x1f]*", _("Takes one line of text."))]


def good_password() -> Check:
    return length(
        SHORTEST_PASSWORD,
        LONGEST_PASSWORD,
        _("A password has {least} to {most} characters.", least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD),
    )


def length(least: int, most: int, told: Word) -> Check:
    def check(form: Any, field: Any) -> None:
        if not least <= len(field.data or "") <= most:
            raise ValidationError(told)

    return check


def matches(pattern: str, told: Word) -> Check:
    shape = re.compile(pattern)

    def check(form: Any, field: Any) -> None:
        if not shape.fullmatch(field.data or ""):
            raise ValidationError(told)

    return check


def same_as(name: str, told: Word) -> Check:
    def check(form: Any, field: Any) -> None:
        if field.data != form[name].data:
            raise ValidationError(told)

    return check
