"""The master key of each wrapped personal key, and its age."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("sealing_keys", sa.Column("wrapped_by", sa.String(64)))
    op.create_table(
        "master_keys",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_master_keys")),
    )
    op.execute(
        "UPDATE sealing_keys SET wrapped_by = (SELECT value FROM installation WHERE name = 'sealing_key_fingerprint')"
        " WHERE wrapped IS NOT NULL"
    )
    op.execute(
        "INSERT INTO master_keys (fingerprint, purpose, since)"
        " SELECT value, 'sealing', (SELECT min(created_at) FROM sealing_keys) FROM installation"
        " WHERE name = 'sealing_key_fingerprint' AND EXISTS (SELECT 1 FROM sealing_keys)"
    )
