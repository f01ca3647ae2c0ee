"""Every stored event loads forever, and old streams replay.

A sample is written once, when its shape is new, and its `state` is never edited. `<topic>.json` lists the shapes of one
kind of event, the oldest first; `today` names the fields that it has got or changed since. `streams/` holds whole
streams, `sealing_keys.json` the keys of the persons they were sealed for.
"""

import json
from base64 import b64decode
from dataclasses import astuple, fields
from datetime import UTC, datetime
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from eventsourcing.domain import AggregateEvent
from eventsourcing.persistence import StoredEvent
from sqlalchemy import insert
from tests.domain.people import ALICE, BOB, DENIS, ETXEA, FIBRE, ROOT, SAM

from izarlink_tickets.application.transaction import TOPICS, mapper_of
from izarlink_tickets.config import SealingKey
from izarlink_tickets.domain.account import ACCOUNT_EVENTS
from izarlink_tickets.domain.events import TICKET_EVENTS
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.event_store import unseal
from izarlink_tickets.sealing import Keys, sealing_keys

FOLDER = Path(__file__).parent
MASTER_KEY = SealingKey(bytes(range(32)))
# In columns of their own, not in the stored object.
COLUMNS = {"originator_id", "originator_version"}

SAMPLES = [
    pytest.param(path.stem, sample, id=f"{path.stem} since {sample['since']}, shape {shape}")
    for path in sorted(FOLDER.glob("*.*.json"))
    for shape, sample in enumerate(json.loads(path.read_text()), start=1)
]


def loaded(topic: str, row: dict[str, Any], stream_id: str) -> AggregateEvent:
    state = orjson.dumps(row["state"])
    return mapper_of(None).to_domain_event(StoredEvent(UUID(stream_id), row["version"], topic, state))


def stored_stream(name: str) -> list[AggregateEvent]:
    stream = json.loads((FOLDER / "streams" / name).read_text())
    return [loaded(row["topic"], row, stream["stream_id"]) for row in stream["events"]]


def folded(events: list[AggregateEvent], *, version: int) -> Ticket:
    ticket = reduce(lambda before, event: event.mutate(before), islice(events, version), None)
    assert isinstance(ticket, Ticket)
    return ticket


def test_every_kind_of_event_has_a_sample_and_every_sample_its_kind():
    topics = {event.TOPIC for event in TICKET_EVENTS} | {event.TOPIC for event in ACCOUNT_EVENTS}

    assert {path.stem for path in FOLDER.glob("*.*.json")} == topics


@pytest.mark.parametrize(("topic", "sample"), SAMPLES)
def test_a_stored_event_loads_as_what_it_is_today(topic: str, sample: dict[str, Any]):
    event = loaded(topic, sample, sample["stream_id"])

    today = {field.name: getattr(event, field.name) for field in fields(event) if field.name not in COLUMNS}
    assert type(event) is TOPICS[topic]
    assert today | {"timestamp": event.timestamp.isoformat()} == sample["state"] | sample.get("today", {})


@pytest.mark.parametrize(
    ("version", "state", "awaiting", "solution_version"),
    [
        (1, "NOUVEAU", None, 0),
        (6, "EN_COURS", None, 0),
        (7, "EN_ATTENTE", "CLIENT", 0),
        (12, "EN_ATTENTE", "TIERS", 0),
        (17, "RESOLU", None, 2),
        (20, "EN_COURS", None, 3),
        (22, "CLOTURE", None, 4),
        (25, "CLOTURE", None, 5),
        (29, "CLOTURE", None, 6),
        (30, "EN_COURS", None, 6),
        (36, "ANNULE", None, 6),
    ],
)
def test_a_stored_stream_replays_to_the_states_it_had(
    version: int, state: str, awaiting: str | None, solution_version: int
):
    ticket = folded(stored_stream("ticket-1042.json"), version=version)

    assert (ticket.state, ticket.awaiting, ticket.solution_version) == (state, awaiting, solution_version)


def test_a_stored_stream_replays_to_the_ticket_it_was():
    ticket = folded(stored_stream("ticket-1042.json"), version=36)

    assert (ticket.number, ticket.version, ticket.organisation_id) == (1042, 36, ETXEA)
    assert (ticket.requester_id, ticket.watcher_ids) == (_HENRI, {DENIS.account_id})
    assert (ticket.assignee_id, ticket.solution_author_id) == (ROOT.account_id, SAM.account_id)
    assert astuple(ticket.qualification) == ("INCIDENT", "PERTE_DE_PAQUETS", FIBRE.service_id, 5, 2)
    assert ticket.state_since == datetime(2026, 12, 14, 8, 47, 32, 123456, tzinfo=UTC)


_HENRI = "a0000000-0000-4000-8000-000000000009"


# --- the words --------------------------------------------------------------------------------------------------------


@pytest.fixture
def keys(database):
    """Return the keys of the samples, as restored from a backup."""
    rows = json.loads((FOLDER / "sealing_keys.json").read_text())
    created_at = datetime(2026, 11, 23, tzinfo=UTC)
    with database.command() as connection:
        connection.execute(
            insert(sealing_keys),
            [{**row, "wrapped": b64decode(row["wrapped"]), "created_at": created_at} for row in rows],
        )
        yield Keys(connection, MASTER_KEY)


def test_the_words_of_a_stored_stream_can_be_read(keys):
    events = [unseal(event, keys) for event in stored_stream("ticket-1042.json")]

    # Empty texts are not sealed; one is the default of a field that was added since.
    texts = [getattr(event, field) for event in events for field in getattr(event, "SEALED", ())]
    words = [text for text in texts if text]
    assert words == [
        "Plus d’Internet au fournil",
        "La fibre est coupée depuis 5 h.\nLa caisse aussi.",
        "baie.jpg",
        "Voir l’optique du NRO.",
        "La ligne répond encore.",
        "Quel voyant de la box est rouge ?",
        "Le premier.",
        "mesures.pdf",
        "L’opérateur répare la ligne.",
        "Nous partons chez un autre.",
        "La ligne reste sous contrat.",
        "La jarretière a été changée.",
        "La jarretière et l’optique ont été changées.",
        "L’optique est encore en commande.",
        "L’optique a été remplacée.",
        "Toujours 10 % de pertes.",
        "Le port du commutateur a été changé.",
        "Merci !",
        "C’est revenu ce matin.",
        "Le câble du fournil a été remplacé.",
        "Alice, au téléphone.",
        "Encore des pertes.",
        "La box a été remplacée.",
        "Le client rappelle.",
        "La ligne est résiliée.",
    ]


def test_a_digest_that_was_stored_is_computed_again(keys):
    digest = keys.digest("a0000000-0000-4000-8000-000000000001", b"2 Mbit/s")

    assert digest == "df0231a0e4d7c57254336122bb5c2d162177b0313b1764247ef27a397b1adaf4"


def test_the_words_of_a_stored_stream_are_sealed_for_their_customers():
    sealed_for = {vars(event)["sealed_for"] for event in stored_stream("ticket-1042.json")}

    assert sealed_for == {ALICE.account_id, BOB.account_id, _HENRI}
