"""Saved views: what a person narrowed a list to, under a name, for themselves or for a role of the school."""

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Now, OfNobody, Table, Title


class SavedView(OfNobody, Table):
    """A list's address under a name; read and written by app/services/views.py alone, which asks whose it is."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("user_id", "record", "name", name="a_person_names_a_view_of_a_list_once"),
        Index("views_of_a_role", "role_id", "record"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    record: Mapped[str] = mapped_column(String(60))
    name: Mapped[Title]
    query: Mapped[str] = mapped_column(Text, default="")  # read again as any address of the list is
    role_id: Mapped[int | None] = mapped_column(ForeignKey("ab_role.id", ondelete="CASCADE"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))  # of a role's view
    created_at: Mapped[Now]
