"""Named filters of the queue, saved by each technician."""

from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from izarlink_tickets.database import metadata

saved_views = Table(
    "own_views",
    metadata,
    # The id of the command that created it.
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("query", Text, nullable=False),
    # Serves the list of a technician's views, too.
    UniqueConstraint("account_id", "name_folded"),
)
# Built once: every page of the desk lists the viewer's views.
_OF_ACCOUNT = (
    select(saved_views.c.id, saved_views.c.name, saved_views.c.query)
    .where(saved_views.c.account_id == bindparam("account"))
    .order_by(saved_views.c.name_folded)
)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved filter. query: the query string of the queue's URL."""

    id: str
    name: str
    query: str


def list_saved_views(connection: Connection, account_id: str) -> list[SavedView]:
    """List a technician's views by name."""
    return [SavedView(**row) for row in connection.execute(_OF_ACCOUNT, {"account": account_id}).mappings()]


def saved_view_exists(connection: Connection, view_id: str) -> bool:
    """Return whether any account has a view with this id."""
    return connection.execute(select(saved_views.c.id).where(saved_views.c.id == view_id)).first() is not None


def insert_saved_view(connection: Connection, view: SavedView, *, account_id: str, name_folded: str) -> None:
    row = {"id": view.id, "account_id": account_id, "name": view.name, "name_folded": name_folded, "query": view.query}
    connection.execute(insert(saved_views), row)


def rename_saved_view(connection: Connection, view_id: str, *, account_id: str, name: str, name_folded: str) -> bool:
    """Rename the account's view; return whether there is one."""
    statement = update(saved_views).where(saved_views.c.id == view_id, saved_views.c.account_id == account_id)
    return connection.execute(statement.values(name=name, name_folded=name_folded)).rowcount > 0


def delete_saved_view(connection: Connection, view_id: str, *, account_id: str) -> bool:
    """Delete the account's view; return whether there was one."""
    statement = delete(saved_views).where(saved_views.c.id == view_id, saved_views.c.account_id == account_id)
    return connection.execute(statement).rowcount > 0
