"""A proposal in words and figures, and what further marks would do."""

from app.domain.term_marks import CLASS_WORK, HOMEWORK, NOT_ATTESTED, TEST, Proposal, Proposed, WhatIf
from app.words import Word, _, language, plural

KIND_WORDS = {
    "term": _("term"),
    "half_year": _("half-year"),
    "year": _("year"),
    "exam": _("exam"),
    "final": _("final"),
}
LED = {
    TEST: _("Tests decide: {mean} makes {mark}."),
    CLASS_WORK: _("There are no tests, so the work in class decides: {mean} makes {mark}."),
    HOMEWORK: _("There are neither tests nor marks for work in class, so homework decides: {mean} makes {mark}."),
}
PARTS = (
    (TEST, _("tests {mean} ({count})")),
    (CLASS_WORK, _("in class {mean} ({count})")),
    (HOMEWORK, _("homework {mean} ({count})")),
)

HOMEWORK_AGREES = _("Homework agrees.")
HOMEWORK_DIFFERS = _("Homework makes another one; class work leads.")


def figure(number: object) -> str:
    """A decimal as the language writes it: 4,50 in Russian."""
    text = "—" if number is None else str(number)
    return text.replace(".", ",") if language() == "ru" else text


def explained(proposed: Proposed) -> str:
    """Why this is proposed, in one or two sentences."""
    if proposed.by_marks is not None:
        return _by_marks(proposed.by_marks)
    if not proposed.by_terms:
        return str(_("Nothing is proposed: the marks that it would be made of are not given yet."))
    marks = ", ".join(proposed.by_terms)
    if proposed.value == NOT_ATTESTED:
        return str(_("Not attested in half of the terms or more: {marks}.", marks=marks))
    return str(_("The mean of {marks}, a half upwards.", marks=marks))


def _by_marks(made: Proposal) -> str:
    said = []
    if made.value == NOT_ATTESTED:
        said.append(plural("Too few marks: {count} that counts.", "Too few marks: {count} that count.", made.count))
    elif not made.led_by:
        said.append(str(_("Nothing is proposed: there is no mark that counts.")))
    else:
        said.append(str(Word(LED[made.led_by].text, mean=figure(made.mean), mark=made.value)))
    if made.led_by == CLASS_WORK and made.homework.mark:
        is_same = made.class_work.mark == made.homework.mark
        said.append(str(HOMEWORK_AGREES if is_same else HOMEWORK_DIFFERS))
    parts = {TEST: made.tests, CLASS_WORK: made.class_work, HOMEWORK: made.homework}
    means = [
        str(Word(words.text, mean=figure(parts[kind].mean), count=parts[kind].count))
        for kind, words in PARTS
        if parts[kind].count
    ]
    if means:
        said.append(str(_("Means: {parts}.", parts="; ".join(means))))
    return " ".join(said)


def hinted(way: WhatIf) -> str:
    """ "Two fives make it a 5 (by the weighted mean)"."""
    return plural(
        "{count} more {value} makes it {wanted}", "{count} more {value}s make it {wanted}", way.needed or 0,
        value=way.value, wanted=way.wanted,
    )  # fmt: skip
