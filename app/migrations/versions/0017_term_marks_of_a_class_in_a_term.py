"""Term marks of a class in a term are found by both."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0017'
down_revision: str | None = '0016'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index(op.f('ix_term_mark_term_id'), table_name='term_mark')
    op.create_index('term_marks_of_a_term', 'term_mark', ['term_id', 'student_id'], unique=False)


def downgrade() -> None:
    op.drop_index('term_marks_of_a_term', table_name='term_mark')
    op.create_index(op.f('ix_term_mark_term_id'), 'term_mark', ['term_id'], unique=False)
