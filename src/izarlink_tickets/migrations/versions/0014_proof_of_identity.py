"""The latest proof of identity of a session, and what it awaits."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # Open sessions have no time of a proof: their people prove it before the next dangerous command.
    op.add_column("sessions", sa.Column("proved_at", sa.DateTime(timezone=True)))
    op.add_column("sessions", sa.Column("way", sa.Text, server_default="password", nullable=False))
    op.add_column("sessions", sa.Column("awaits", sa.Text))
