"""Channels beside the SMS, further kinds of news, and the watch over codes and links"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0023'
down_revision: str | None = '0022'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ONCE = 'a_notice_goes_once_to_a_subscription'


def upgrade() -> None:
    op.create_table('sms_code',
    sa.Column('school_id', sa.BigInteger(), nullable=True),
    sa.Column('phone', sa.String(length=16), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('opens', sa.String(length=40), nullable=False),
    sa.Column('parts', sa.SmallInteger(), nullable=False),
    sa.Column('is_known', sa.Boolean(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('codes_to_a_phone', 'sms_code', ['phone', 'sent_at'], unique=False)
    op.create_index('codes_of_a_school', 'sms_code', ['school_id', 'sent_at'], unique=False)
    op.create_index('codes_of_an_account', 'sms_code', ['user_id', 'sent_at'], unique=False)
    op.create_index('a_code_opens_one_door', 'sms_code', ['opens'], unique=True)
    op.create_table('sms_alarm',
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('link_id', sa.BigInteger(), nullable=True),
    sa.Column('counted', sa.BigInteger(), nullable=False),
    sa.Column('good', sa.BigInteger(), nullable=False),
    sa.Column('has_paused', sa.Boolean(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('codes_unused', 'codes_spent', 'undelivered')", name='an_alarm_has_a_known_kind'),
    sa.ForeignKeyConstraint(['ended_by_id'], ['ab_user.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['link_id'], ['sms_link.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('one_alarm_of_a_kind_at_a_time', 'sms_alarm', ['school_id', 'kind', 'link_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'), postgresql_nulls_not_distinct=True)
    op.add_column('mail_message', sa.Column('read_hash', sa.String(length=64), nullable=True))
    op.add_column('mail_message', sa.Column('read_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('a_mail_is_read_by_one_key', 'mail_message', ['read_hash'], unique=True)
    op.add_column('sms_delivery', sa.Column('channel', sa.String(length=16), server_default='sms', nullable=False))
    op.add_column('sms_delivery', sa.Column('message_id', sa.BigInteger(), nullable=True))
    op.add_column('sms_delivery', sa.Column('read_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('deliveries_by_other_channels', 'sms_delivery', ['message_id', 'channel'], unique=False, postgresql_where=sa.text('message_id IS NOT NULL'))
    op.drop_constraint(ONCE, 'sms_delivery')
    op.create_unique_constraint(ONCE, 'sms_delivery', ['notice_id', 'subscription_id', 'guardian_id', 'channel'], postgresql_nulls_not_distinct=True)
    op.add_column('sms_subscription', sa.Column('channels', sa.ARRAY(sa.String(length=40)), server_default='{}', nullable=False))
    for name, usual in (('debts', 'digest'), ('term_marks', 'digest'), ('timetable', 'never')):
        op.add_column('sms_subscription', sa.Column(name, sa.String(length=16), server_default=usual, nullable=False))
    op.add_column('sms_subscription', sa.Column('low_marks_at_once', sa.Boolean(), server_default='false', nullable=False))
    # Nobody gets more texts by an update than they asked for: debts came with the marks until now.
    op.execute("""
    UPDATE sms_subscription SET debts = marks, term_marks = CASE WHEN marks = 'never' THEN 'never' ELSE 'digest' END
    """)


def downgrade() -> None:
    for name in ('low_marks_at_once', 'timetable', 'term_marks', 'debts', 'channels'):
        op.drop_column('sms_subscription', name)
    op.execute("DELETE FROM sms_delivery WHERE channel <> 'sms'")
    op.drop_constraint(ONCE, 'sms_delivery')
    op.create_unique_constraint(ONCE, 'sms_delivery', ['notice_id', 'subscription_id', 'guardian_id'], postgresql_nulls_not_distinct=True)
    op.drop_index('deliveries_by_other_channels', table_name='sms_delivery')
    op.drop_column('sms_delivery', 'read_at')
    op.drop_column('sms_delivery', 'message_id')
    op.drop_column('sms_delivery', 'channel')
    op.drop_index('a_mail_is_read_by_one_key', table_name='mail_message')
    op.drop_column('mail_message', 'read_at')
    op.drop_column('mail_message', 'read_hash')
    op.drop_table('sms_alarm')
    op.drop_table('sms_code')
