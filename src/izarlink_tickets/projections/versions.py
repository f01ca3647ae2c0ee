"""Which shape each live read model has, so that a program never writes into those of another release (D10)."""

from collections.abc import Mapping

from sqlalchemy import Column, Connection, Integer, Table, Text, insert, select, update

from izarlink_tickets.database import metadata

read_model_versions = Table(
    "read_models",
    metadata,
    Column("name", Text, primary_key=True),
    Column("shape", Integer, nullable=False),
)
_select = select(read_model_versions.c.name, read_model_versions.c.shape)


class ReadModelsOutdated(Exception):
    """The live read models have another shape than this program's: another release has put its own in place."""


def live_versions(connection: Connection) -> dict[str, int]:
    """Say by name which shape each live read model has."""
    return {row.name: row.shape for row in connection.execute(_select)}


def require_versions(connection: Connection, wanted: Mapping[str, int]) -> None:
    """Refuse to read or write those of another release. Raises: ReadModelsOutdated."""
    if live_versions(connection) != wanted:
        raise ReadModelsOutdated


def record_version(connection: Connection, name: str, shape: int) -> None:
    """Note what has just been put in place."""
    known = connection.execute(
        update(read_model_versions).where(read_model_versions.c.name == name).values(shape=shape)
    )
    if not known.rowcount:
        connection.execute(insert(read_model_versions).values(name=name, shape=shape))


def forget_others(connection: Connection, names: set[str]) -> None:
    """Forget the read models of another release: they go without events from now on, and it makes them anew."""
    connection.execute(read_model_versions.delete().where(read_model_versions.c.name.not_in(names)))
