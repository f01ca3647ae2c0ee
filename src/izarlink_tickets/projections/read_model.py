"""The interface of a read model: tables, `apply`, a version.

A read model is disposable: each command updates it, and a rebuild builds a new one beside it from the events.
Source: ADR 0004.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from sqlalchemy import Connection, MetaData, Table

from izarlink_tickets.domain.events import TicketEvent


@dataclass(frozen=True, slots=True)
class ProjectedEvent:
    """A recorded event with opened texts.

    position: in the log. entry: the stream version of the command's first event, the number of the timeline entry.
    """

    position: int
    entry: int
    event: TicketEvent


class ReadModel(Protocol):
    """Tables named `NAME…` and a suffix, empty for the live ones."""

    NAME: ClassVar[str]
    # Raise it with every change of the tables or of `apply`: `migrate` rebuilds other versions.
    VERSION: ClassVar[int]

    metadata: MetaData

    def __init__(self, suffix: str = "", *, temporary: bool = False) -> None: ...

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Update the tables with the next event of the log."""

    def finish(self, connection: Connection) -> None:
        """Store what a rebuild holds in memory, after the last event."""
        return


def tables_of(model: ReadModel) -> list[Table]:
    """List the model's tables, in the same order live and rebuilt."""
    return list(model.metadata.tables.values())


def prefixes(*, temporary: bool) -> list[str]:
    """Return the words between CREATE and TABLE."""
    return ["TEMPORARY"] if temporary else []
