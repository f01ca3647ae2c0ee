"""« Textes types »: the texts that the desk reuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, Text, insert, select, update

from izarlink_tickets.database import Timestamp, metadata

# A few dozen rows: no index would be used.
canned_responses = Table(
    "canned_texts",
    metadata,
    # The id of the command that created it.
    Column("id", String(36), primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    # Small ones come first.
    Column("place", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    # Counts the changes from 1, so that no change overwrites another unseen.
    Column("revision", Integer, nullable=False),
    Column("changed_at", Timestamp, nullable=False),
)
# Built once: every ticket page of the desk offers the active ones.
_ALL = select(canned_responses).order_by(
    canned_responses.c.active.desc(), canned_responses.c.place, canned_responses.c.title
)
_ACTIVE = _ALL.where(canned_responses.c.active)


@dataclass(frozen=True, slots=True)
class CannedResponse:
    """A reusable text.

    place: its rank, small ones first. revision: counts its changes, from 1.
    """

    id: str
    title: str
    body: str
    place: int
    active: bool
    revision: int
    changed_at: datetime


def active_canned_responses(connection: Connection) -> list[CannedResponse]:
    """List the texts that can be inserted, in their order."""
    return [CannedResponse(**row) for row in connection.execute(_ACTIVE).mappings()]


def list_canned_responses(connection: Connection) -> list[CannedResponse]:
    """List all texts, the withdrawn ones last."""
    return [CannedResponse(**row) for row in connection.execute(_ALL).mappings()]


def find_canned_response(connection: Connection, response_id: str) -> CannedResponse | None:
    statement = select(canned_responses).where(canned_responses.c.id == response_id)
    row = connection.execute(statement).mappings().first()
    return CannedResponse(**row) if row else None


def insert_canned_response(connection: Connection, response: CannedResponse) -> None:
    connection.execute(insert(canned_responses), {field: getattr(response, field) for field in response.__slots__})


def update_canned_response(
    connection: Connection, response_id: str, values: Mapping[str, object], *, seen_revision: int, now: datetime
) -> bool:
    """Change the text if it still has this revision.

    Returns whether it had. now: aware UTC.
    """
    statement = (
        update(canned_responses)
        .where(canned_responses.c.id == response_id, canned_responses.c.revision == seen_revision)
        .values(**values, revision=seen_revision + 1, changed_at=now)
    )
    return connection.execute(statement).rowcount > 0
