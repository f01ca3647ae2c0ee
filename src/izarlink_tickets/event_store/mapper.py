"""Conversion between events and rows: flat JSON of registered topics.

This module alone decides the format of the log. An event class may list fields in `SEALED`: they are stored as tokens,
sealed for the account in its field `sealed_for`, and loaded still sealed. Source: ADR 0003.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from eventsourcing import persistence
from eventsourcing.domain import AggregateEvent, DomainEventProtocol
from eventsourcing.persistence import StoredEvent

from izarlink_tickets.sealing import Keys

Event = TypeVar("Event", bound=AggregateEvent)


@dataclass(eq=False)
class EventUnreadable(Exception):
    """A stored event is damaged or from a newer release."""

    stream_id: UUID
    version: int
    topic: str


class UnknownTopic(EventUnreadable):
    """The topic is not registered."""


class NoKeys(Exception):
    """A mapper without keys can't seal a text."""


class Json(persistence.Transcoder):
    """Plain JSON, without datetimes and dataclasses, which would change their types."""

    def encode(self, obj: Any) -> bytes:  # noqa: ANN401 - the library types it so
        return orjson.dumps(obj, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS)

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - the library types it so
        return orjson.loads(data)


class Mapper(persistence.Mapper[UUID]):
    """Convert between events and stored events."""

    def __init__(self, *, topics: Mapping[str, type], keys: Keys | None = None) -> None:
        """Set the registered classes and the keys.

        topics: event classes, and the aggregate classes that creating events refer to. keys: needed for storing only.
        """
        super().__init__(Json())
        self._topics = topics
        self._keys = keys
        self._event_classes = {
            topic: (kind, _class_version(kind)) for topic, kind in topics.items() if issubclass(kind, AggregateEvent)
        }

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Encode an event, and seal its texts.

        Raises: UnknownTopic, NoKeys, ValueError for a naive timestamp, TypeError for a value unknown to JSON.
        """
        kind = type(domain_event)
        stream_id, version = domain_event.originator_id, domain_event.originator_version
        topic: str = getattr(kind, "TOPIC", kind.__qualname__)
        if self._topics.get(topic) is not kind:
            raise UnknownTopic(stream_id, version, topic)
        state = vars(domain_event) | dict(self._sealed(domain_event))
        del state["originator_id"], state["originator_version"]
        state["timestamp"] = _utc(state["timestamp"]).isoformat()
        if _class_version(kind) > 1:
            state["class_version"] = _class_version(kind)
        return StoredEvent(stream_id, version, topic, self.transcoder.encode(state))

    def to_domain_event(self, stored_event: StoredEvent) -> AggregateEvent:
        """Decode an event; sealed fields stay tokens. Raises: UnknownTopic, EventUnreadable."""
        stream_id = stored_event.originator_id
        return self.decoded(
            stream_id if isinstance(stream_id, UUID) else UUID(stream_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
        )

    def decoded(self, stream_id: UUID, version: int, topic: str, state: bytes) -> AggregateEvent:
        """Decode the columns of a row. Raises: UnknownTopic, EventUnreadable."""
        try:
            kind, version_of_class = self._event_classes[topic]
        except KeyError:
            raise UnknownTopic(stream_id, version, topic) from None
        try:
            fields = orjson.loads(state)
            if version_of_class > 1 or "class_version" in fields or "originator_topic" in fields:
                self._upcast(kind, fields)
            fields["timestamp"] = datetime.fromisoformat(fields["timestamp"])
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise EventUnreadable(stream_id, version, topic) from error
        fields["originator_id"] = stream_id
        fields["originator_version"] = version
        return _event_of(kind, fields)

    def _upcast(self, kind: type[AggregateEvent], fields: dict[str, Any]) -> None:
        """Convert an older class version to the current one, in place."""
        stored, current = fields.pop("class_version", 1), _class_version(kind)
        if stored > current:
            raise ValueError("a newer release wrote it")
        for version in range(stored, current):
            getattr(kind, f"upcast_v{version}_v{version + 1}")(fields)
        # Folding instantiates this class, and the library would import any module for it.
        if "originator_topic" in fields and fields["originator_topic"] not in self._topics:
            raise ValueError("the aggregate isn't registered")

    def _sealed(self, event: DomainEventProtocol[UUID]) -> Iterator[tuple[str, str]]:
        """Yield a token for each non-empty text."""
        for field, text in _texts(event):
            if self._keys is None:
                raise NoKeys
            account_id: str = vars(event)["sealed_for"]
            yield field, self._keys.seal(account_id, text, context=_context(event, field))


def unseal(event: Event, keys: Keys) -> Event:
    """Return a copy of a loaded event with its texts unsealed.

    A text is None where its key was destroyed. A new event holds no tokens yet, and raises SealBroken.
    """
    plain = {field: keys.open(token, context=_context(event, field)) for field, token in _texts(event)}
    return _event_of(type(event), vars(event) | plain)


def tokens_of(event: AggregateEvent) -> Iterator[str]:
    """Yield the sealed texts of a loaded event."""
    return (token for _, token in _texts(event))


def open_texts(event: AggregateEvent, keys: Keys, *, stream: str) -> None:
    """Unseal the texts of an event that was just loaded, in place.

    stream: the stream's id as text, the same for each event of a long stream.
    """
    fields = vars(event)
    for field in getattr(event, "SEALED", ()):
        if token := fields.get(field):
            fields[field] = keys.open(token, context=f"{stream}:{event.originator_version}:{field}")


def _texts(event: DomainEventProtocol[UUID]) -> Iterator[tuple[str, str]]:
    fields = vars(event)
    return ((field, fields[field]) for field in getattr(event, "SEALED", ()) if fields.get(field))


def _context(event: DomainEventProtocol[UUID], field: str) -> str:
    return f"{event.originator_id}:{event.originator_version}:{field}"


def _event_of(kind: type[Event], fields: dict[str, Any]) -> Event:
    event = object.__new__(kind)
    # Instances are frozen; the library loads them in the same way.
    object.__setattr__(event, "__dict__", fields)
    return event


def _class_version(kind: type) -> int:
    return int(getattr(kind, "class_version", 1))


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a naive datetime is ambiguous")
    return moment.astimezone(UTC)
