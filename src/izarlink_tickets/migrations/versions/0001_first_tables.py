"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.String(36)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_log()
    _create_sealing()
    _create_directory()
    _create_people()
    _create_sessions()
    _create_mails()


def _create_log() -> None:
    """Create the log, the command log and the read models' versions."""
    op.create_table(
        "log_head",
        sa.Column(
            "id",
            sa.Integer,
            sa.CheckConstraint("id = 1", name=op.f("ck_log_head_one_row")),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("ticket_number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=False, nullable=False),
        sa.Column("stream_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events")),
        sa.UniqueConstraint("stream_id", "version", name=op.f("uq_events_stream_id_version")),
    )
    op.create_table(
        "commands",
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("command_id", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "command_id", name=op.f("pk_commands")),
    )
    op.create_table(
        "read_models",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("shape", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_read_models")),
    )
    op.execute("INSERT INTO log_head (id, position, ticket_number) VALUES (1, 0, 0)")


def _create_sealing() -> None:
    """Create the keys of people, and the facts about the installation."""
    op.create_table(
        "installation",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table(
        "sealing_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("destroyed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealing_keys")),
    )
    op.create_index(
        op.f("uq_sealing_keys_live"),
        "sealing_keys",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("destroyed_at IS NULL"),
        postgresql_where=sa.text("destroyed_at IS NULL"),
    )


def _create_directory() -> None:
    """Create the organisations and their services."""
    op.create_table(
        "organisations",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_folded", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_organisations_name_folded")),
    )
    op.create_table(
        "services",
        sa.Column("id", ID, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("offer", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_services_organisation_id_organisations")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_services_reference")),
    )
    op.create_index(
        op.f("ix_services_organisation_id_reference"), "services", ["organisation_id", "reference"], unique=False
    )


def _create_people() -> None:
    """Create the accounts, their passwords and links."""
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_folded", sa.Text, nullable=False),
        sa.Column("pending_email", sa.Text, nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("organisation_id", ID, nullable=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=True),
        sa.Column("password_changed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_signed_in_at", MOMENT, nullable=True),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("mails_own_acts", sa.Boolean, nullable=False),
        sa.Column("mails_new_tickets", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_accounts_organisation_id_organisations")
        ),
        sa.UniqueConstraint("email_folded", name=op.f("uq_accounts_email_folded")),
    )
    op.create_index(op.f("ix_accounts_organisation_id_name"), "accounts", ["organisation_id", "name"], unique=False)
    op.create_index(op.f("ix_accounts_role"), "accounts", ["role"], unique=False)
    op.create_table(
        "initial_passwords",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_passwords")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_initial_passwords_account_id_accounts")),
    )
    op.create_index(op.f("ix_initial_passwords_account_id"), "initial_passwords", ["account_id"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tokens")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tokens_account_id_accounts")),
    )
    op.create_index(op.f("ix_tokens_account_id"), "tokens", ["account_id"], unique=False)
    op.create_index(op.f("ix_tokens_expires_at"), "tokens", ["expires_at"], unique=False)
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Text, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_expires_at"), "throttle", ["expires_at"], unique=False)


def _create_sessions() -> None:
    """Create the sessions, and the files of refused forms."""
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.String(64), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sessions")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id_accounts")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"], unique=False)
    op.create_index(op.f("ix_sessions_last_seen_at"), "sessions", ["last_seen_at"], unique=False)
    op.create_table(
        "kept_uploads",
        sa.Column("file_id", ID, nullable=False),
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("form_id", ID, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("sealed_name", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_kept_uploads")),
        sa.ForeignKeyConstraint(
            ["session_hash"],
            ["sessions.id_hash"],
            name=op.f("fk_kept_uploads_session_hash_sessions"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        op.f("ix_kept_uploads_session_hash_form_id"), "kept_uploads", ["session_hash", "form_id"], unique=False
    )
    op.create_index(op.f("ix_kept_uploads_sha256"), "kept_uploads", ["sha256"], unique=False)


def _create_mails() -> None:
    """Create the outbox."""
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("command_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=True),
        sa.Column("entry", sa.Integer, nullable=True),
        sa.Column("address", sa.Text, nullable=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("doubts", sa.Integer, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("last_answer", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        op.f("ix_outbox_due"),
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        op.f("ix_outbox_failed"),
        "outbox",
        ["finished_at"],
        unique=False,
        sqlite_where=sa.text("status = 'failed'"),
        postgresql_where=sa.text("status = 'failed'"),
    )
    op.create_index(op.f("ix_outbox_number"), "outbox", ["number", "entry"], unique=False)
