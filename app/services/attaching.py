"""Attaching files: looked at, drawn anew where they are pictures, kept in the store, told by a row of their own."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.file_kinds import FIELD, KINDS, LONGEST_NAME, PAPERS, file_name, kind_of, kinds_in_words, plain_name
from app.models import Attachment
from app.services.file_store import keep
from app.services.pictures import drawn_anew
from app.services.settings import rules_of
from app.session.engine import actor_of

AROUND = {"around_the_rule": True}
MEGABYTE = 2**20
MOST_FILES = 10  # of one owner
LARGEST = 50 * MEGABYTE  # the most that a school may set for a file
ROOM_AROUND = MEGABYTE  # the other fields of a form, and what divides its parts
KINDS_OF = {"absence_notice": PAPERS}  # what hangs on these; on all others every kind


class Given(Protocol):
    """A file as a form brings it."""

    @property
    def filename(self) -> str | None: ...
    @property
    def stream(self) -> IO[bytes]: ...


@dataclass(frozen=True)
class Limits:
    """What the school takes, in octets."""

    of_file: int
    of_school: int
    kinds: Collection[str] = tuple(KINDS)

    @property
    def allowed(self) -> str:
        return kinds_in_words(self.kinds)

    @property
    def accepted(self) -> str:
        """For the browser's choice of files: how their names end; pictures by type as well, so that a phone offers its
        camera."""
        kinds = [KINDS[kind] for kind in self.kinds]
        pictures = [kind.media_type for kind in kinds if kind.is_picture]
        return ",".join([*pictures, *(f".{kind.ending}" for kind in kinds), ".jpeg"])

    @property
    def megabytes(self) -> int:
        return self.of_file // MEGABYTE


@dataclass(frozen=True)
class Looked:
    """A file that may be kept."""

    name: str
    kind: str
    content: bytes


def limits_of(session: Session, school_id: int, owner: str = "") -> Limits:
    """How large a file of this school, and all of them, may be; and of which kind on a record of this name."""
    rules = rules_of(session, {school_id})[school_id]
    of_file, of_school = (rules.number(name) * MEGABYTE for name in ("file_megabytes", "files_megabytes"))
    return Limits(of_file, of_school, KINDS_OF.get(owner, tuple(KINDS)))


def attach(session: Session, folder: Path, owner: Any, given: Sequence[Given]) -> list[Attachment]:
    """Hang the files on the owner (homework, a lesson, a remark, an absence notice); the caller commits.

    All are looked at before the first is kept. Raises InvalidInput on `files`, naming the file and what is allowed.
    """
    named = [one for one in given if one.filename]
    if not named:
        return []
    limits = limits_of(session, owner.school_id, owner.__tablename__)
    _refuse_many(session, owner, len(named))
    looked = [_looked(one, limits) for one in named]
    kept = session.scalar(
        select(func.coalesce(func.sum(Attachment.size), 0)).where(Attachment.school_id == owner.school_id),
        execution_options=AROUND,
    )
    if int(kept or 0) + sum(len(one.content) for one in looked) > limits.of_school:
        raise InvalidInput(FIELD, "file.school_full", limit=limits.of_school // MEGABYTE)
    made = [_row(session, folder, owner, one) for one in looked]
    session.add_all(made)
    session.flush()
    return made


def files_on(session: Session, record: str, ids: Collection[int]) -> dict[int, list[Any]]:
    """The files of these records of one kind, by the record's id: rows of id, name, kind, size. One statement."""
    found: dict[int, list[Any]] = {key: [] for key in ids}
    key = getattr(Attachment, f"{record}_id")
    query = select(key.label("owner"), Attachment.id, Attachment.name, Attachment.kind, Attachment.size)
    for row in session.execute(query.where(key.in_(found)).order_by(Attachment.id)) if found else ():
        found[row.owner].append(row)
    return found


def _refuse_many(session: Session, owner: Any, more: int) -> None:
    key = getattr(Attachment, f"{owner.__tablename__}_id")
    stand = 0
    if owner.id is not None:
        query = select(func.count()).select_from(Attachment).where(key == owner.id)
        stand = int(session.scalar(query, execution_options=AROUND) or 0)
    if stand + more > MOST_FILES:
        raise InvalidInput(FIELD, "file.too_many", limit=MOST_FILES)


def _looked(one: Given, limits: Limits) -> Looked:
    content = one.stream.read(limits.of_file + 1)
    called = plain_name(one.filename or "")[:LONGEST_NAME]
    try:
        if len(content) > limits.of_file:
            raise InvalidInput(FIELD, "file.too_large", limit=limits.megabytes)
        if getattr(one.stream, "is_cut", False):  # there was no room for all of it beside the others
            raise InvalidInput(FIELD, "file.together")
        kind = kind_of(content)
        if kind not in limits.kinds:
            raise InvalidInput(FIELD, "file.kind", allowed=limits.allowed)
        if KINDS[kind].is_picture:
            content, kind = drawn_anew(content, kind)
    except InvalidInput as wrong:
        figures = {"name": called} | wrong.figures
        if "allowed" in figures:
            figures["allowed"] = limits.allowed
        raise InvalidInput(FIELD, wrong.key, **figures) from None
    return Looked(file_name(one.filename or "", kind), kind, content)


def _row(session: Session, folder: Path, owner: Any, one: Looked) -> Attachment:
    actor = actor_of(session)
    return Attachment(
        **{owner.__tablename__: owner},
        name=one.name,
        kind=one.kind,
        size=len(one.content),
        digest=hashlib.sha256(one.content).hexdigest(),
        stored=keep(folder, one.content),
        author_id=actor.staff_of_school.get(owner.school_id),
        added_at=datetime.now(UTC),
    )
