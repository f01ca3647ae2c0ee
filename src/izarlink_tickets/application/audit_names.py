"""The names that recorded events refer to, in one statement."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, literal_column, select, union_all

from izarlink_tickets.accounts import accounts
from izarlink_tickets.directory import categories, full_label, organisations, services

_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_NO_TEXT: ColumnElement[str] = literal_column("''")
# Built once: each page of a ticket's audit runs it.
_NAMES = union_all(
    select(accounts.c.id, accounts.c.name, _NO_TEXT.label("label")).where(accounts.c.id.in_(_IDS)),
    select(organisations.c.id, organisations.c.name, _NO_TEXT).where(organisations.c.id.in_(_IDS)),
    select(services.c.id, services.c.reference, services.c.label).where(services.c.id.in_(_IDS)),
    select(categories.c.code, full_label, _NO_TEXT).where(categories.c.code.in_(_IDS)),
)


class RecordedName(NamedTuple):
    """The name of a record. label: of a service."""

    name: str
    label: str


def load_recorded_names(connection: Connection, ids: Collection[str]) -> dict[str, RecordedName]:
    """Load the names behind ids and codes of categories."""
    rows = connection.execute(_NAMES, {"ids": sorted(ids)}).all()
    return {row[0]: RecordedName(row[1], row[2]) for row in rows}
