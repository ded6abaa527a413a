"""Absences taken back by text"""

from collections.abc import Sequence

from alembic import op


revision: str = '0025'
down_revision: str | None = '0024'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTIONS = "action IN ('confirm', 'pause', 'start', 'absent', 'sign')"
MORE_ACTIONS = "action IN ('confirm', 'pause', 'start', 'absent', 'sign', 'withdraw')"


def upgrade() -> None:
    op.drop_constraint('a_request_by_sms_has_a_known_action', 'sms_request')
    op.create_check_constraint('a_request_by_sms_has_a_known_action', 'sms_request', MORE_ACTIONS)


def downgrade() -> None:
    op.execute("DELETE FROM sms_request WHERE action = 'withdraw'")
    op.drop_constraint('a_request_by_sms_has_a_known_action', 'sms_request')
    op.create_check_constraint('a_request_by_sms_has_a_known_action', 'sms_request', ACTIONS)
