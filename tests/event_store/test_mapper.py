"""The stored format of events, refusals to load, and sealed texts."""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import ClassVar

import orjson
import pytest
from eventsourcing.domain import AggregateCreated, AggregateEvent
from eventsourcing.persistence import StoredEvent
from tests.event_store.sample_events import (
    ALICE,
    LATER_TOPICS,
    MASTER_KEY,
    NOON,
    STREAM,
    TOPICS,
    NoteWritten,
    NoteWrittenLater,
    note_written,
)

from izarlink_tickets.database import Database
from izarlink_tickets.event_store import EventUnreadable, Mapper, NoKeys, UnknownTopic, unseal
from izarlink_tickets.sealing import Keys, SealBroken, destroy_keys, installation, sealing_keys


@pytest.fixture
def connection(tmp_path):
    # SQLite alone: the mapper only loads keys.
    with closing(Database("sqlite:///", data_dir=tmp_path)) as database, database.command() as connection:
        sealing_keys.create(connection)
        installation.create(connection)
        yield connection


@pytest.fixture
def keys(connection):
    return Keys(connection, MASTER_KEY)


@pytest.fixture
def mapper(keys):
    return Mapper(topics=TOPICS, keys=keys)


def _stored(state: bytes, *, topic: str = NoteWritten.TOPIC) -> StoredEvent:
    return StoredEvent(STREAM, 1, topic, state)


def test_an_event_comes_back_as_it_was_once_opened(mapper, keys):
    event = note_written(comment="depuis ce matin")

    loaded = mapper.to_domain_event(mapper.to_stored_event(event))

    assert unseal(loaded, keys) == event


def test_a_stored_event_is_flat_json_without_what_the_columns_hold(mapper):
    stored = mapper.to_stored_event(note_written(text=""))

    assert orjson.loads(stored.state) == {
        "timestamp": "2026-07-01T12:00:00.123456+00:00",
        "sealed_for": ALICE,
        "text": "",
        "comment": "",
        "state": "NOUVEAU",
    }
    assert (stored.originator_id, stored.originator_version, stored.topic) == (STREAM, 1, "test.said")


def test_a_timestamp_is_stored_in_utc(mapper):
    event = replace(note_written(), timestamp=NOON.astimezone(timezone(timedelta(hours=2))))

    stored = mapper.to_stored_event(event)

    assert orjson.loads(stored.state)["timestamp"] == "2026-07-01T12:00:00.123456+00:00"


def test_the_text_is_nowhere_in_what_is_stored(mapper):
    stored = mapper.to_stored_event(note_written(text="Ma ligne est coupée"))

    assert b"ligne" not in stored.state


def test_loading_opens_nothing(mapper):
    stored = mapper.to_stored_event(note_written())

    loaded = Mapper(topics=TOPICS).to_domain_event(stored)

    assert isinstance(loaded, NoteWritten)
    assert loaded.text.startswith("s1.")


def test_opening_leaves_the_loaded_event_sealed(mapper, keys):
    loaded = mapper.to_domain_event(mapper.to_stored_event(note_written()))

    unseal(loaded, keys)

    assert loaded.text.startswith("s1.")


def test_an_empty_text_stays_empty(mapper, keys):
    loaded = mapper.to_domain_event(mapper.to_stored_event(note_written(comment="")))

    assert (loaded.comment, unseal(loaded, keys).comment) == ("", "")


def test_the_texts_of_an_erased_person_are_none(mapper, connection):
    stored = mapper.to_stored_event(note_written())
    destroy_keys(connection, ALICE, now=NOON)

    erased = unseal(mapper.to_domain_event(stored), Keys(connection, MASTER_KEY))

    assert (erased.text, erased.state) == (None, "NOUVEAU")


@pytest.mark.parametrize(
    "moved",
    [
        {"originator_version": 2},
        {"originator_id": STREAM.__class__(int=1)},
    ],
)
def test_a_text_that_was_moved_elsewhere_does_not_open(mapper, keys, moved):
    loaded = mapper.to_domain_event(replace(mapper.to_stored_event(note_written()), **moved))

    with pytest.raises(SealBroken):
        unseal(loaded, keys)


def test_a_text_that_was_moved_to_another_field_does_not_open(mapper, keys):
    stored = mapper.to_stored_event(note_written())
    swapped = orjson.loads(stored.state) | {"comment": orjson.loads(stored.state)["text"]}

    with pytest.raises(SealBroken):
        unseal(mapper.to_domain_event(replace(stored, state=orjson.dumps(swapped))), keys)


