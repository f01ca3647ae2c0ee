"""Codes that others rely on, labels of the guide, priorities."""

import pytest

from izarlink_tickets.domain.vocabulary import (
    CHANNEL_LABELS,
    CUSTOMER_URGENCIES,
    GUIDE_CATEGORIES,
    LABELS,
    SYSTEM,
    Awaiting,
    Channel,
    Role,
    State,
    TicketType,
    Urgency,
    priority_of,
    state_label,
)

# By urgency, then the priority at impact 1, 2, 3, 4, 5.
PRIORITY_TABLE = """
| 5 | 2 | 3 | 4 | 5 | 5 |
| 4 | 2 | 3 | 4 | 4 | 5 |
| 3 | 2 | 2 | 3 | 4 | 4 |
| 2 | 1 | 2 | 2 | 3 | 3 |
| 1 | 1 | 1 | 2 | 2 | 2 |
"""


@pytest.mark.parametrize("row", PRIORITY_TABLE.strip().splitlines())
def test_the_priority_is_that_of_the_table(row: str):
    urgency, *priorities = [int(cell) for cell in row.strip("| ").split(" | ")]

    assert [priority_of(urgency=Urgency(urgency), impact=impact) for impact in range(1, 6)] == priorities


@pytest.mark.parametrize("impact", [1, 2, 3, 4, 5])
def test_the_priority_of_a_demande_is_its_impact(impact: int):
    assert priority_of(urgency=None, impact=impact) == impact


def test_a_customer_knows_two_urgencies():
    assert {LABELS[urgency] for urgency in CUSTOMER_URGENCIES} == {"Haute", "Moyenne"}


def test_the_codes_of_states_and_types_are_those_of_the_guide():
    assert list(State) == ["NOUVEAU", "EN_COURS", "EN_ATTENTE", "RESOLU", "CLOTURE", "ANNULE"]
    assert list(TicketType) == ["INCIDENT", "DEMANDE"]


@pytest.mark.parametrize(
    ("state", "awaiting", "label"),
    [
        (State.NEW, None, "Nouveau"),
        (State.IN_PROGRESS, None, "En cours"),
        (State.PENDING, None, "En attente"),
        (State.PENDING, Awaiting.CUSTOMER, "En attente de votre réponse"),
        (State.PENDING, Awaiting.THIRD_PARTY, "En attente d’un tiers"),
        (State.RESOLVED, None, "Résolu"),
        (State.CLOSED, None, "Clôturé"),
        (State.CANCELLED, None, "Annulé"),
    ],
)
def test_a_state_is_called_what_the_guide_calls_it(state: State, awaiting: Awaiting | None, label: str):
    assert state_label(state, awaiting) == label


@pytest.mark.parametrize(
    ("ticket_type", "labels"),
    [
        (TicketType.INCIDENT, ["Coupure totale", "Lenteur", "Perte de Paquets", "Débit"]),
        (
            TicketType.REQUEST,
            [
                "Technique",
                "Administrative > Facturation",
                "Administrative > Information",
                "Administrative > Modification",
            ],
        ),
    ],
)
def test_the_categories_are_those_of_the_guide_in_its_order(ticket_type: TicketType, labels: list[str]):
    of_type = [category for category in GUIDE_CATEGORIES.values() if category.ticket_type == ticket_type]

    assert [category.full_label for category in of_type] == labels


def test_every_category_is_found_by_its_code():
    assert [category.code for category in GUIDE_CATEGORIES.values()] == list(GUIDE_CATEGORIES)


@pytest.mark.parametrize("codes", [TicketType, State, Awaiting, Urgency, Role])
def test_every_code_has_a_label(codes: type[State]):
    assert set(codes) <= set(LABELS)


def test_every_channel_has_a_label():
    assert set(CHANNEL_LABELS) == set(Channel)


def test_no_label_takes_the_place_of_another():
    assert len(LABELS) == sum(len(codes) for codes in (TicketType, State, Awaiting, Urgency, Role))


def test_the_system_is_called_differently_as_an_actor_and_as_a_channel():
    assert (LABELS[Role.SYSTEM], CHANNEL_LABELS[Channel.SYSTEM]) == ("Portail IzarLink", "automatiquement")


def test_the_system_has_no_account():
    assert (SYSTEM.account_id, SYSTEM.role) == ("00000000-0000-0000-0000-000000000000", "system")
