"""Draft columns and weights of lessons"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0013'
down_revision: str | None = '0012'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('lesson', sa.Column('weight', sa.Numeric(precision=4, scale=2), nullable=True))
    op.add_column('lesson', sa.Column('counts', sa.Boolean(), server_default=sa.text('true'), nullable=False))
    op.add_column('lesson', sa.Column('draft', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('lesson', sa.Column('publish_at', sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint('a_lesson_weight_is_above_0_and_at_most_10', 'lesson', 'weight > 0 AND weight <= 10')
    op.create_index('columns_to_publish', 'lesson', ['publish_at'], unique=False, postgresql_where=sa.text('draft AND publish_at IS NOT NULL'))
    op.create_index('lessons_of_a_journal', 'lesson', ['school_class_id', 'subject_id', 'term_id'], unique=False)
    op.alter_column('mark', 'published_at', server_default=None)
    op.create_index('deletions_of_a_school', 'revision', ['school_id', 'record', 'happened_at'], unique=False, postgresql_where=sa.text("action = 'deleted'"))


def downgrade() -> None:
    op.drop_index('deletions_of_a_school', table_name='revision', postgresql_where=sa.text("action = 'deleted'"))
    op.alter_column('mark', 'published_at', server_default=sa.text('now()'))
    op.drop_index('lessons_of_a_journal', table_name='lesson')
    op.drop_index('columns_to_publish', table_name='lesson', postgresql_where=sa.text('draft AND publish_at IS NOT NULL'))
    op.drop_constraint('a_lesson_weight_is_above_0_and_at_most_10', 'lesson')
    op.drop_column('lesson', 'publish_at')
    op.drop_column('lesson', 'draft')
    op.drop_column('lesson', 'counts')
    op.drop_column('lesson', 'weight')
