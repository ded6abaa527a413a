"""What any text of a record takes, whichever door it came through: its length, and characters that can be kept."""

import unicodedata

from sqlalchemy import String, inspect

from app.domain.errors import InvalidInput
from app.models.base import Table

KEPT = "\n\r\t"
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they turn what follows, in names of others too


def check_texts(record: Table) -> None:
    """Raise InvalidInput on a changed text that is too long, or holds a control character, a sign that turns the
    direction of what follows, or half a surrogate pair.
    """
    state = inspect(record)
    for attribute in inspect(type(record)).column_attrs:
        column = attribute.columns[0]
        if not isinstance(column.type, String) or not state.attrs[attribute.key].history.has_changes():
            continue
        written = getattr(record, attribute.key)
        if not isinstance(written, str):
            continue
        for sign in written:
            if sign in TURNING or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in KEPT):
                raise InvalidInput(attribute.key, "text.control", code=f"U+{ord(sign):04X}")
        limit = column.type.length
        if limit is not None and len(written) > limit:
            raise InvalidInput(attribute.key, "text.too_long", limit=limit, given=len(written))
