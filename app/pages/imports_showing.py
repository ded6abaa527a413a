"""What an import has found, in the reader's words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from openpyxl.utils import get_column_letter

from app.domain.errors import InvalidInput, SchoolError
from app.models import ImportRun
from app.records.imports.kind import Kind
from app.records.words import LABELS
from app.services.imports.plan import unpacked
from app.services.imports.returning import written_back
from app.words import LANGUAGES, Word, _, speaking
from app.words.errors import sentence

IMPORTS_BEGUN = "imports_begun"  # in a browser's session: the start page asks what became of them
RESULT = _("Result of the check")
DOUBTFUL = _("Doubtful: decide on the page of the import who is meant.")
SOMEBODY_NEW = _("Somebody else of the same name, who is new")
UNDECIDED = "undecided"  # a decision is taken back
KEPT = {
    "changed": _("changed since the import"),
    "used": _("other records hang on it"),
    "belongs": _("belongs to somebody who stays"),
}
ROW_STATES = {
    "a": _("adds"),
    "c": _("changes"),
    "l": _("leaves as it is"),
    "d": _("doubtful"),
    "w": _("error"),
}
WERE = ROW_STATES | {"a": _("added"), "c": _("changed"), "l": _("left as it was")}
FIGURES = {
    "add": _("Adds"),
    "change": _("Changes"),
    "leave": _("Leaves as they are"),
    "doubtful": _("Doubtful"),
    "wrong": _("With errors"),
}
FIGURES_THEN = {
    "add": _("Added"),
    "change": _("Changed"),
    "leave": _("Left as they were"),
    "doubtful": _("Left out as doubtful"),
    "wrong": _("Left out with errors"),
}
DONE = ("applied", "undone")


def words_of(run: ImportRun) -> tuple[Mapping[str, Word], Mapping[str, Word]]:
    """The words of figures and rows: what will be, or what was done."""
    return (FIGURES_THEN, WERE) if run.state in DONE else (FIGURES, ROW_STATES)


def problem_words(kind: Kind, problem: Mapping[str, Any]) -> str:
    """What is wrong, after the name of the column where it stands: "Date of birth: …"."""
    said = sentence(InvalidInput(problem["field"], problem["key"], **problem["figures"]))
    labels = {column.name: column.label for column in kind.columns}
    label = labels.get(problem["field"]) or LABELS.get(problem["field"])
    return f"{label}: {said}" if label is not None else said


def stopped_words(found: Mapping[str, Any]) -> str:
    """Why a step was not made; empty where it was."""
    return sentence(SchoolError(str(found["stopped"]))) if found.get("stopped") else ""


def again_words(kind: Kind, found: Mapping[str, Any]) -> str:
    """Why it was checked once more instead of applied, and what to do; empty where it was not."""
    why: Any = found.get("again")
    if not why:
        return ""
    if why["key"] == "import.meanwhile":
        return str(_("The school has changed since the check, so it was checked again: look, and apply once more."))
    if why["key"] == "import.decided":
        return str(
            _("Your decisions were taken and the workbook checked with them; nothing is saved yet: look, and apply.")
        )
    told = _("Nothing was saved, for one of the rows was refused, so it was checked again: look, and apply once more.")
    return f"{told} {problem_words(kind, why)}"


def doubts_of(run: ImportRun) -> list[dict[str, Any]]:
    """Those about whom a person decides: key, row, who, options (id, words)."""
    found: Any = run.found.get("doubts")
    return list(found or ())


def decided_of(run: ImportRun) -> list[dict[str, Any]]:
    """Those about whom a person has decided, like `doubts_of`, and in words who is meant."""
    found: Any = run.found.get("decided") or ()
    return [one | {"words": _meant(one)} for one in found]


def _meant(doubt: Mapping[str, Any]) -> str:
    told = {str(key): who for key, who in doubt["options"]}
    return told.get(doubt["decided"]) or str(SOMEBODY_NEW)


def decisions_with(run: ImportRun, form: Mapping[str, str]) -> dict[str, str]:
    """The decisions of the run after what is ticked in the form; what was not offered counts for nothing."""
    decisions = dict(run.decisions)
    for one in (*doubts_of(run), *decided_of(run)):
        said = form.get(f"doubt-{one['key']}", "")
        if said in answers_to(one):
            decisions[one["key"]] = said
        elif said == UNDECIDED:
            decisions.pop(one["key"], None)
    return decisions


def answers_to(doubt: Mapping[str, Any]) -> set[str]:
    """What may be said to a doubt: one of those offered or, where that may be, somebody new."""
    return {str(key) for key, _who in doubt["options"]} | ({"new"} if doubt.get("may_be_new", True) else set())


def columns_shown(kind: Kind, run: ImportRun) -> list[dict[str, Any]]:
    """The columns of the file: place, header, and the field that it is taken for."""
    found: Any = run.found.get("header") or {}
    means = {place: name for name, place in (found.get("places") or {}).items()}
    means |= {int(place): name for place, name in run.matched.items()}
    return [
        {"place": place, "letter": get_column_letter(place + 1), "header": header, "field": means.get(place, "")}
        for place, header in enumerate(found.get("headers") or ())
        if header
    ]


def unread(columns: Iterable[Mapping[str, Any]], run: ImportRun) -> list[str]:
    """The headings of columns that mean nothing and of which nobody has said so."""
    ours = set()  # the column that a returned workbook begins with
    for code in LANGUAGES:
        with speaking(code):
            ours.add(str(RESULT))
    unused = [one for one in columns if not one["field"] and str(one["place"]) not in run.matched]
    return [one["header"] for one in unused if one["header"] not in ours]


def progress_words(run: ImportRun) -> str:
    """How far the work is: "120 of 1,100 rows"."""
    if run.total:
        return str(_("{done} of {total} rows", done=run.done, total=run.total))
    return str(_("The work begins."))


def returned_workbook(kind: Kind, run: ImportRun) -> bytes:
    """The file as it was brought, with the state of each row and comments in bad cells."""
    found: Any = run.found
    assert run.content is not None
    notes: dict[int, list[tuple[int | None, str]]] = defaultdict(list)
    places = found["header"]["places"]
    for one in found.get("problems") or ():
        notes[one["row"]].append((places.get(one["field"]), problem_words(kind, one)))
    for one in found.get("doubts") or ():
        notes[one["row"]].append((None, str(DOUBTFUL)))
    states = {letter: str(word) for letter, word in words_of(run)[1].items()}
    head = found["header"]["row"]
    return written_back(run.content, head, str(RESULT), row_states(found, states), notes)


def row_states(found: Mapping[str, Any], words: Mapping[str, str]) -> dict[int, str]:
    """Row → what happens to it, in words."""
    return {number: words[letter] for number, letter in unpacked(str(found.get("states") or ""))}
