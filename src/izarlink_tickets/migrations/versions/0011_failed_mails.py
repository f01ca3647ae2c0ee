"""The index of failed mails, oldest first."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

IS_FAILED = sa.text("status = 'failed'")


def upgrade() -> None:
    name = op.f("ix_outbox_failed")
    op.drop_index(name, "outbox")
    op.create_index(name, "outbox", ["created_at"], postgresql_where=IS_FAILED, sqlite_where=IS_FAILED)
