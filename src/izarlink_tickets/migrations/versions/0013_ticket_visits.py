"""Visits of customers to their tickets, and mails about a company's tickets."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ID = sa.String(36)
WANTS_ALL = sa.text("mails_company_tickets")


def upgrade() -> None:
    op.create_table(
        "ticket_visits",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_ticket_visits")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ticket_visits_account_id_accounts")),
    )
    unread_since = sa.Column("unread_since", sa.DateTime(timezone=True))
    op.add_column("accounts", unread_since)
    op.add_column("accounts", sa.Column("mails_company_tickets", sa.Boolean, server_default=sa.false(), nullable=False))
    # Nobody finds a hundred old tickets marked as unread.
    accounts = sa.table("accounts", sa.column("unread_since", sa.DateTime(timezone=True)))
    op.execute(accounts.update().values(unread_since=datetime.now(UTC)))
    op.create_index(
        op.f("ix_accounts_informed"),
        "accounts",
        ["organisation_id"],
        unique=False,
        postgresql_where=WANTS_ALL,
        sqlite_where=WANTS_ALL,
    )
