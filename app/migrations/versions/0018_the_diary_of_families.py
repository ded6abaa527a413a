"""The diary of families"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0018'
down_revision: str | None = '0017'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('absence_notice',
    sa.Column('guardian_id', sa.BigInteger(), nullable=False),
    sa.Column('begins_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=16), nullable=False),
    sa.Column('comment', sa.String(length=500), server_default='', nullable=False),
    sa.Column('state', sa.String(length=16), server_default='sent', nullable=False),
    sa.Column('answer', sa.String(length=500), server_default='', nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.BigInteger(), nullable=True),
    sa.Column('filled_to', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('student_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('sent', 'accepted', 'declined', 'withdrawn')", name='an_absence_notice_has_a_known_state'),
    sa.CheckConstraint('begins_on <= ends_on', name='an_absence_notice_begins_before_it_ends'),
    sa.ForeignKeyConstraint(['decided_by_id'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['guardian_id'], ['guardian.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('absence_notices_of_a_student', 'absence_notice', ['student_id', 'begins_on'], unique=False)
    op.create_index('absence_notices_that_wait', 'absence_notice', ['school_id'], unique=False, postgresql_where=sa.text("state = 'sent'"))
    op.create_index(op.f('ix_absence_notice_guardian_id'), 'absence_notice', ['guardian_id'], unique=False)
    op.create_table('diary_visit',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('student_id', sa.BigInteger(), nullable=False),
    sa.Column('seen_id', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('shown_id', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('shown_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('user_id', 'student_id', name='a_person_reads_a_diary_up_to_one_place')
    )
    op.create_table('reminder',
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('about_on', sa.Date(), nullable=False),
    sa.Column('text', sa.String(length=500), server_default='', nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('student_id', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('sign', 'day', 'test')", name='a_reminder_has_a_known_kind'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('student_id', 'kind', 'about_on', name='a_family_is_reminded_of_a_day_once')
    )
    op.create_table('week_signature',
    sa.Column('monday', sa.Date(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('parts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('means', sa.String(length=16), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('guardian_id', sa.BigInteger(), nullable=False),
    sa.Column('student_id', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('extract(isodow from monday) = 1', name='a_signed_week_begins_on_monday'),
    sa.ForeignKeyConstraint(['guardian_id'], ['guardian.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('guardian_id', 'student_id', 'monday', 'content_hash', name='a_guardian_signs_the_same_week_once')
    )
    op.create_index('signatures_of_a_student', 'week_signature', ['student_id', 'monday'], unique=False)
    op.create_table('homework_done',
    sa.Column('homework_id', sa.BigInteger(), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('student_id', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['homework_id'], ['homework.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('student_id', 'homework_id', name='a_student_does_a_homework_once')
    )
    op.create_index('done_of_a_homework', 'homework_done', ['homework_id'], unique=False)
    op.add_column('absence', sa.Column('absence_notice_id', sa.BigInteger(), nullable=True))
    op.create_index(op.f('ix_absence_absence_notice_id'), 'absence', ['absence_notice_id'], unique=False)
    op.create_foreign_key('an_absence_is_excused_by_a_notice', 'absence', 'absence_notice', ['absence_notice_id'], ['id'])
    op.create_index('notices_of_a_student', 'notice', ['student_id', 'id'], unique=False)
    op.create_index('notices_of_a_class', 'notice', ['school_class_id', 'id'], unique=False, postgresql_where=sa.text('student_id IS NULL'))
    op.create_index('notices_of_a_school', 'notice', ['school_id', 'id'], unique=False, postgresql_where=sa.text('student_id IS NULL AND school_class_id IS NULL'))
    op.add_column('sms_subscription', sa.Column('reminders', sa.String(length=16), server_default='never', nullable=False))
    op.drop_constraint('a_token_confirms_or_recovers', 'account_token', type_='check')
    op.create_check_constraint('a_token_confirms_recovers_or_signs', 'account_token', "purpose IN ('confirm', 'recover', 'sign')")


def downgrade() -> None:
    op.execute("DELETE FROM account_token WHERE purpose = 'sign'")
    op.drop_constraint('a_token_confirms_recovers_or_signs', 'account_token', type_='check')
    op.create_check_constraint('a_token_confirms_or_recovers', 'account_token', "purpose IN ('confirm', 'recover')")
    op.drop_column('sms_subscription', 'reminders')
    op.drop_index('notices_of_a_school', table_name='notice', postgresql_where=sa.text('student_id IS NULL AND school_class_id IS NULL'))
    op.drop_index('notices_of_a_class', table_name='notice', postgresql_where=sa.text('student_id IS NULL'))
    op.drop_index('notices_of_a_student', table_name='notice')
    op.drop_constraint('an_absence_is_excused_by_a_notice', 'absence', type_='foreignkey')
    op.drop_index(op.f('ix_absence_absence_notice_id'), table_name='absence')
    op.drop_column('absence', 'absence_notice_id')
    op.drop_index('done_of_a_homework', table_name='homework_done')
    op.drop_table('homework_done')
    op.drop_index('signatures_of_a_student', table_name='week_signature')
    op.drop_table('week_signature')
    op.drop_table('reminder')
    op.drop_table('diary_visit')
    op.drop_index(op.f('ix_absence_notice_guardian_id'), table_name='absence_notice')
    op.drop_index('absence_notices_that_wait', table_name='absence_notice', postgresql_where=sa.text("state = 'sent'"))
    op.drop_index('absence_notices_of_a_student', table_name='absence_notice')
    op.drop_table('absence_notice')
