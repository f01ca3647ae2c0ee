"""Epochs of the log: each restore begins one."""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    generations = op.create_table(
        "log_generations",
        sa.Column("nth", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nth", name=op.f("pk_log_generations")),
    )
    first = {"nth": 1, "id": str(uuid4()), "position": 0, "digest": "0" * 64, "began_at": datetime.now(UTC)}
    op.bulk_insert(generations, [first])
