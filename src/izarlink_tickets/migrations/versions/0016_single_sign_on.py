"""Links to people of an OpenID provider, and the break-glass account."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ID = sa.String(36)


def upgrade() -> None:
    op.create_table(
        "external_identities",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_external_identities")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_external_identities_account_id_accounts")
        ),
    )
    op.create_index(
        op.f("ix_external_identities_account_id_issuer"), "external_identities", ["account_id", "issuer"], unique=True
    )
    op.create_table(
        "provider_sessions",
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("sid", sa.Text),
        sa.Column("sealed_id_token", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_provider_sessions")),
        sa.ForeignKeyConstraint(
            ["session_hash"],
            ["sessions.id_hash"],
            name=op.f("fk_provider_sessions_session_hash_sessions"),
            ondelete="CASCADE",
        ),
    )
    op.add_column("accounts", sa.Column("is_break_glass", sa.Boolean, server_default=sa.false(), nullable=False))
