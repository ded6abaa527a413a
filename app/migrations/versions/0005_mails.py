"""Mails: what could not be told by SMS; and the parts whose answer nobody has heard"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('mail_message',
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('error', sa.String(length=200), nullable=True),
    sa.Column('guardian_id', sa.BigInteger(), nullable=True),
    sa.Column('sms_message_id', sa.BigInteger(), nullable=True),
    sa.Column('trace', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name='a_mail_is_queued_sent_or_failed'),
    sa.ForeignKeyConstraint(['guardian_id'], ['guardian.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['sms_message_id'], ['sms_message.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('a_text_falls_back_to_one_mail', 'mail_message', ['sms_message_id'], unique=True)
    op.create_index(op.f('ix_mail_message_school_id'), 'mail_message', ['school_id'], unique=False)
    op.create_index('mails_of_a_guardian', 'mail_message', ['guardian_id'], unique=False)
    op.create_index('mails_to_send', 'mail_message', ['due_at'], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_index('parts_uncertain', 'sms_part', ['submitted_at'], unique=False, postgresql_where=sa.text("state = 'uncertain'"))
    op.create_index('messages_not_delivered', 'sms_message', ['done_at'], unique=False, postgresql_where=sa.text("state IN ('undeliverable', 'expired', 'rejected')"))


def downgrade() -> None:
    op.drop_index('parts_uncertain', table_name='sms_part')
    op.drop_index('messages_not_delivered', table_name='sms_message', postgresql_where=sa.text("state IN ('undeliverable', 'expired', 'rejected')"))
    op.drop_index('mails_to_send', table_name='mail_message', postgresql_where=sa.text("state = 'queued'"))
    op.drop_index('mails_of_a_guardian', table_name='mail_message')
    op.drop_index(op.f('ix_mail_message_school_id'), table_name='mail_message')
    op.drop_index('a_text_falls_back_to_one_mail', table_name='mail_message')
    op.drop_table('mail_message')
