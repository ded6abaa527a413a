"""Accounts that hold: kinds of sessions, second factors, what happened with an account"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('account_event',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('device', sa.String(length=60), server_default='', nullable=False),
    sa.Column('address', sa.String(length=45), server_default='', nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['ab_user.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('events_of_an_account', 'account_event', ['user_id', 'id'], unique=False)
    op.create_table('recovery_code',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('user_id', 'code_hash', name='a_person_has_a_recovery_code_once')
    )
    op.create_table('second_factor',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('user_id')
    )
    op.add_column('web_session', sa.Column('kind', sa.String(length=16), server_default='staff', nullable=False))
    op.add_column('web_session', sa.Column('device', sa.String(length=60), server_default='', nullable=False))
    op.add_column('web_session', sa.Column('address', sa.String(length=45), server_default='', nullable=False))
    op.add_column('web_session', sa.Column('used_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False))
    op.add_column('web_session', sa.Column('proved_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False))
    op.add_column('web_session', sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('web_session', 'locked_at')
    op.drop_column('web_session', 'proved_at')
    op.drop_column('web_session', 'used_at')
    op.drop_column('web_session', 'address')
    op.drop_column('web_session', 'device')
    op.drop_column('web_session', 'kind')
    op.drop_table('second_factor')
    op.drop_table('recovery_code')
    op.drop_index('events_of_an_account', table_name='account_event')
    op.drop_table('account_event')
