"""Ways in: invitations, contacts of accounts, links and codes, one-time passwords"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('account_contact',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("kind IN ('email', 'phone')", name='a_contact_is_an_email_or_a_phone'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('a_confirmed_contact_belongs_to_one_account', 'account_contact', ['address'], unique=True, postgresql_where=sa.text('confirmed_at IS NOT NULL'))
    op.create_index('contacts_of_an_account', 'account_contact', ['user_id'], unique=False)
    op.create_table('one_time_password',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('made_by_user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.ForeignKeyConstraint(['made_by_user_id'], ['ab_user.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('user_id')
    )
    op.create_table('account_token',
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.BigInteger(), nullable=True),
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=True),
    sa.Column('tries', sa.SmallInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("purpose IN ('confirm', 'recover')", name='a_token_confirms_or_recovers'),
    sa.ForeignKeyConstraint(['contact_id'], ['account_contact.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key_hash')
    )
    op.create_index('tokens_of_an_account', 'account_token', ['user_id'], unique=False)
    op.create_table('invitation',
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('school_id', sa.BigInteger(), nullable=False),
    sa.Column('school_class_id', sa.BigInteger(), nullable=False),
    sa.Column('guardian_id', sa.BigInteger(), nullable=True),
    sa.Column('student_id', sa.BigInteger(), nullable=True),
    sa.Column('made_by_user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('printed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_by_user_id', sa.Integer(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_by_user_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.CheckConstraint("purpose IN ('join', 'return')", name='an_invitation_lets_join_or_return'),
    sa.CheckConstraint('(guardian_id IS NULL) <> (student_id IS NULL)', name='an_invitation_is_for_one_person'),
    sa.ForeignKeyConstraint(['guardian_id'], ['guardian.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['made_by_user_id'], ['ab_user.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['revoked_by_user_id'], ['ab_user.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['school_class_id'], ['school_class.id'], ),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], ),
    sa.ForeignKeyConstraint(['student_id'], ['student.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['used_by_user_id'], ['ab_user.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code_hash')
    )
    op.create_index('a_guardian_has_one_open_invitation', 'invitation', ['guardian_id'], unique=True, postgresql_where=sa.text('used_at IS NULL AND revoked_at IS NULL'))
    op.create_index('a_student_has_one_open_invitation', 'invitation', ['student_id'], unique=True, postgresql_where=sa.text('used_at IS NULL AND revoked_at IS NULL'))
    op.create_index('invitations_of_a_class', 'invitation', ['school_class_id'], unique=False)


def downgrade() -> None:
    op.drop_index('invitations_of_a_class', table_name='invitation')
    op.drop_index('a_student_has_one_open_invitation', table_name='invitation', postgresql_where=sa.text('used_at IS NULL AND revoked_at IS NULL'))
    op.drop_index('a_guardian_has_one_open_invitation', table_name='invitation', postgresql_where=sa.text('used_at IS NULL AND revoked_at IS NULL'))
    op.drop_table('invitation')
    op.drop_index('tokens_of_an_account', table_name='account_token')
    op.drop_table('account_token')
    op.drop_table('one_time_password')
    op.drop_index('contacts_of_an_account', table_name='account_contact')
    op.drop_index('a_confirmed_contact_belongs_to_one_account', table_name='account_contact', postgresql_where=sa.text('confirmed_at IS NOT NULL'))
    op.drop_table('account_contact')
