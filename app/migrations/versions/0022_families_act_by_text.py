"""Families act by text"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision: str = '0022'
down_revision: str | None = '0021'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTIONS = "action IN ('confirm', 'pause', 'start')"
MORE_ACTIONS = "action IN ('confirm', 'pause', 'start', 'absent', 'sign')"
KINDS, MORE_KINDS = "kind IN ('sign', 'day', 'test')", "kind IN ('sign', 'day', 'test', 'meeting', 'soon')"


def upgrade() -> None:
    op.create_table('event_answer',
    sa.Column('event_id', sa.BigInteger(), nullable=False),
    sa.Column('comes', sa.Boolean(), nullable=False),
    sa.Column('way', sa.String(length=16), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('guardian_id', sa.BigInteger(), nullable=False),
    sa.Column('student_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("way IN ('web', 'sms')", name='an_answer_comes_by_a_known_way'),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], ),
    sa.ForeignKeyConstraint(['guardian_id'], ['guardian.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('event_id', 'guardian_id', 'student_id', name='a_guardian_answers_once_for_a_child')
    )
    op.create_index('answers_of_a_guardian', 'event_answer', ['guardian_id'], unique=False)
    op.create_index('answers_of_a_student', 'event_answer', ['student_id'], unique=False)
    op.add_column('event', sa.Column('cancelled', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('pseudonym', sa.Column('guardian_id', sa.BigInteger(), nullable=True))
    op.add_column('pseudonym', sa.Column('way', sa.String(length=16), server_default='', nullable=False))
    op.create_unique_constraint('pseudonym_guardian_id_key', 'pseudonym', ['guardian_id'])
    op.create_foreign_key('pseudonym_guardian_id_fkey', 'pseudonym', 'guardian', ['guardian_id'], ['id'], ondelete='SET NULL')
    op.add_column('absence_notice', sa.Column('way', sa.String(length=16), server_default='web', nullable=False))
    op.add_column('sms_request', sa.Column('what', postgresql.JSONB(), server_default='{}', nullable=False))
    op.drop_constraint('a_request_by_sms_has_a_known_action', 'sms_request')
    op.create_check_constraint('a_request_by_sms_has_a_known_action', 'sms_request', MORE_ACTIONS)
    op.add_column('reminder', sa.Column('event_id', sa.BigInteger(), nullable=True))
    op.add_column('reminder', sa.Column('about_at', sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint('a_family_is_reminded_of_a_day_once', 'reminder')
    op.create_unique_constraint('a_family_is_reminded_of_a_day_once', 'reminder', ['student_id', 'kind', 'about_on', 'event_id'], postgresql_nulls_not_distinct=True)
    op.drop_constraint('a_reminder_has_a_known_kind', 'reminder')
    op.create_check_constraint('a_reminder_has_a_known_kind', 'reminder', MORE_KINDS)
    op.create_index('reminders_of_meetings', 'reminder', ['event_id', 'student_id'], unique=False, postgresql_where=sa.text('event_id IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('reminders_of_meetings', table_name='reminder')
    op.execute("DELETE FROM reminder WHERE event_id IS NOT NULL")
    op.drop_constraint('a_reminder_has_a_known_kind', 'reminder')
    op.create_check_constraint('a_reminder_has_a_known_kind', 'reminder', KINDS)
    op.drop_constraint('a_family_is_reminded_of_a_day_once', 'reminder')
    op.create_unique_constraint('a_family_is_reminded_of_a_day_once', 'reminder', ['student_id', 'kind', 'about_on'])
    op.drop_column('reminder', 'about_at')
    op.drop_column('reminder', 'event_id')
    op.execute("DELETE FROM sms_request WHERE action IN ('absent', 'sign')")
    op.drop_constraint('a_request_by_sms_has_a_known_action', 'sms_request')
    op.create_check_constraint('a_request_by_sms_has_a_known_action', 'sms_request', ACTIONS)
    op.drop_column('sms_request', 'what')
    op.drop_column('absence_notice', 'way')
    op.drop_constraint('pseudonym_guardian_id_fkey', 'pseudonym')
    op.drop_constraint('pseudonym_guardian_id_key', 'pseudonym')
    op.drop_column('pseudonym', 'way')
    op.drop_column('pseudonym', 'guardian_id')
    op.drop_column('event', 'cancelled')
    op.drop_index('answers_of_a_student', table_name='event_answer')
    op.drop_index('answers_of_a_guardian', table_name='event_answer')
    op.drop_table('event_answer')
