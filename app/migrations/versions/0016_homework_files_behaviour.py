"""Homework for whom and how long, files, behaviour of a week, checks of the chain"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0016'
down_revision: str | None = '0015'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('chain_check',
    sa.Column('checked_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('broken', sa.BigInteger(), nullable=False),
    sa.Column('told', sa.Text(), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('checks_of_a_chain', 'chain_check', ['school_id', 'id'], unique=False)
    op.create_index(op.f('ix_chain_check_school_id'), 'chain_check', ['school_id'], unique=False)
    op.create_table('behaviour_mark',
    sa.Column('week', sa.Date(), nullable=False),
    sa.Column('value', sa.String(length=16), nullable=False),
    sa.Column('comment', sa.String(length=500), nullable=False),
    sa.Column('author_id', sa.BigInteger(), nullable=True),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('student_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('extract(isodow from week) = 1', name='a_week_of_behaviour_begins_on_a_monday'),
    sa.ForeignKeyConstraint(['author_id'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('student_id', 'week', name='a_student_has_one_behaviour_mark_a_week')
    )
    op.create_table('attachment',
    sa.Column('homework_id', sa.BigInteger(), nullable=True),
    sa.Column('lesson_id', sa.BigInteger(), nullable=True),
    sa.Column('remark_id', sa.BigInteger(), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('stored', sa.String(length=40), nullable=False),
    sa.Column('author_id', sa.BigInteger(), nullable=True),
    sa.Column('added_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('num_nonnulls(homework_id, lesson_id, remark_id) = 1', name='an_attachment_has_one_owner'),
    sa.ForeignKeyConstraint(['author_id'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['homework_id'], ['homework.id'], ),
    sa.ForeignKeyConstraint(['lesson_id'], ['lesson.id'], ),
    sa.ForeignKeyConstraint(['remark_id'], ['remark.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('stored')
    )
    op.create_index('attachments_of_a_lesson', 'attachment', ['lesson_id'], unique=False)
    op.create_index('attachments_of_a_remark', 'attachment', ['remark_id'], unique=False)
    op.create_index('attachments_of_homework', 'attachment', ['homework_id'], unique=False)
    op.create_index(op.f('ix_attachment_school_id'), 'attachment', ['school_id'], unique=False)
    op.add_column('homework', sa.Column('subgroup_id', sa.BigInteger(), nullable=True))
    op.add_column('homework', sa.Column('students', sa.ARRAY(sa.BigInteger()), nullable=True))
    op.add_column('homework', sa.Column('independent', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('homework', sa.Column('minutes', sa.SmallInteger(), nullable=True))
    op.add_column('homework', sa.Column('revised_at', sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key('homework_subgroup_id_fkey', 'homework', 'subgroup', ['subgroup_id'], ['id'])
    op.create_check_constraint('homework_takes_1_to_600_minutes', 'homework', 'minutes BETWEEN 1 AND 600')
    op.create_check_constraint('homework_for_named_students_names_some', 'homework', 'cardinality(students) > 0')
    # What stands already is for whom its lesson is, and was revised when the chain says.
    op.execute("""
    UPDATE homework SET
      subgroup_id = lesson.subgroup_id,
      revised_at = (SELECT max(happened_at) FROM revision WHERE record = 'homework' AND record_id = homework.id)
    FROM lesson WHERE lesson.id = homework.lesson_id
    """)


def downgrade() -> None:
    op.drop_column('homework', 'revised_at')
    op.drop_column('homework', 'minutes')
    op.drop_column('homework', 'independent')
    op.drop_column('homework', 'students')
    op.drop_column('homework', 'subgroup_id')
    op.drop_index(op.f('ix_attachment_school_id'), table_name='attachment')
    op.drop_index('attachments_of_homework', table_name='attachment')
    op.drop_index('attachments_of_a_remark', table_name='attachment')
    op.drop_index('attachments_of_a_lesson', table_name='attachment')
    op.drop_table('attachment')
    op.drop_table('behaviour_mark')
    op.drop_index(op.f('ix_chain_check_school_id'), table_name='chain_check')
    op.drop_index('checks_of_a_chain', table_name='chain_check')
    op.drop_table('chain_check')
