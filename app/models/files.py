"""Files that hang on a record of the journal; what is in them lies in the store, outside of the database."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Now, OfOwner, Table, Versioned, to_one
from app.models.diary import AbsenceNotice
from app.models.journal import Homework, Lesson, Remark
from app.models.people import Staff


class Attachment(OfOwner, Versioned, Table):
    """A file of exactly one owner; who sees the owner sees it. `stored` is its random name in the store.

    A new kind of owner is a column and a relation here, and a line in `_attachments` and `owner_of` of
    app/session/rows.py and in `OWNERS` of app/records/files.py.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(homework_id, lesson_id, remark_id, absence_notice_id) = 1", name="an_attachment_has_one_owner"
        ),
        Index("attachments_of_homework", "homework_id"),
        Index("attachments_of_a_lesson", "lesson_id"),
        Index("attachments_of_a_remark", "remark_id"),
        Index("attachments_of_an_absence_notice", "absence_notice_id"),
    )

    homework_id: Mapped[int | None] = mapped_column(ForeignKey("homework.id"))
    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id"))
    remark_id: Mapped[int | None] = mapped_column(ForeignKey("remark.id"))
    absence_notice_id: Mapped[int | None] = mapped_column(ForeignKey("absence_notice.id"))
    name: Mapped[str] = mapped_column(String(200))  # as it is called when it is downloaded
    kind: Mapped[Code]  # by its content: jpeg, png, pdf, docx, …
    size: Mapped[int]  # octets, as kept
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of what is kept
    stored: Mapped[str] = mapped_column(String(40), unique=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[Now]

    homework: Mapped[Homework | None] = to_one()
    lesson: Mapped[Lesson | None] = to_one()
    remark: Mapped[Remark | None] = to_one()
    absence_notice: Mapped[AbsenceNotice | None] = to_one()
    author: Mapped[Staff | None] = to_one()

    def __str__(self) -> str:
        return self.name
