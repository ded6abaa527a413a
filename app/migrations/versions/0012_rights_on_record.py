"""Rights on record: who changed which role and account, from what to what"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("account_event", sa.Column("role_id", sa.Integer(), nullable=True))
    op.add_column("account_event", sa.Column("about", sa.String(length=128), server_default="", nullable=False))
    op.add_column(
        "account_event",
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    )
    op.alter_column("account_event", "user_id", existing_type=sa.INTEGER(), nullable=True)
    op.create_foreign_key(
        "account_event_role_id_fkey", "account_event", "ab_role", ["role_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("events_of_a_role", "account_event", ["role_id", "id"])
    op.execute(
        "CREATE TRIGGER what_happened_stays BEFORE UPDATE OF kind, about, changes, happened_at ON account_event"
        " FOR EACH ROW EXECUTE FUNCTION history_only_grows()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER what_happened_stays ON account_event")
    op.execute("DELETE FROM account_event WHERE user_id IS NULL")
    op.drop_index("events_of_a_role", table_name="account_event")
    op.drop_constraint("account_event_role_id_fkey", "account_event", type_="foreignkey")
    op.alter_column("account_event", "user_id", existing_type=sa.INTEGER(), nullable=False)
    for column in ("changes", "about", "role_id"):
        op.drop_column("account_event", column)
