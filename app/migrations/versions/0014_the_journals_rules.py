"""The journal's rules"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0014'
down_revision: str | None = '0013'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('incident',
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('person', sa.String(length=200), nullable=False),
    sa.Column('about', sa.String(length=300), nullable=False),
    sa.Column('revision_number', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_incident_school_id'), 'incident', ['school_id'], unique=False)
    op.create_table('term_unlock',
    sa.Column('term_id', sa.BigInteger(), nullable=False),
    sa.Column('staff_id', sa.BigInteger(), nullable=True),
    sa.Column('school_class_id', sa.BigInteger(), nullable=True),
    sa.Column('subject_id', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by_id', sa.BigInteger(), nullable=True),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('opens_at < closes_at', name='an_unlock_opens_before_it_closes'),
    sa.ForeignKeyConstraint(['opened_by_id'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['school_class_id'], ['school_class.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['subject_id'], ['subject.id'], ),
    sa.ForeignKeyConstraint(['term_id'], ['term.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_term_unlock_school_id'), 'term_unlock', ['school_id'], unique=False)
    op.create_index('unlocks_of_a_term', 'term_unlock', ['term_id', 'closes_at'], unique=False)
    op.create_table('debt',
    sa.Column('lesson_id', sa.BigInteger(), nullable=False),
    sa.Column('work_type_id', sa.BigInteger(), nullable=False),
    sa.Column('task', sa.String(length=500), nullable=False),
    sa.Column('due', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('mark_id', sa.BigInteger(), nullable=True),
    sa.Column('became_id', sa.BigInteger(), nullable=True),
    sa.Column('settled_on', sa.Date(), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('student_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("state IN ('open', 'closed', 'expired')", name='a_debt_is_open_closed_or_expired'),
    sa.ForeignKeyConstraint(['became_id'], ['mark.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['lesson_id'], ['lesson.id'], ),
    sa.ForeignKeyConstraint(['mark_id'], ['mark.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ),
    sa.ForeignKeyConstraint(['work_type_id'], ['work_type.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('a_student_owes_a_work_of_a_lesson_once', 'debt', ['student_id', 'lesson_id', 'work_type_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_index('debts_beside_a_mark', 'debt', ['mark_id'], unique=False)
    op.create_index('debts_of_a_lesson', 'debt', ['lesson_id'], unique=False)
    op.create_index('debts_that_became_a_mark', 'debt', ['became_id'], unique=False)
    op.create_index('open_debts_by_day', 'debt', ['school_id', 'due'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index('revisions_of_a_day', 'revision', ['school_id', 'happened_at'], unique=False)
    op.add_column('term_mark', sa.Column('proposed', sa.String(length=8), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('term_mark', 'proposed')
    op.drop_index('revisions_of_a_day', table_name='revision')
    op.drop_index('open_debts_by_day', table_name='debt', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('debts_that_became_a_mark', table_name='debt')
    op.drop_index('debts_of_a_lesson', table_name='debt')
    op.drop_index('debts_beside_a_mark', table_name='debt')
    op.drop_index('a_student_owes_a_work_of_a_lesson_once', table_name='debt', postgresql_where=sa.text("state = 'open'"))
    op.drop_table('debt')
    op.drop_index('unlocks_of_a_term', table_name='term_unlock')
    op.drop_index(op.f('ix_term_unlock_school_id'), table_name='term_unlock')
    op.drop_table('term_unlock')
    op.drop_index(op.f('ix_incident_school_id'), table_name='incident')
    op.drop_table('incident')
