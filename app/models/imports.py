"""Imports: each uploaded workbook with what was found in it and what became of it, and which headers a school uses."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfNobody, Table


class ImportRun(OfNobody, Table):
    """One uploaded file, from its check to its undoing; asked for by app/services/imports/runs.py alone."""

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint(
            "state IN ('checking', 'checked', 'refused', 'applying', 'applied', 'undoing', 'undone')",
            name="an_import_stands_at_one_step",
        ),
        Index("imports_of_a_person", "user_id", "id"),
        Index("imports_under_way", "changed_at", postgresql_where=text("state IN ('checking', 'applying', 'undoing')")),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[Code] = mapped_column(default="checking")
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)  # forgotten after a week
    language: Mapped[str] = mapped_column(String(2), default="ru")
    matched: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)  # place of a column → field; empty: by headers
    decisions: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)  # doubt → "new" or the id of a record
    found: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)  # app/services/imports/plan.py, as_json
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)  # of the step that it stands at
    seen: Mapped[bool] = mapped_column(default=False)  # by the person, how it stands
    first_revision: Mapped[int | None]  # what the import changed: these links of the school's chain
    last_revision: Mapped[int | None]
    created_at: Mapped[Now]
    changed_at: Mapped[Now]
    applied_at: Mapped[Moment | None]


class ImportHeader(OfNobody, Table):
    """What a school's workbooks call a field: remembered from the last import that was applied."""

    __tablename__ = "import_header"
    __table_args__ = (UniqueConstraint("school_id", "kind", "header", name="a_header_means_one_field"),)

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    kind: Mapped[str] = mapped_column(String(40))
    header: Mapped[str] = mapped_column(String(200))
    field: Mapped[str] = mapped_column(String(60))
