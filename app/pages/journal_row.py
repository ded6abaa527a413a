"""The cells of a line as the page has them: made here and not in the template, for there are two thousand of them."""

from markupsafe import Markup, escape

from app.pages.journal_showing import EMPTY, Line, Shown
from app.words import _

EMPTY_TD = "<td></td>"
ANNOUNCED = _("The family has sent a notice of absence; it is not answered yet.")


def row_html(line: Line, *, is_blank: bool) -> Markup:
    """The cells of a line."""
    return Markup("".join([EMPTY_TD if cell is EMPTY else _td(cell, is_blank=is_blank) for cell in line.cells]))


def _td(cell: Shown, *, is_blank: bool) -> str:
    """What is ours to write, versions, weights and looks, needs no escaping; what a scale calls a mark does."""
    text, versions_told, weights, look, _weighed = cell
    said = f' title="{escape(ANNOUNCED)}"' if look.endswith("is-announced") else ""
    look = f' class="{look}"' if look else ""
    told = f' data-v="{versions_told}"' if versions_told else ""
    weighed = f' data-w="{weights}"' if weights else ""
    return f"<td{look}{said}{told}{weighed}>{'' if is_blank else text if text.isalnum() else escape(text)}</td>"
