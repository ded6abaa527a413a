"""Several SMS links, what each gateway says of them, and operators' own error codes"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0003'
down_revision: str | None = '0002'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('sms_error',
    sa.Column('link_id', sa.BigInteger(), nullable=True),
    sa.Column('code', sa.BigInteger(), nullable=False),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('words_ru', sa.String(length=150), nullable=False),
    sa.Column('words_en', sa.String(length=150), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("verdict IN ('throttled', 'temporary', 'link', 'permanent')", name='an_error_has_a_verdict'),
    sa.CheckConstraint('code BETWEEN 1 AND 2147483647', name='an_error_code_is_a_number'),
    sa.ForeignKeyConstraint(['link_id'], ['sms_link.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('school_id', 'link_id', 'code', name='an_error_code_is_told_once', postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_sms_error_link_id'), 'sms_error', ['link_id'], unique=False)
    op.create_index(op.f('ix_sms_error_school_id'), 'sms_error', ['school_id'], unique=False)
    op.create_table('sms_session',
    sa.Column('gateway', sa.SmallInteger(), nullable=False),
    sa.Column('link_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('state_words', sa.String(length=300), nullable=False),
    sa.Column('window', sa.SmallInteger(), nullable=False),
    sa.Column('in_flight', sa.SmallInteger(), nullable=False),
    sa.Column('rate', sa.Double(), nullable=True),
    sa.Column('submitted', sa.BigInteger(), nullable=False),
    sa.Column('refused', sa.BigInteger(), nullable=False),
    sa.Column('slow', sa.BigInteger(), nullable=False),
    sa.Column('answer_seconds', sa.Double(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['sms_link.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('gateway', 'link_id', name='a_gateway_has_one_session_of_a_link')
    )
    op.create_index(op.f('ix_sms_session_link_id'), 'sms_session', ['link_id'], unique=False)
    op.create_index(op.f('ix_sms_session_school_id'), 'sms_session', ['school_id'], unique=False)
    op.add_column('sms_link', sa.Column('kind', sa.String(length=16), server_default="smpp", nullable=False))
    op.add_column('sms_link', sa.Column('path', sa.String(length=200), server_default="", nullable=False))
    op.add_column('sms_link', sa.Column('bind', sa.String(length=16), server_default="transceiver", nullable=False))
    op.add_column('sms_link', sa.Column('long_texts', sa.String(length=16), server_default="header", nullable=False))
    op.add_column('sms_link', sa.Column('priority', sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column('sms_link', sa.Column('weight', sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column('sms_link', sa.Column('most_refused_percent', sa.SmallInteger(), server_default="50", nullable=False))
    op.add_column('sms_link', sa.Column('slow_seconds', sa.SmallInteger(), server_default="10", nullable=False))
    op.add_column('sms_link', sa.Column('paused', sa.Boolean(), server_default="false", nullable=False))
    op.alter_column('sms_link', 'password',
               existing_type=sa.VARCHAR(length=8),
               type_=sa.String(length=200),
               existing_nullable=False)
    op.add_column('sms_message', sa.Column('only_link_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key('sms_message_only_link_id_fkey', 'sms_message', 'sms_link', ['only_link_id'], ['id'])
    op.create_index('messages_of_one_link_to_claim', 'sms_message', ['only_link_id'], unique=False, postgresql_where=sa.text("state = 'queued' AND only_link_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index('messages_of_one_link_to_claim', table_name='sms_message')
    op.drop_constraint('sms_message_only_link_id_fkey', 'sms_message', type_='foreignkey')
    op.drop_column('sms_message', 'only_link_id')
    op.alter_column('sms_link', 'password',
               existing_type=sa.String(length=200),
               type_=sa.VARCHAR(length=8),
               existing_nullable=False)
    op.drop_column('sms_link', 'paused')
    op.drop_column('sms_link', 'slow_seconds')
    op.drop_column('sms_link', 'most_refused_percent')
    op.drop_column('sms_link', 'weight')
    op.drop_column('sms_link', 'priority')
    op.drop_column('sms_link', 'long_texts')
    op.drop_column('sms_link', 'bind')
    op.drop_column('sms_link', 'path')
    op.drop_column('sms_link', 'kind')
    op.drop_index(op.f('ix_sms_session_school_id'), table_name='sms_session')
    op.drop_index(op.f('ix_sms_session_link_id'), table_name='sms_session')
    op.drop_table('sms_session')
    op.drop_index(op.f('ix_sms_error_school_id'), table_name='sms_error')
    op.drop_index(op.f('ix_sms_error_link_id'), table_name='sms_error')
    op.drop_table('sms_error')
