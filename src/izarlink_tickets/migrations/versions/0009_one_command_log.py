"""One log for the commands on tickets and for all others.

The table `directory_commands` stays for programs of the release before, which can run beside this one; a later step
drops it. Those programs don't look for repeated changes of the directory among the rows that this release writes, and
their `verify` reports those rows as commands that left no event.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

KEY = ("actor_id", "command_id", "digest", "result", "at")


def upgrade() -> None:
    # SQLite can only change a column by copying the table.
    with op.batch_alter_table("commands") as commands:
        commands.alter_column("number", existing_type=sa.BigInteger, nullable=True)
        commands.alter_column("entry", existing_type=sa.Integer, nullable=True)
        commands.add_column(sa.Column("result", sa.Text))
    op.execute(_copied_rows())


def _copied_rows() -> sa.Insert:
    old, new = (sa.table(name, *map(sa.column, KEY)) for name in ("directory_commands", "commands"))
    # A command id that the actor used for a ticket, too, keeps that answer.
    is_new = ~sa.exists().where(new.c.actor_id == old.c.actor_id, new.c.command_id == old.c.command_id)
    return sa.insert(new).from_select(KEY, sa.select(old).where(is_new))
