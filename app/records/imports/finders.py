"""Finders: the record that a cell names, by the words that lists show; two of one name are never guessed between."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import inspect, select

from app.domain.errors import InvalidInput
from app.models import AcademicYear, Enrollment, Lesson, SchoolClass, Student, Subgroup, Subject, Term
from app.models.base import Table
from app.records.imports.kind import Around
from app.records.imports.people import Doubtful, names_of, same_name, split_name
from app.records.imports.structure import Structure, class_key
from app.records.imports.typed import LESSON_KEY
from app.services.imports.cells import folded
from app.services.imports.columns import Line
from app.services.imports.plan import Doubt, Plan
from app.words.values import DAY

LessonKey = tuple[int, date, int, int]


class Finders:
    """What rows point to, loaded once a file; as far as the person sees it."""

    def __init__(self, around: Around, plan: Plan) -> None:
        self._around, self._plan = around, plan
        self.structure = Structure(around.session, around.actor, around.school_id, around.today, plan)
        self._named: dict[type[Table], dict[str, list[Any]]] = {}
        self._people: dict[type[Table], dict[tuple[str, str], list[Any]]] = {}
        self._lessons: dict[LessonKey, list[Any]] = defaultdict(list)
        self._enrolled: dict[int, list[Any]] | None = None
        self.held = self._rows(Term)  # rules ask lessons for their terms: held here, each is loaded once

    def _rows(self, model: Any) -> list[Any]:
        return list(self._around.session.scalars(select(model).where(model.school_id == self._around.school_id)))

    def expect_lessons(self, days: Iterable[date]) -> None:
        """Load the lessons of these days."""
        wanted = sorted(set(days))
        if not wanted:
            return
        query = select(Lesson).where(Lesson.school_id == self._around.school_id, Lesson.date.in_(wanted))
        for lesson in self._around.session.scalars(query):
            key = (lesson.school_class_id, lesson.date, lesson.period, lesson.subject_id)
            self._lessons[key].append(lesson)

    def find(self, field: str, model: type[Table], line: Line, known: Mapping[str, Any]) -> Any:
        """The record that the field of the line names; None where it is empty. Raises InvalidInput and Doubtful."""
        if model is Lesson:
            return self._lesson(field, line, known)
        text = line.get(field)
        if text is None:
            return self.structure.year if model is AcademicYear else None
        if model is SchoolClass:
            return self._class(field, text)
        if "surname" in inspect(model).column_attrs:
            return self._person(field, model, text, line, known)
        return self._of_name(field, model, text, known)

    def _class(self, field: str, text: str) -> SchoolClass:
        found: SchoolClass | None = self.structure.classes.get(class_key(text))
        if found is None:
            raise InvalidInput(field, "import.not_found", given=text[:40])
        return found

    def _of_name(self, field: str, model: type[Table], text: str, known: Mapping[str, Any]) -> Any:
        if model not in self._named:
            by_name = self._named[model] = defaultdict(list)
            for row in self._rows(model):
                by_name[folded(str(row))].append(row)
        found = self._named[model].get(folded(text), [])
        if model is Subgroup:
            school_class = known.get("school_class")
            found = [row for row in found if school_class is not None and row.school_class_id == school_class.id]
        if model is Subject and not found:
            found = [row for row in self.structure.subjects.values() if folded(row.short_name) == folded(text)]
        if len(found) != 1:
            raise InvalidInput(field, "import.not_found", given=text[:40])
        return found[0]

    def _person(self, field: str, model: Any, text: str, line: Line, known: Mapping[str, Any]) -> Any:
        if model not in self._people:
            people = self._people[model] = defaultdict(list)
            for row in self._rows(model):
                people[folded(row.surname), folded(row.given_name)].append(row)
        names = split_name(text)
        candidates = self._people[model].get((folded(names["surname"]), folded(names["given_name"])), [])
        candidates = [row for row in candidates if same_name(names_of(row), names)]
        if model is Student:
            candidates = self._in_class(candidates, known)
        if not candidates:
            raise InvalidInput(field, "import.not_found", given=text[:60])
        if len(candidates) == 1:
            return candidates[0]
        return self._decided(field, text, line, candidates)

    def _decided(self, field: str, text: str, line: Line, candidates: list[Any]) -> Any:
        key = f"{line.number}:{field}"
        chosen = self._around.decisions.get(key)
        doubt = Doubt(key, line.number, text, [(row.id, self._described(row)) for row in candidates], may_be_new=False)
        for row in candidates:
            if chosen == str(row.id):
                self._plan.decided.append(replace(doubt, decided=chosen))
                return row
        self._plan.doubts.append(doubt)
        raise Doubtful

    def _described(self, row: Any) -> str:
        told = [str(row)]
        if isinstance(row, Student):
            names = {one.id: one.name for one in self.structure.classes.values()}
            told += [names[one.school_class_id] for one in self._spans(row.id) if one.school_class_id in names]
            told += [row.born_on.strftime(DAY)] if row.born_on else []
        else:
            told += [getattr(row, name) for name in ("position", "phone", "email") if getattr(row, name, None)]
        return ", ".join(told)

    def _spans(self, student_id: int) -> list[Any]:
        if self._enrolled is None:
            self._enrolled = defaultdict(list)
            for one in self._rows(Enrollment):
                self._enrolled[one.student_id].append(one)
        return self._enrolled.get(student_id, [])

    def _in_class(self, students: list[Any], known: Mapping[str, Any]) -> list[Any]:
        """Those who are in the row's class on the lesson's day, where the row names them."""
        lesson = known.get("lesson")
        school_class = lesson.school_class_id if lesson is not None else getattr(known.get("school_class"), "id", None)
        if school_class is None:
            return students
        on = lesson.date if lesson is not None else self._around.today
        return [
            row
            for row in students
            if any(
                one.school_class_id == school_class
                and one.begins_on <= on
                and (one.ends_on is None or one.ends_on >= on)
                for one in self._spans(row.id)
            )
        ]

    def _lesson(self, field: str, line: Line, known: Mapping[str, Any]) -> Any:
        told = {name: line.get(f"{field}.{name}") for name in LESSON_KEY}
        school_class = self._class(f"{field}.school_class", told["school_class"])
        subject = self._of_name(f"{field}.subject", Subject, told["subject"], known)
        found = self._lessons.get((school_class.id, told["date"], told["period"], subject.id), [])
        if told["subgroup"] is not None:
            narrowed = {"school_class": school_class}
            subgroup = self._of_name(f"{field}.subgroup", Subgroup, told["subgroup"], narrowed)
            found = [lesson for lesson in found if lesson.subgroup_id == subgroup.id]
        if not found:
            given = f"{told['school_class']}, {told['date'].strftime(DAY)}, {told['period']}, {told['subject']}"
            raise InvalidInput(f"{field}.date", "import.no_lesson", given=given)
        if len(found) > 1:
            raise InvalidInput(f"{field}.subgroup", "import.which_subgroup")
        return found[0]
