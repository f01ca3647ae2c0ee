"""The mark of a demo database, which every page shows."""

from datetime import datetime

from sqlalchemy import Connection, insert, literal, select, update

from izarlink_tickets.accounts import accounts
from izarlink_tickets.directory import organisations
from izarlink_tickets.event_store import events
from izarlink_tickets.sealing import installation

_NAME = "demo"
_LOADING, _LOADED = "loading since ", "loaded"
_MARK = select(installation.c.value).where(installation.c.name == _NAME)


class DatabaseNotEmpty(Exception):
    """The database holds real data, which is never mixed with invented data."""


def is_demo(connection: Connection) -> bool:
    """Return whether the data is invented."""
    return connection.execute(_MARK).first() is not None


def begin_demo(connection: Connection, *, now: datetime) -> datetime | None:
    """Mark an empty database as a demo.

    Returns when the load began, maybe in an earlier run; None if it is complete. now: aware UTC.
    Raises: DatabaseNotEmpty.
    """
    mark = connection.execute(_MARK).scalar_one_or_none()
    if mark is not None:
        return None if mark == _LOADED else datetime.fromisoformat(mark.removeprefix(_LOADING))
    for table in (organisations, accounts, events):
        if connection.execute(select(literal(1)).select_from(table).limit(1)).first():
            raise DatabaseNotEmpty
    connection.execute(insert(installation).values(name=_NAME, value=f"{_LOADING}{now.isoformat()}"))
    return now


def finish_demo(connection: Connection) -> None:
    """Mark the load as complete."""
    connection.execute(update(installation).where(installation.c.name == _NAME).values(value=_LOADED))
