"""A file of an absence notice, and what to bring to a lesson"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0024'
down_revision: str | None = '0023'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWNER = 'an_attachment_has_one_owner'


def upgrade() -> None:
    op.add_column('attachment', sa.Column('absence_notice_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key(None, 'attachment', 'absence_notice', ['absence_notice_id'], ['id'])
    op.create_index('attachments_of_an_absence_notice', 'attachment', ['absence_notice_id'], unique=False)
    op.drop_constraint(OWNER, 'attachment', type_='check')
    op.create_check_constraint(OWNER, 'attachment', 'num_nonnulls(homework_id, lesson_id, remark_id, absence_notice_id) = 1')
    op.add_column('homework', sa.Column('bring', sa.String(length=200), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('homework', 'bring')
    op.execute('DELETE FROM attachment WHERE absence_notice_id IS NOT NULL')
    op.drop_constraint(OWNER, 'attachment', type_='check')
    op.create_check_constraint(OWNER, 'attachment', 'num_nonnulls(homework_id, lesson_id, remark_id) = 1')
    op.drop_index('attachments_of_an_absence_notice', table_name='attachment')
    op.drop_column('attachment', 'absence_notice_id')
