"""A sample event with a sealed field, in two class versions."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import AggregateEvent

from izarlink_tickets.config import SealingKey

STREAM = UUID("7c0ffee0-0000-4000-8000-000000000001")
ALICE = "a11ce000-0000-4000-8000-000000000001"
NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
MASTER_KEY = SealingKey(bytes(range(32)))


@dataclass(frozen=True)
class NoteWritten(AggregateEvent):
    TOPIC: ClassVar[str] = "test.said"
    SEALED: ClassVar[tuple[str, ...]] = ("text", "comment")

    sealed_for: str
    text: str
    comment: str
    state: str


@dataclass(frozen=True)
class NoteWrittenLater(AggregateEvent):
    """`NoteWritten` two class versions later, with a new and a renamed field."""

    TOPIC: ClassVar[str] = "test.said"
    SEALED: ClassVar[tuple[str, ...]] = ("text", "comment")
    class_version: ClassVar[int] = 3

    sealed_for: str
    text: str
    comment: str
    volume: int
    mood: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["volume"] = 1

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        state["mood"] = state.pop("state")


TOPICS: dict[str, type] = {NoteWritten.TOPIC: NoteWritten}
LATER_TOPICS: dict[str, type] = {NoteWrittenLater.TOPIC: NoteWrittenLater}


def note_written(
    version: int = 1, *, text: str = "Ma ligne est coupée", comment: str = "", stream: UUID = STREAM
) -> NoteWritten:
    return NoteWritten(
        originator_id=stream,
        originator_version=version,
        timestamp=NOON,
        sealed_for=ALICE,
        text=text,
        comment=comment,
        state="NOUVEAU",
    )
