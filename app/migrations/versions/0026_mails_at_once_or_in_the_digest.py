"""Mails at once or in the digest, whatever the texts do"""

from collections.abc import Sequence

from alembic import op


revision: str = '0026'
down_revision: str | None = '0025'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# So far a mail came at once where the text did; whoever had it so keeps it.
SAID = """
UPDATE sms_subscription s SET channels = (
    SELECT array_agg(one || CASE WHEN to_jsonb(s) ->> split_part(one, ':', 2) = 'at_once' THEN ':' || 'at_once' ELSE '' END)
    FROM unnest(s.channels) AS one)
WHERE cardinality(s.channels) > 0
"""
UNSAID = """
UPDATE sms_subscription s SET channels = (
    SELECT array_agg(DISTINCT split_part(one, ':', 1) || ':' || split_part(one, ':', 2)) FROM unnest(s.channels) AS one)
WHERE cardinality(s.channels) > 0
"""


def upgrade() -> None:
    op.execute(SAID)


def downgrade() -> None:
    op.execute(UNSAID)
