"""« Mes vues »: the filters of the queue that a technician keeps under a name of his own. Nobody else sees them.

A view is what the queue's address says; what it means is the queue's to know, each time it is used.
"""

from collections.abc import Mapping
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

from izarlink_tickets.application.transaction import with_retries
from izarlink_tickets.database import Database, metadata
from izarlink_tickets.domain import access
from izarlink_tickets.domain.errors import CommandAlreadyUsed, Refusal, TextMissing, TextTooLong
from izarlink_tickets.domain.text import clean_line, fold
from izarlink_tickets.domain.vocabulary import CommandContext

# As many as fit beside the desk's own views.
MOST_VIEWS = 20
MAX_NAME = 40  # characters: it stands on a tab


class SavedViewNotFound(Refusal):
    """There is no such view, or it is another's."""


class SavedViewNameTaken(Refusal):
    """The technician has another view of that name."""


class TooManySavedViews(Refusal):
    """The technician keeps as many views as he may."""


saved_views = Table(
    "own_views",
    metadata,
    # The id of the command that created it: sent twice, it is one view.
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("query", Text, nullable=False),
    # Serves listing a person's views, too.
    UniqueConstraint("account_id", "name_folded"),
)
_OF_ACCOUNT = (
    select(saved_views.c.id, saved_views.c.name, saved_views.c.query)
    .where(saved_views.c.account_id == bindparam("of_account"))
    .order_by(saved_views.c.name_folded)
)
_SENT = select(saved_views).where(saved_views.c.id == bindparam("command"))
_IS_ONE = (saved_views.c.id == bindparam("wanted"), saved_views.c.account_id == bindparam("of_account"))
_RENAME, _DELETE = update(saved_views).where(*_IS_ONE), delete(saved_views).where(*_IS_ONE)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter under a name. query: what the address of the queue says."""

    id: str
    name: str
    query: str


class SavedViews:
    """Keep, rename and delete one's own views. Every method raises NotAllowed for whoever isn't staff."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, context: CommandContext, *, name: str, query: str) -> None:
        """Keep a view; the same command again keeps no second one.

        Raises: TextMissing, TextTooLong, OwnViewNameTaken, TooManyOwnViews, CommandAlreadyUsed.
        """
        access.require(allowed=access.is_staff(context.actor))
        row = {"id": context.command_id, "account_id": context.actor.account_id, "query": query, **_named(name)}

        def attempt() -> None:
            with self._database.command() as connection:
                if _is_repeated(connection, row):
                    return
                views = list_saved_views(connection, context.actor.account_id)
                _require_free(views, name)
                if len(views) >= MOST_VIEWS:
                    raise TooManySavedViews
                connection.execute(insert(saved_views), row)

        with_retries(attempt)

    def rename(self, context: CommandContext, view_id: str, *, name: str) -> None:
        """Give another name. Raises: TextMissing, TextTooLong, OwnViewNameTaken, OwnViewNotFound."""
        access.require(allowed=access.is_staff(context.actor))
        values, wanted = _named(name), {"wanted": view_id, "of_account": context.actor.account_id}

        def attempt() -> None:
            with self._database.command() as connection:
                views = list_saved_views(connection, context.actor.account_id)
                _require_free([view for view in views if view.id != view_id], name)
                if not connection.execute(_RENAME.values(values), wanted).rowcount:
                    raise SavedViewNotFound

        with_retries(attempt)

    def delete(self, context: CommandContext, view_id: str) -> None:
        """Keep it no longer. Raises: OwnViewNotFound."""
        access.require(allowed=access.is_staff(context.actor))
        with self._database.command() as connection:
            wanted = {"wanted": view_id, "of_account": context.actor.account_id}
            if not connection.execute(_DELETE, wanted).rowcount:
                raise SavedViewNotFound


def list_saved_views(connection: Connection, account_id: str) -> list[SavedView]:
    """List a technician's views by name."""
    return [SavedView(**row) for row in connection.execute(_OF_ACCOUNT, {"of_account": account_id}).mappings()]


def _is_repeated(connection: Connection, row: Mapping[str, str]) -> bool:
    """Say whether this very view is kept already. Raises: CommandAlreadyUsed, for another view or another's (D4)."""
    sent = connection.execute(_SENT, {"command": row["id"]}).mappings().first()
    if sent and dict(sent) != row:
        raise CommandAlreadyUsed(None)
    return sent is not None


def _named(name: str) -> dict[str, str]:
    line = clean_line(name)
    if not line:
        raise TextMissing("name")
    if len(line) > MAX_NAME:
        raise TextTooLong("name", MAX_NAME, len(line))
    return {"name": line, "name_folded": fold(line)}


def _require_free(others: list[SavedView], name: str) -> None:
    if fold(clean_line(name)) in {fold(view.name) for view in others}:
        raise SavedViewNameTaken
