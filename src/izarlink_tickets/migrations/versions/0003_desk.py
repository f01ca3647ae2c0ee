"""Canned responses, presence on a ticket, and the preference for single-key shortcuts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.String(36)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "canned_texts",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_texts")),
    )
    op.create_table(
        "presences",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("writing", sa.String(20), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", "account_id", name=op.f("pk_presences")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_presences_account_id_accounts")),
    )
    op.create_index(op.f("ix_presences_seen_at"), "presences", ["seen_at"], unique=False)
    op.add_column("accounts", sa.Column("single_keys", sa.Boolean, server_default=sa.true(), nullable=False))
