"""Whether this database holds invented data: a mark that the portal shows as a red banner, on every page."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, literal, select, update

from izarlink_tickets.accounts import accounts
from izarlink_tickets.directory import organisations
from izarlink_tickets.event_store import events
from izarlink_tickets.sealing import installation

_NAME = "demo"
_LOADING, _LOADED = "loading since ", "loaded"
_IS_MARK = installation.c.name == _NAME
_MARK = select(installation.c.value).where(_IS_MARK)
_BEGIN = insert(installation).values(name=_NAME, value=bindparam("mark"))
_FINISH = update(installation).where(_IS_MARK).values(value=_LOADED)
_HAS_CONTENT = tuple(select(literal(1)).select_from(table).limit(1) for table in (organisations, accounts, events))


class DatabaseNotEmpty(Exception):
    """Invented data isn't mixed with that of real customers."""


def is_demo(connection: Connection) -> bool:
    """Say whether the data is invented."""
    return connection.execute(_MARK).first() is not None


def begin_demo(connection: Connection, *, now: datetime) -> datetime | None:
    """Mark an empty database. Returns when the making began, maybe in an earlier run; None once all is made.

    Raises: DatabaseNotEmpty.
    """
    mark = connection.execute(_MARK).scalar_one_or_none()
    if mark is not None:
        return None if mark == _LOADED else datetime.fromisoformat(mark.removeprefix(_LOADING))
    if any(connection.execute(content).first() for content in _HAS_CONTENT):
        raise DatabaseNotEmpty
    connection.execute(_BEGIN, {"mark": f"{_LOADING}{now.isoformat()}"})
    return now


def finish_demo(connection: Connection) -> None:
    """Note that all is made."""
    connection.execute(_FINISH)
