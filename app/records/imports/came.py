"""What came by an import that was applied: the classes that it filled or changed, and the lists of the rest."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ImportRun, SchoolClass
from app.records import ALL
from app.records.imports.kind import Kind
from app.records.record_type import RecordType
from app.services.imports.runs import classes_touched

OF_PEOPLE = ("student", "guardian", "staff", "teaching")
MOST_CLASSES = 60


def classes_of(session: Session, run: ImportRun) -> Sequence[SchoolClass]:
    """The classes into which the import brought students, or that it added or changed, as the person sees them."""
    query = select(SchoolClass).where(SchoolClass.id.in_(classes_touched(session, run)))
    return session.scalars(query.order_by(SchoolClass.grade_level, SchoolClass.name).limit(MOST_CLASSES)).all()


def lists_of(kind: Kind) -> Sequence[RecordType]:
    """The lists where one finds what such an import brings."""
    names = [kind.record] if kind.record else [name for name in kind.records if name in OF_PEOPLE]
    return [record_type for record_type in ALL if record_type.name in names]
