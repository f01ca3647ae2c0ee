"""Saved views of the queue, for each technician."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.String(36)


def upgrade() -> None:
    op.create_table(
        "own_views",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_folded", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_views")),
        sa.UniqueConstraint("account_id", "name_folded", name=op.f("uq_own_views_account_id_name_folded")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_own_views_account_id_accounts")),
    )
