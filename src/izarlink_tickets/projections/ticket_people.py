"""The names on a ticket's page, with its watchers, in one statement.

The caller checks in the ticket list that the viewer may see the ticket.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, literal_column, select, union_all

from izarlink_tickets.accounts import accounts
from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.projections.history_queries import SELECT_NAMES
from izarlink_tickets.projections.ticket_filters import LIVE


class NamesAndWatchers(NamedTuple):
    """The names by id, and the watchers.

    watchers: their ids and names, by name; None once erased.
    """

    names: dict[str, str]
    watchers: tuple[tuple[str, str | None], ...]


_watchers = LIVE.watchers.c
_WATCHERS = (
    select(_watchers.account_id, accounts.c.name, literal_column("1"))
    .select_from(LIVE.watchers.outerjoin(accounts, accounts.c.id == _watchers.account_id))
    .where(_watchers.number == bindparam("of_number"))
)
_PEOPLE = PreparedStatement(union_all(*(names.add_columns(literal_column("0")) for names in SELECT_NAMES), _WATCHERS))


def load_people(connection: Connection, *, number: int, ids: Collection[str]) -> NamesAndWatchers:
    """Load the ticket's watchers and the names of accounts, services and categories."""
    rows = _PEOPLE.all(connection, {"ids": sorted(ids), "of_number": number})
    watchers = sorted(((row[0], row[1]) for row in rows if row[2]), key=lambda watcher: (watcher[1] or "", watcher[0]))
    return NamesAndWatchers({row[0]: row[1] for row in rows if not row[2]}, tuple(watchers))
