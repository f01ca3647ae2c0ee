"""Mail digests: the preference, and the mails that wait for one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

IN_DIGEST, IS_HANDLED = sa.text("digest_at IS NOT NULL"), sa.text("handled_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("mail_pace", sa.Text, server_default="each", nullable=False))
    op.add_column("outbox", sa.Column("digest_at", sa.DateTime(timezone=True)))
    for name, columns, condition in (
        ("ix_outbox_digest", ["account_id", "digest_at"], IN_DIGEST),
        ("ix_outbox_handled", ["handled_at"], IS_HANDLED),
    ):
        op.create_index(op.f(name), "outbox", columns, unique=False, postgresql_where=condition, sqlite_where=condition)
