"""What the form of homework shows: what was typed, else what stands, else what is proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.models import Homework, Subgroup
from app.records.giving_homework import ALL, GROUP, NAMED, OTHER_DAY
from app.services.journal import Pupil
from app.words import _


@dataclass(frozen=True)
class Form:
    """What was typed into the form, and what is wrong with it."""

    typed: Any = None
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShownForm:
    """The form's fields as they are shown."""

    text: str = ""
    bring: str = ""
    whom: str = ALL
    students: frozenset[str] = frozenset()
    voluntary: bool = False
    independent: bool = False
    minutes: str = ""
    due: str = ""
    due_on: str = ""
    version: str = ""


def shown_form(form: Form, work: Homework | None, days: Sequence[Any]) -> ShownForm:
    """A new piece is due in the subject's next lesson."""
    if form.typed is not None:
        return _typed(form.typed)
    if work is None:
        return ShownForm(due=days[0].date.isoformat() if days else "")
    offered = {day.date for day in days}
    whom = NAMED if work.students else ALL
    if not work.students and work.subgroup_id is not None and work.lesson.subgroup_id is None:
        whom = f"{GROUP}{work.subgroup_id}"
    due = work.due.isoformat() if work.due is not None else ""
    is_other = work.due is not None and work.due not in offered
    return ShownForm(
        text=work.text,
        bring=work.bring,
        whom=whom,
        students=frozenset(str(key) for key in work.students or ()),
        voluntary=not work.mandatory,
        independent=work.independent,
        minutes="" if work.minutes is None else str(work.minutes),
        due=OTHER_DAY if is_other else due,
        due_on=due if is_other else "",
        version=str(work.version),
    )


def _typed(typed: Any) -> ShownForm:
    return ShownForm(
        text=typed.get("text", ""),
        bring=typed.get("bring", ""),
        whom=typed.get("whom", ALL),
        students=frozenset(typed.getlist("students")),
        voluntary="voluntary" in typed,
        independent="independent" in typed,
        minutes=typed.get("minutes", ""),
        due=typed.get("due", ""),
        due_on=typed.get("due_on", ""),
        version=typed.get("version", ""),
    )


def whom_words(work: Homework, pupils: Sequence[Pupil], groups: Sequence[Subgroup]) -> str:
    """For whom a piece of homework is, in words."""
    if work.students:
        names = {pupil.id: f"{pupil.surname} {pupil.given_name}" for pupil in pupils}
        gone = str(_("a student who left"))
        return ", ".join(names.get(key, gone) for key in work.students)
    group = next((one for one in groups if one.id == work.subgroup_id), None)
    return group.name if group is not None else str(_("the whole class"))
