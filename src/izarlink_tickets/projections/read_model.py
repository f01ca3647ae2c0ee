"""The base of the read models: tables, `apply`, a version.

A read model is disposable: each command updates it, and a rebuild builds a new one beside it from the events.
Source: ADR 0004.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Column, Connection, MetaData, Table

from izarlink_tickets.database import metadata
from izarlink_tickets.domain.events import TicketEvent


@dataclass(frozen=True, slots=True)
class ProjectedEvent:
    """A recorded event with opened texts.

    position: in the log. entry: the stream version of the command's first event, the number of the timeline entry.
    """

    position: int
    entry: int
    event: TicketEvent


class ReadModel(ABC):
    """Tables of one read model, live or being rebuilt.

    suffix: of the tables' names; empty for the live ones.
    """

    NAME: ClassVar[str]
    # Raise it with every change of the tables or of `apply`: `migrate` rebuilds other versions.
    VERSION: ClassVar[int]

    def __init__(self, suffix: str = "", *, is_temporary: bool = False) -> None:
        self.metadata = MetaData(naming_convention=metadata.naming_convention)
        self.suffix, self.is_temporary = suffix, is_temporary
        self.declare()

    @abstractmethod
    def declare(self) -> None:
        """Declare the tables, and the statements of `apply`."""

    @abstractmethod
    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Update the tables with the next event of the log."""

    def finish(self, connection: Connection) -> None:
        """Store what a rebuild holds in memory, after the last event."""
        return

    def table(self, name: str, *columns: Column[Any]) -> Table:
        """Declare a table. name: without the suffix."""
        prefixes = ["TEMPORARY"] if self.is_temporary else []
        return Table(f"{name}{self.suffix}", self.metadata, *columns, prefixes=prefixes)


def tables_of(model: ReadModel) -> list[Table]:
    """List the model's tables, in the same order live and rebuilt."""
    return list(model.metadata.tables.values())
