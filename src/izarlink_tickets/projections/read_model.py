"""The base of the read models: tables, `fold`, a version.

A read model is disposable: each command updates it, and a rebuild builds a new one beside it from the events. Both
fold the same events into the rows of one ticket; they differ only in how they load and store the rows.
Source: ADR 0004.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, Connection, MetaData, Table

from izarlink_tickets.database import metadata
from izarlink_tickets.domain.events import TicketEvent

# Values in the order of the table's columns.
Row = tuple[Any, ...]


class ProjectedEvent(NamedTuple):
    """A recorded event with opened texts.

    position: in the log. number: of the ticket.
    entry: the stream version of the command's first event, the number of the timeline entry.
    """

    position: int
    number: int
    entry: int
    event: TicketEvent


@dataclass(slots=True)
class TicketRows:
    """The rows of one ticket in all read models.

    ticket, deadline: values by column; None without a row. watcher_ids: live, loaded only if an event changes them.
    words: of the search. history, files: live, only those of the command.
    """

    ticket: dict[str, Any] | None = None
    watcher_ids: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    deadline: dict[str, Any] | None = None
    history: list[Row] = field(default_factory=list)
    files: list[Row] = field(default_factory=list)

    def copy(self) -> "TicketRows":
        """Return a copy that further events leave as it is."""
        return TicketRows(
            ticket=self.ticket and dict(self.ticket),
            watcher_ids=set(self.watcher_ids),
            words=set(self.words),
            deadline=self.deadline and dict(self.deadline),
            history=list(self.history),
            files=list(self.files),
        )


class ReadModel(ABC):
    """Tables of one read model, live or being rebuilt.

    suffix: of the tables' names; empty for the live ones.
    """

    NAME: ClassVar[str]
    # Raise it with every change of the tables or of `fold`: `migrate` rebuilds other versions.
    VERSION: ClassVar[int]

    def __init__(self, suffix: str = "") -> None:
        self.metadata = MetaData(naming_convention=metadata.naming_convention)
        self.suffix = suffix
        self.declare()

    @abstractmethod
    def declare(self) -> None:
        """Declare the tables and the live statements."""

    @staticmethod
    @abstractmethod
    def fold(rows: TicketRows, projected: ProjectedEvent) -> None:
        """Update the ticket's rows with its next event."""

    @abstractmethod
    def write(self, connection: Connection, before: TicketRows, after: TicketRows) -> None:
        """Store what a command has changed."""

    @abstractmethod
    def rows_of(self, rows: TicketRows) -> Iterable[tuple[Table, Sequence[Row]]]:
        """Return the ticket's rows of each table, for bulk use."""

    def table(self, name: str, *columns: Column[Any]) -> Table:
        """Declare a table. name: without the suffix."""
        return Table(f"{name}{self.suffix}", self.metadata, *columns)


def tables_of(model: ReadModel) -> list[Table]:
    """List the model's tables, in the same order live and rebuilt."""
    return list(model.metadata.tables.values())


def changed_columns(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the values that differ from those before."""
    return {name: value for name, value in after.items() if before[name] != value}
