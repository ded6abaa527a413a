"""What the session is told of each record type at start; it imports none of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.orm import Session

from app.models.base import Table

if TYPE_CHECKING:
    from app.session.actors import Actor


@dataclass(frozen=True)
class Change:
    """One change of one record, inside its transaction.

    `was` answers like the record, with the values before the change; for a new record it is the record itself.
    """

    session: Session
    record: Any
    was: Any
    action: str  # added, changed, deleted
    fields: Mapping[str, tuple[Any, Any]]  # column → (old, new), as JSON values


@dataclass(frozen=True)
class Fact:
    """What families should know of a change; the session makes a notice of it."""

    student_id: int | None = None
    school_class_id: int | None = None
    subgroup_id: int | None = None
    urgent: bool = False
    was: dict[str, Any] | None = field(default=None)  # of a deleted record: the values that told it
    former_student_id: int | None = None  # whose record it was: that family hears that it is gone


class Declaration(Protocol):
    """The part of a record type that the session enforces."""

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> type[Table]: ...
    @property
    def watched(self) -> bool: ...
    @property
    def secret(self) -> Sequence[str]: ...
    @property
    def volatile(self) -> Sequence[str]: ...
    @property
    def writes(self) -> "Callable[[Actor, Any], bool]": ...
    @property
    def fill(self) -> Callable[[Session, Any], None] | None: ...
    @property
    def check(self) -> Callable[[Session, Any], None] | None: ...
    @property
    def follows(self) -> Callable[[Change], None] | None: ...
    @property
    def notice(self) -> Callable[[Change], Fact | Sequence[Fact] | None] | None: ...
    @property
    def reasoned(self) -> Callable[[Session, Any], bool] | None: ...
    @property
    def entered_for(self) -> "Callable[[Actor, Any], int | None] | None": ...
