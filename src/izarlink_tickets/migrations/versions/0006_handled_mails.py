"""Handling of failed and uncertain mails, and indexes for their counts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

IS_WAITING = sa.text("status = 'waiting'")
IS_DOUBTFUL = sa.text("doubts > settled_doubts")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("settled_doubts", sa.Integer, server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("handled_by", sa.String(36)))
    op.add_column("outbox", sa.Column("handled_at", sa.DateTime(timezone=True)))
    for name, condition in (("ix_outbox_waiting", IS_WAITING), ("ix_outbox_doubtful", IS_DOUBTFUL)):
        op.create_index(
            op.f(name), "outbox", ["created_at"], unique=False, postgresql_where=condition, sqlite_where=condition
        )
