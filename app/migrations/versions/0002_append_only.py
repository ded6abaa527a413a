"""The history only grows, and the outbox wakes the gateway"""

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

FUNCTIONS = """
CREATE FUNCTION history_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history only grows: % of % is refused', TG_OP, TG_TABLE_NAME;
END $$;

CREATE FUNCTION sms_message_queued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sms_queued', '');
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER revision_rows_stay BEFORE UPDATE OR DELETE ON revision
    FOR EACH ROW EXECUTE FUNCTION history_only_grows();
CREATE TRIGGER revision_is_never_emptied BEFORE TRUNCATE ON revision
    FOR EACH STATEMENT EXECUTE FUNCTION history_only_grows();
CREATE TRIGGER revision_values_stay BEFORE UPDATE ON revision_value
    FOR EACH ROW EXECUTE FUNCTION history_only_grows();
CREATE TRIGGER revision_value_is_never_emptied BEFORE TRUNCATE ON revision_value
    FOR EACH STATEMENT EXECUTE FUNCTION history_only_grows();
CREATE TRIGGER a_queued_sms_message_wakes_the_gateway AFTER INSERT ON sms_message
    FOR EACH STATEMENT EXECUTE FUNCTION sms_message_queued();
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute("DROP TRIGGER a_queued_sms_message_wakes_the_gateway ON sms_message")
    for trigger, table in (
        ("revision_rows_stay", "revision"),
        ("revision_is_never_emptied", "revision"),
        ("revision_values_stay", "revision_value"),
        ("revision_value_is_never_emptied", "revision_value"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP FUNCTION history_only_grows")
    op.execute("DROP FUNCTION sms_message_queued")
