"""What the hand-made forms check; WTForms' own validators put figures into their sentences with `%`, ours do not."""

import re
from collections.abc import Callable
from typing import Any

from wtforms.validators import DataRequired, ValidationError

from app.domain.errors import InvalidInput
from app.domain.passwords import check_password
from app.domain.settings import setting_in_force
from app.words import Word, _
from app.words.errors import sentence

Check = Callable[[Any, Any], None]
REQUIRED = _("This field is required.")


def filled(limit: int) -> list[Any]:
    """Something is typed, and it is short enough."""
    too_long = _("Takes at most {limit} characters.", limit=limit)
    return [DataRequired(REQUIRED), length(0, limit, too_long), matches(r"[^\x00-\x1f]*", _("Takes one line of text."))]


def good_password() -> Check:
    """Long enough, and not what everybody tries first: words, rows of keys, and the person's own names.

    The form says how long (`shortest_password`, else the setting's default) and the names (`own_words()`, else none).
    """

    def check(form: Any, field: Any) -> None:
        least: Any = getattr(form, "shortest_password", None) or setting_in_force("shortest_password", None)
        own = form.own_words() if hasattr(form, "own_words") else ()
        try:
            check_password(field.data or "", least, own, field.name)
        except InvalidInput as weak:
            raise ValidationError(sentence(weak)) from None

    return check


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
