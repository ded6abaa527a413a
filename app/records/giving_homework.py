"""Homework as a teacher gives it on a lesson's page: the form is read, put on the record, and its files hung on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.models import Homework, Lesson, Subgroup
from app.records.homework import HOMEWORK
from app.records.journal import writes_in_lesson
from app.services.attaching import Given, attach
from app.session.actors import Actor

ALL, NAMED, GROUP = "all", "named", "group:"
OTHER_DAY = "other"
LONGEST, LONGEST_BRING = 5_000, 200
LEAST_MINUTES, MOST_MINUTES = 1, 600


@dataclass
class Taken:
    """What the form says, and by field what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, InvalidInput] = field(default_factory=dict)


def may_give(actor: Actor, lesson: Lesson) -> bool:
    """Whether the person gives homework in this lesson."""
    return actor.may("can_write", "homework") and writes_in_lesson(actor, _Wanted(lesson))


@dataclass(frozen=True)
class _Wanted:
    """A piece of homework that there is not yet, as the rule asks for it."""

    lesson: Lesson


def groups_of(session: Session, lesson: Lesson) -> Sequence[Subgroup]:
    """The subgroups that homework of this lesson may be for."""
    query = select(Subgroup).where(Subgroup.school_class_id == lesson.school_class_id).order_by(Subgroup.name)
    if lesson.subgroup_id is not None:
        return session.scalars(query.where(Subgroup.id == lesson.subgroup_id)).all()
    return session.scalars(
        query.where(or_(Subgroup.subject_id.is_(None), Subgroup.subject_id == lesson.subject_id))
    ).all()


def read(typed: Mapping[str, str], named: Sequence[str], group_ids: frozenset[int]) -> Taken:
    """The form as values of the record."""
    taken = Taken()
    readers: dict[str, Callable[[], Any]] = {
        "text": lambda: _text(typed.get("text", ""), is_needed=not typed.get("bring", "").strip()),
        "bring": lambda: _bring(typed.get("bring", "")),
        "subgroup_id": lambda: _group(typed.get("whom", ALL), group_ids),
        "students": lambda: _students(typed.get("whom", ALL), named),
        "minutes": lambda: _minutes(typed.get("minutes", "")),
        "due": lambda: _day(typed.get("due", ""), typed.get("due_on", "")),
    }
    for name, reader in readers.items():
        try:
            taken.values[name] = reader()
        except InvalidInput as wrong:
            taken.wrong.setdefault(wrong.field, wrong)
    taken.values |= {"mandatory": "voluntary" not in typed, "independent": "independent" in typed}
    return taken


def save(
    session: Session, folder: Path, homework: Homework, values: Mapping[str, Any], files: Sequence[Given]
) -> Homework:
    """Put the values on the record, hang the files on it, flush; the caller commits. Raises what is wrong by field."""
    for name, value in values.items():
        if getattr(homework, name) != value:
            setattr(homework, name, value)
    if homework not in session:
        session.add(homework)
    session.flush()
    attach(session, folder, homework, files)
    return homework


def homework_to_change(session: Session, key: int, version: str) -> Homework:
    """The record, locked until it is saved. Raises NotAllowed, or Conflict where it was changed since it was shown."""
    query = select(Homework).where(Homework.id == key).with_for_update(of=Homework)
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotAllowed("not_allowed.row", record=HOMEWORK.name)
    if version != str(found.version):
        raise Conflict("conflict.changed")
    return found


def _bring(typed: str) -> str:
    bring = " ".join(typed.split())
    if len(bring) > LONGEST_BRING:
        raise InvalidInput("bring", "text.too_long", limit=LONGEST_BRING, given=len(bring))
    return bring


def _text(typed: str, *, is_needed: bool) -> str:
    text = typed.replace("\r\n", "\n").strip()
    if not text and is_needed:
        raise InvalidInput("text", "text.empty")
    if len(text) > LONGEST:
        raise InvalidInput("text", "text.too_long", limit=LONGEST, given=len(text))
    return text


def _group(whom: str, known: frozenset[int]) -> int | None:
    if whom in (ALL, NAMED):
        return None
    written = whom.removeprefix(GROUP)
    if not written.isascii() or not written.isdigit() or int(written[:19]) not in known:
        raise InvalidInput("whom", "relation.unknown")
    return int(written)


def _students(whom: str, named: Sequence[str]) -> list[int] | None:
    if whom != NAMED:
        return None
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in named):
        raise InvalidInput("students", "relation.unknown")
    if not named:
        raise InvalidInput("students", "homework.nobody")
    return sorted({int(one) for one in named})


def _minutes(typed: str) -> int | None:
    written = typed.strip()
    if not written:
        return None
    if not written.isascii() or not written.isdigit() or not LEAST_MINUTES <= int(written[:9]) <= MOST_MINUTES:
        raise InvalidInput("minutes", "number", lowest=LEAST_MINUTES, highest=MOST_MINUTES)
    return int(written)


def _day(chosen: str, other: str) -> date | None:
    written = other.strip() if chosen == OTHER_DAY else chosen.strip()
    if not written:
        if chosen == OTHER_DAY:
            raise InvalidInput("due", "date.required")
        return None
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise InvalidInput("due", "date.required") from None
    if not 2000 <= day.year <= 2199:
        raise InvalidInput("due", "date.required")
    return day
