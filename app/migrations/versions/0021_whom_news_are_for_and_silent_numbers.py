"""Whom news are for, and numbers that do not answer"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0021'
down_revision: str | None = '0020'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('school_class', sa.Column('bell_schedule_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key('school_class_bell_schedule_id_fkey', 'school_class', 'bell_schedule', ['bell_schedule_id'], ['id'])

    op.add_column('announcement', sa.Column('grade_level', sa.SmallInteger(), nullable=True))
    op.add_column('announcement', sa.Column('subgroup_id', sa.BigInteger(), nullable=True))
    op.add_column('announcement', sa.Column('bell_schedule_id', sa.BigInteger(), nullable=True))
    op.add_column('announcement', sa.Column('class_ids', sa.ARRAY(sa.BigInteger()), nullable=True))
    op.add_column('announcement', sa.Column('by_email', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('announcement', sa.Column('state', sa.String(length=16), server_default='published', nullable=False))
    op.add_column('announcement', sa.Column('families', sa.BigInteger(), nullable=True))
    op.add_column('announcement', sa.Column('asked_by_id', sa.BigInteger(), nullable=True))
    op.add_column('announcement', sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('announcement', sa.Column('decided_by_id', sa.BigInteger(), nullable=True))
    op.add_column('announcement', sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('announcement', sa.Column('decision', sa.String(length=300), server_default='', nullable=False))
    for column, table in (('subgroup_id', 'subgroup'), ('bell_schedule_id', 'bell_schedule'), ('asked_by_id', 'staff'), ('decided_by_id', 'staff')):
        op.create_foreign_key(f'announcement_{column}_fkey', 'announcement', table, [column], ['id'])
    op.create_check_constraint('an_announcement_has_a_known_state', 'announcement', "state IN ('draft', 'waiting', 'declined', 'published')")
    op.create_check_constraint('news_go_to_one_circle', 'announcement', "num_nonnulls(grade_level, bell_schedule_id, school_class_id) <= 1")

    op.add_column('mail_message', sa.Column('announcement_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key('mail_message_announcement_id_fkey', 'mail_message', 'announcement', ['announcement_id'], ['id'], ondelete='SET NULL')
    op.create_index('an_announcement_goes_to_a_guardian_by_one_mail', 'mail_message', ['announcement_id', 'guardian_id'], unique=True)

    op.add_column('sms_subscription', sa.Column('email_fallback', sa.Boolean(), server_default='false', nullable=False))

    op.create_table('suspended_number',
    sa.Column('phone', sa.String(length=16), nullable=False),
    sa.Column('failures', sa.SmallInteger(), nullable=False),
    sa.Column('error', sa.String(length=200), nullable=False),
    sa.Column('suspended_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('freed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('freed_by', sa.String(length=16), nullable=True),
    sa.Column('freed_by_id', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('guardian_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['freed_by_id'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['guardian_id'], ['guardian.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('a_number_of_a_guardian_is_suspended_once', 'suspended_number', ['phone', 'guardian_id'], unique=True, postgresql_where=sa.text('freed_at IS NULL'))
    op.create_index('suspended_numbers_of_a_guardian', 'suspended_number', ['guardian_id'], unique=False)


def downgrade() -> None:
    op.drop_table('suspended_number')
    op.drop_column('sms_subscription', 'email_fallback')
    op.drop_index('an_announcement_goes_to_a_guardian_by_one_mail', table_name='mail_message')
    op.drop_column('mail_message', 'announcement_id')
    op.drop_constraint('news_go_to_one_circle', 'announcement')
    op.drop_constraint('an_announcement_has_a_known_state', 'announcement')
    for column in ('decision', 'decided_at', 'decided_by_id', 'asked_at', 'asked_by_id', 'families', 'state', 'by_email', 'class_ids', 'bell_schedule_id', 'subgroup_id', 'grade_level'):
        op.drop_column('announcement', column)
    op.drop_column('school_class', 'bell_schedule_id')
