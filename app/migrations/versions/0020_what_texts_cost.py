"""What texts cost, and what a school spends at most"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0020'
down_revision: str | None = '0019'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('sms_tariff',
    sa.Column('link_id', sa.BigInteger(), nullable=True),
    sa.Column('prefix', sa.String(length=15), server_default='', nullable=False),
    sa.Column('price', sa.Numeric(precision=10, scale=4), nullable=False),
    sa.Column('begins_on', sa.Date(), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('price BETWEEN 0 AND 10000', name='a_price_of_a_segment_is_no_debt'),
    sa.CheckConstraint("prefix ~ '^[0-9]{0,15}$'", name='a_prefix_is_the_first_digits_of_a_number'),
    sa.ForeignKeyConstraint(['link_id'], ['sms_link.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('school_id', 'link_id', 'prefix', 'begins_on', name='a_tariff_is_told_once_for_a_day', postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_sms_tariff_link_id'), 'sms_tariff', ['link_id'], unique=False)
    op.create_index(op.f('ix_sms_tariff_school_id'), 'sms_tariff', ['school_id'], unique=False)
    op.create_table('sms_budget',
    sa.Column('kind', sa.String(length=16), nullable=True),
    sa.Column('amount', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('begins_on', sa.Date(), nullable=False),
    sa.Column('warned_for', sa.Date(), nullable=True),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint('amount BETWEEN 0 AND 100000000', name='a_budget_is_no_debt'),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('school_id', 'kind', 'begins_on', name='a_budget_is_told_once_for_a_month', postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_sms_budget_school_id'), 'sms_budget', ['school_id'], unique=False)
    op.add_column('sms_message', sa.Column('cost', sa.Numeric(precision=12, scale=4), nullable=True))
    op.add_column('sms_delivery', sa.Column('held_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('sms_delivery', sa.Column('held_for', sa.String(length=16), nullable=True))
    op.create_index('deliveries_held', 'sms_delivery', ['school_id', 'held_at'], unique=False, postgresql_where=sa.text('held_at IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('deliveries_held', table_name='sms_delivery', postgresql_where=sa.text('held_at IS NOT NULL'))
    op.drop_column('sms_delivery', 'held_for')
    op.drop_column('sms_delivery', 'held_at')
    op.drop_column('sms_message', 'cost')
    op.drop_index(op.f('ix_sms_budget_school_id'), table_name='sms_budget')
    op.drop_table('sms_budget')
    op.drop_index(op.f('ix_sms_tariff_school_id'), table_name='sms_tariff')
    op.drop_index(op.f('ix_sms_tariff_link_id'), table_name='sms_tariff')
    op.drop_table('sms_tariff')
