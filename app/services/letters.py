"""Letters with codes: an A4 page for every four people, with cut lines, the code as picture and digits, three steps."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import segno
import typst

from app.domain.codes import readable
from app.services.invitations import GUARDIAN, RETURN, Letter
from app.words import _, language

PAPER = Path(__file__).with_name("letters.typ")


def letters_pdf(letters: Sequence[Letter], school: str, class_name: str, house: str) -> bytes:
    """The PDF, in the language that is spoken; `house` is the address of this installation."""
    words = {
        "title": str(_("Electronic diary · {name}", name=class_name)),
        "code": str(_("Code")),
        "cut": str(_("Cut here. Give each person the own piece only: the code is the key.")),
        "language": language(),
        "school": school,
    }
    pieces = [_piece(letter, house) for letter in letters]
    return printed(PAPER, {"words": words, "pieces": pieces})


def printed(paper: Path, told: Mapping[str, Any]) -> bytes:
    """The PDF that typst makes of a paper of ours and of what it shall tell."""
    data = json.dumps(told, ensure_ascii=False)
    made: bytes = typst.compile(
        paper.read_bytes(), sys_inputs={"data": data}, format="pdf", ignore_system_fonts=True, pdf_tags=True
    )
    return made


def _piece(letter: Letter, house: str) -> dict[str, str | list[str]]:
    one, door = letter.invited, f"{house}/join/"
    for_whom = _("for guardians of: {names}", names=", ".join(one.children)) if one.kind == GUARDIAN else _("student")
    picture = segno.make(f"{door}#{letter.code}", error="m")
    day, last = f"{letter.expires_at:%d.%m.%Y}", _("Choose a password. That is all.")
    check = _("Check the name; give an e-mail or a phone.")
    if letter.purpose == RETURN:
        check = _("Check that it is your name.")
        last = _("Choose a new password. Your login is {login}.", login=one.account.username)
    return {
        "name": one.name,
        "whom": str(for_whom),
        "code": readable(letter.code),
        "qr": picture.svg_inline(border=0, scale=1),
        "steps": [
            str(_("Point the phone’s camera at the picture, or open {address} and type the code.", address=door)),
            str(check),
            str(last),
        ],
        "life": str(_("One use, until {day}. Lost? The class teacher prints a new one.", day=day)),
    }  # fmt: skip
