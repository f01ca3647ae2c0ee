"""Usage of accounts by commands, and pending uploads by account.

The table `kept_uploads` stays for programs of the release before, which can run beside this one; a later step drops it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

ID, HASH = sa.String(36), sa.String(64)
COPIED = ("file_id", "session_hash", "form_id", "place", "sealed_name", "size", "media_type", "sha256", "created_at")


def upgrade() -> None:
    op.add_column("commands", sa.Column("file_bytes", sa.BigInteger))
    op.add_column("commands", sa.Column("mails", sa.Integer))
    op.create_index(op.f("ix_commands_actor_id_at"), "commands", ["actor_id", "at"], unique=False)
    op.create_table(
        "pending_uploads",
        sa.Column("file_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("session_hash", HASH, nullable=False),
        sa.Column("form_id", ID, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("sealed_name", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("sha256", HASH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_pending_uploads")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_pending_uploads_account_id_accounts")),
    )
    for columns in (("session_hash", "form_id"), ("account_id", "created_at"), ("sha256",)):
        name = op.f(f"ix_pending_uploads_{'_'.join(columns)}")
        op.create_index(name, "pending_uploads", list(columns), unique=False)
    op.execute(_copied_uploads())


def _copied_uploads() -> sa.Insert:
    old = sa.table("kept_uploads", *map(sa.column, COPIED))
    sessions = sa.table("sessions", sa.column("id_hash"), sa.column("account_id"))
    new = sa.table("pending_uploads", *map(sa.column, (*COPIED, "account_id")))
    owned = sa.select(*old.c, sessions.c.account_id).join_from(old, sessions, sessions.c.id_hash == old.c.session_hash)
    return sa.insert(new).from_select((*COPIED, "account_id"), owned)
