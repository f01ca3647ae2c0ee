"""What every read model is: tables of its own, one `apply`, a shape number. It knows no particular read model.

A read model is disposable: built from events, in place by each command, or beside the live one by a rebuild (D10).
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from sqlalchemy import Connection, MetaData, Table

from izarlink_tickets.domain.events import TicketEvent


@dataclass(frozen=True, slots=True)
class ProjectedEvent:
    """A recorded event with its texts opened, on its way into the read models.

    position: in the log. entry: the stream version of the first event of the same command; it names the timeline entry.
    """

    position: int
    entry: int
    event: TicketEvent


class ReadModel(Protocol):
    """Tables named `NAME…` plus a suffix: empty when live, otherwise a rebuild's own."""

    NAME: ClassVar[str]
    # Raise it with every change of the tables or of `apply`: `migrate` rebuilds what has another shape.
    VERSION: ClassVar[int]

    metadata: MetaData

    def __init__(self, suffix: str = "", *, temporary: bool = False) -> None: ...

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Bring the tables up to date with one event, the next one of the log."""

    def finish(self, connection: Connection) -> None:
        """Write what a rebuild has kept aside, once the whole log was applied; most keep nothing."""
        return


def tables_of(model: ReadModel) -> list[Table]:
    """List the model's tables, in an order that is the same live and rebuilt."""
    return list(model.metadata.tables.values())


def prefixes(*, temporary: bool) -> list[str]:
    """Say what stands between CREATE and TABLE."""
    return ["TEMPORARY"] if temporary else []
