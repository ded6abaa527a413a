"""Longest text of a subscription"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0015'
down_revision: str | None = '0014'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('sms_subscription', sa.Column('longest_parts', sa.SmallInteger(), nullable=True))
    op.create_check_constraint('a_text_has_one_to_ten_parts', 'sms_subscription', 'longest_parts BETWEEN 1 AND 10')


def downgrade() -> None:
    op.drop_constraint('a_text_has_one_to_ten_parts', 'sms_subscription')
    op.drop_column('sms_subscription', 'longest_parts')
