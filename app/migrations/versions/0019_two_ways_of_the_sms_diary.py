"""Two ways of the SMS diary"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0019'
down_revision: str | None = '0018'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('sms_request',
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('phone', sa.String(length=16), nullable=False),
    sa.Column('action', sa.String(length=16), nullable=False),
    sa.Column('subscription_ids', sa.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column('code', sa.String(length=6), nullable=False),
    sa.Column('tries', sa.SmallInteger(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("action IN ('confirm', 'pause', 'start')", name='a_request_by_sms_has_a_known_action'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('requests_of_a_phone', 'sms_request', ['phone', 'id'], unique=False)
    op.add_column('consent', sa.Column('proof', sa.String(length=200), server_default='', nullable=False))
    op.add_column('sms_subscription', sa.Column('detail', sa.String(length=16), server_default='full', nullable=False))
    op.add_column('sms_subscription', sa.Column('quiet_from', sa.Time(), nullable=True))
    op.add_column('sms_subscription', sa.Column('quiet_until', sa.Time(), nullable=True))
    op.create_check_constraint('a_subscription_tells_so_much', 'sms_subscription', "detail IN ('full', 'counts', 'absences')")
    op.create_index('consents_of_a_guardian', 'consent', ['guardian_id'], unique=False)


def downgrade() -> None:
    op.drop_index('consents_of_a_guardian', table_name='consent')
    op.drop_constraint('a_subscription_tells_so_much', 'sms_subscription')
    op.drop_column('sms_subscription', 'quiet_until')
    op.drop_column('sms_subscription', 'quiet_from')
    op.drop_column('sms_subscription', 'detail')
    op.drop_column('consent', 'proof')
    op.drop_index('requests_of_a_phone', table_name='sms_request')
    op.drop_table('sms_request')
