"""What somebody is at the school, in a few words, and how far a breadth sees by it."""

from collections.abc import Mapping

from app.words import Word, _

SAID = {
    "staff": _("works at the school"),
    "post": _("works at the school: {position}"),
    "teaches": _("teaches {subject} in {class}"),
    "leads": _("leads {class}"),
    "guardian": _("stands beside {student} as a guardian"),
    "student": _("is {student}"),
}
ENDED = _("not in force today")
BARRED = _("barred by a court order: nothing is seen by it")


def relation_word(what: str, names: Mapping[str, str]) -> Word:
    key = "post" if what == "staff" and names.get("position") else what
    return Word(SAID[key].text, **names)
