"""Search keys of the directory, and the log of its commands."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.String(36)
# Where the words that a search looks for stand, by table.
SEARCHED = {
    "organisations": ("name",),
    "accounts": ("name",),
    "services": ("reference", "label", "site", "offer"),
}


def upgrade() -> None:
    op.create_table(
        "directory_commands",
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("command_id", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "command_id", name=op.f("pk_directory_commands")),
    )
    for name, columns in SEARCHED.items():
        op.add_column(name, sa.Column("search_key", sa.Text))
        _fill(name, columns)
    for name in ("organisations", "accounts"):
        op.create_index(op.f(f"ix_{name}_search_key_id"), name, ["search_key", "id"], unique=False)


def _fill(name: str, columns: tuple[str, ...]) -> None:
    content = sa.table(name, *(sa.column(column) for column in ("id", "search_key", *columns)))
    rows = op.get_bind().execute(sa.select(content)).mappings().all()
    keys = [{"of_id": row["id"], "key": _fold(" ".join(row[column] for column in columns))} for row in rows]
    if keys:
        fill = sa.update(content).where(content.c.id == sa.bindparam("of_id")).values(search_key=sa.bindparam("key"))
        op.get_bind().execute(fill, keys)


def _fold(text: str) -> str:
    """Remove accents and capitals, as the portal did in this release."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()
