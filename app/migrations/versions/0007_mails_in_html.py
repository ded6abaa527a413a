"""Mails in text and HTML: kind, language, button"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0007'
down_revision: str | None = '0006'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('mail_message', sa.Column('kind', sa.String(length=16), server_default='sms', nullable=False))
    op.add_column('mail_message', sa.Column('language', sa.String(length=16), server_default='ru', nullable=False))
    op.add_column('mail_message', sa.Column('reply_to', sa.String(length=254), nullable=True))
    op.add_column('mail_message', sa.Column('button', sa.String(length=100), nullable=True))
    op.add_column('mail_message', sa.Column('path', sa.String(length=500), nullable=True))
    op.add_column('mail_message', sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('mail_message', 'expires_at')
    op.drop_column('mail_message', 'path')
    op.drop_column('mail_message', 'button')
    op.drop_column('mail_message', 'reply_to')
    op.drop_column('mail_message', 'language')
    op.drop_column('mail_message', 'kind')
