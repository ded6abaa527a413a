"""The console's figures of a day read only the blocks of that day"""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("messages_of_a_day", "sms_message", ["created_at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("messages_of_a_day", table_name="sms_message")
