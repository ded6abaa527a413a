"""The school that a workbook speaks of: its year and classes, found by what people call them."""

import re
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import AcademicYear, SchoolClass, Subject
from app.models.base import Table
from app.services.imports.cells import folded
from app.services.imports.plan import Draft, Plan, Ref
from app.session.actors import Actor

CLASS = re.compile(r"(1[0-2]|[1-9])\s*[-–«\"]?\s*([^\W\d_]{0,3})[»\"]?")
TWINS = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")  # Latin letters that look like Cyrillic ones


def class_key(text: str) -> str:
    """A class's name for comparing: "5 «а»", "5-А" and "5A" with a Latin A are 5а.

    >>> class_key("5 «а»"), class_key("5-A")
    ('5а', '5а')
    """
    bare = re.sub(r"[\s\-–«»\"'().]", "", text).upper().translate(TWINS)
    return folded(bare)


class Structure:
    """Classes and subjects of the school, loaded once; new ones are drafted where the person may write them."""

    def __init__(self, session: Session, actor: Actor, school_id: int, today: date, plan: Plan) -> None:
        self._session, self._actor, self._school_id, self._plan = session, actor, school_id, plan
        self.today = today
        self.year = self._year(today)
        self.drafts: dict[str, Draft] = {}
        self.subjects = {folded(row.name): row for row in self._rows(Subject)}
        self.classes = {class_key(row.name): row for row in self._rows(SchoolClass) if self._is_of_year(row)}

    def _rows(self, model: Any) -> list[Any]:
        return list(self._session.scalars(select(model).where(model.school_id == self._school_id)))

    def _is_of_year(self, row: SchoolClass) -> bool:
        return self.year is not None and row.academic_year_id == self.year.id

    def _year(self, today: date) -> AcademicYear | None:
        """The year under way, else the next one, else the last."""
        years = sorted(self._rows(AcademicYear), key=lambda year: year.ends_on)
        return next((year for year in years if year.ends_on >= today), years[-1] if years else None)

    def class_named(self, text: str, field: str) -> tuple[Any, list[Draft]]:
        """The class, or the Ref of a new one with its draft. Raises InvalidInput."""
        found = self.classes.get(class_key(text))
        if found is not None:
            return found, []
        shape = CLASS.fullmatch(text.strip())
        if self.year is None:
            raise InvalidInput(field, "import.no_year")
        if shape is None:
            raise InvalidInput(field, "import.class", given=text[:30])
        name = f"{int(shape[1])}{shape[2].upper().translate(TWINS)}"
        values = {"academic_year": self.year, "name": name, "grade_level": int(shape[1])}
        return self._new("school_class", SchoolClass, name, field, values)

    def subject_named(self, text: str, field: str) -> tuple[Any, list[Draft]]:
        """The subject, or the Ref of a new one with its draft. Raises InvalidInput."""
        found = self.subjects.get(folded(text)) or self._shortened(folded(text))
        if found is not None:
            return found, []
        name = text[:1].upper() + text[1:]
        if len(name) > 100:
            raise InvalidInput(field, "text.too_long", limit=100, given=len(name))
        return self._new("subject", Subject, name, field, {"name": name, "short_name": name[:12].strip()})

    def _shortened(self, text: str) -> Subject | None:
        """The subject with this short name, where there is one alone."""
        found = [row for row in self.subjects.values() if folded(row.short_name) == text]
        return found[0] if len(found) == 1 else None

    def _new(
        self, record: str, model: type[Table], name: str, field: str, values: dict[str, Any], key: str = ""
    ) -> tuple[Ref, list[Draft]]:
        if not self._actor.may("can_write", record):
            raise InvalidInput(field, "import.no_such", given=name[:60])
        ref = Ref(f"{record}:{key or folded(name)}")
        if ref not in self.drafts:
            self.drafts[ref] = Draft(ref, model, values, shared=True)
            self._plan.notes[name] = None
        return ref, [self.drafts[ref]]
