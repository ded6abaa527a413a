"""The sheet of one-time passwords for staff: a slip for each, with cut lines; it is the only place where they stand."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from app.services.letters import printed
from app.services.staff_accounts import Slip
from app.words import _, language

PAPER = Path(__file__).with_name("slips.typ")


def slips_pdf(slips: Sequence[Slip], school: str, house: str, last_day: date) -> bytes:
    """The PDF, in the language that is spoken; `house` is the address of this installation."""
    words = {
        "title": str(_("Electronic journal")),
        "address": str(_("Address")),
        "login": str(_("Login")),
        "password": str(_("One-time password")),
        "life": str(_("Good until {day}; at the first sign-in you choose an own one.", day=f"{last_day:%d.%m.%Y}")),
        "cut": str(_("Cut here. Hand each slip to its owner only, and keep no copy.")),
        "language": language(),
        "school": school,
        "house": house,
    }
    return printed(PAPER, {"words": words, "pieces": [asdict(slip) for slip in slips]})