def test_an_event_that_was_just_made_is_not_opened(keys):
    with pytest.raises(SealBroken):
        unseal(note_written(), keys)


def test_a_text_is_not_stored_without_keys():
    with pytest.raises(NoKeys):
        Mapper(topics=TOPICS).to_stored_event(note_written())


def test_an_unknown_topic_is_not_loaded_and_says_where_it_is():
    stored = _stored(b"{}", topic="test.unheard")

    with pytest.raises(UnknownTopic) as refusal:
        Mapper(topics=TOPICS).to_domain_event(stored)

    assert (refusal.value.stream_id, refusal.value.version, refusal.value.topic) == (STREAM, 1, "test.unheard")


@pytest.mark.cve("CVE-2021-21327", "CVE-2023-42802", "CVE-2026-22248")
@pytest.mark.parametrize(
    "topic", ["antigravity:NoteWritten", "tests.event_store.sample_events:NoteWritten", "os:system"]
)
def test_a_topic_never_imports_a_module(topic):
    with pytest.raises(UnknownTopic):
        Mapper(topics=TOPICS).to_domain_event(_stored(b"{}", topic=topic))


class Begun(AggregateCreated):
    TOPIC: ClassVar[str] = "test.begun"


def test_an_event_that_names_an_unregistered_aggregate_is_not_loaded():
    state = {"timestamp": NOON.isoformat(), "originator_topic": "antigravity:Ticket"}

    with pytest.raises(EventUnreadable):
        Mapper(topics={Begun.TOPIC: Begun}).to_domain_event(_stored(orjson.dumps(state), topic=Begun.TOPIC))


def test_the_topic_of_an_aggregate_is_no_event():
    with pytest.raises(UnknownTopic):
        Mapper(topics={"test.conversation": object}).to_domain_event(_stored(b"{}", topic="test.conversation"))


def test_an_event_of_an_unregistered_class_is_not_stored(keys):
    with pytest.raises(UnknownTopic):
        Mapper(topics=LATER_TOPICS, keys=keys).to_stored_event(note_written())


def test_a_naive_timestamp_is_not_stored(mapper):
    with pytest.raises(ValueError, match="naive"):
        mapper.to_stored_event(replace(note_written(), timestamp=NOON.replace(tzinfo=None)))


@dataclass(frozen=True)
class Planned(AggregateEvent):
    TOPIC: ClassVar[str] = "test.planned"

    due: datetime


def test_a_datetime_in_a_field_is_not_stored():
    event = Planned(originator_id=STREAM, originator_version=1, timestamp=NOON, due=NOON)

    with pytest.raises(TypeError):
        Mapper(topics={Planned.TOPIC: Planned}).to_stored_event(event)


@pytest.mark.parametrize(
    "state",
    [b"", b"\xff", b"[]", b"null", b"{}", b'{"timestamp": 12}', b'{"timestamp": "yesterday"}'],
)
def test_a_damaged_state_is_unreadable(state):
    with pytest.raises(EventUnreadable):
        Mapper(topics=TOPICS).to_domain_event(_stored(state))


def test_an_event_of_the_first_shape_loads_in_the_latest(mapper, keys):
    stored = mapper.to_stored_event(note_written())

    loaded = Mapper(topics=LATER_TOPICS).to_domain_event(stored)

    assert isinstance(loaded, NoteWrittenLater)
    assert (loaded.volume, loaded.mood) == (1, "NOUVEAU")
    assert unseal(loaded, keys).text == "Ma ligne est coupée"


def test_an_event_of_the_latest_shape_is_not_upcast(keys):
    mapper = Mapper(topics=LATER_TOPICS, keys=keys)
    event = NoteWrittenLater(STREAM, 1, NOON, sealed_for=ALICE, text="", comment="", volume=9, mood="calme")

    stored = mapper.to_stored_event(event)

    assert orjson.loads(stored.state)["class_version"] == 3
    assert mapper.to_domain_event(stored) == event


def test_a_shape_of_a_newer_release_is_unreadable():
    state = {"timestamp": NOON.isoformat(), "class_version": 2}

    with pytest.raises(EventUnreadable):
        Mapper(topics=TOPICS).to_domain_event(_stored(orjson.dumps(state)))


def test_an_upcaster_that_fails_makes_the_event_unreadable():
    state = {"timestamp": NOON.isoformat(), "no": "state"}

    with pytest.raises(EventUnreadable):
        Mapper(topics=LATER_TOPICS).to_domain_event(_stored(orjson.dumps(state)))
