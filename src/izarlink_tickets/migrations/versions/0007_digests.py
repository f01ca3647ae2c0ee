"""Who of IzarLink gets many mails in one, and which mails go out together."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

IN_DIGEST = sa.text("digest_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("mail_pace", sa.Text, server_default="each", nullable=False))
    op.add_column("outbox", sa.Column("digest_at", sa.DateTime(timezone=True)))
    op.create_index(
        op.f("ix_outbox_digest"),
        "outbox",
        ["account_id", "digest_at"],
        unique=False,
        postgresql_where=IN_DIGEST,
        sqlite_where=IN_DIGEST,
    )
