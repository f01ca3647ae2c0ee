"""The versions of the live read models.

They keep a program from writing into another release's.
Source: ADR 0004.
"""

from collections.abc import Mapping

from sqlalchemy import Column, Connection, Integer, Table, Text, insert, select, update

from izarlink_tickets.database import metadata
from izarlink_tickets.event_store import publish_read_models

read_model_versions = Table(
    "read_models",
    metadata,
    Column("name", Text, primary_key=True),
    Column("shape", Integer, nullable=False),
)


class ReadModelsOutdated(Exception):
    """Another release has swapped in its own read models."""


def live_versions(connection: Connection) -> dict[str, int]:
    """Return the version of each live read model, by name."""
    rows = connection.execute(select(read_model_versions.c.name, read_model_versions.c.shape))
    return {row.name: row.shape for row in rows}


def token(versions: Mapping[str, int]) -> str:
    """Return the versions as one comparable text."""
    return " ".join(f"{name}:{version}" for name, version in sorted(versions.items()))


def require_versions(connection: Connection, versions: Mapping[str, int], *, published: str | None = None) -> None:
    """Check that the live read models are this release's.

    published: what the log's head says of them; without it, or where it differs, the table is asked.
    Raises: ReadModelsOutdated.
    """
    if published != token(versions) and live_versions(connection) != versions:
        raise ReadModelsOutdated


def record_version(connection: Connection, name: str, version: int) -> None:
    """Store the version of a read model that was swapped in."""
    updated = connection.execute(
        update(read_model_versions).where(read_model_versions.c.name == name).values(shape=version)
    )
    if not updated.rowcount:
        connection.execute(insert(read_model_versions).values(name=name, shape=version))
    publish_read_models(connection, token(live_versions(connection)))


def forget_others(connection: Connection, names: set[str]) -> None:
    """Delete the versions of other read models, which get no more events."""
    connection.execute(read_model_versions.delete().where(read_model_versions.c.name.not_in(names)))
    publish_read_models(connection, token(live_versions(connection)))
