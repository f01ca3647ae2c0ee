"""Categories change for new tickets, never for old ones."""

from collections.abc import Callable

import pytest
from tests.application.signing_in import account_events
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.application import CommandResult, Portal
from izarlink_tickets.application.categories import Categories, NewCategory
from izarlink_tickets.directory import (
    CategoryTaken,
    LastCategory,
    UnknownCategory,
    active_categories,
    find_category,
    list_categories,
)
from izarlink_tickets.domain.errors import (
    CategoryNotActive,
    CommandAlreadyUsed,
    NotAllowed,
    NothingChanges,
    RecordHasChanged,
    Refusal,
    TextMissing,
    UnknownChoice,
)
from izarlink_tickets.domain.vocabulary import CommandContext, TicketType
from izarlink_tickets.projections.history_queries import timeline
from izarlink_tickets.projections.ticket_queries import find_ticket

# For tests without SQL that differs between the databases.
on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
VOIP = NewCategory("INCIDENT", "Voix sur IP", default_impact=4)


def offered(portal: Portal, ticket_type: TicketType) -> list[str]:
    with portal.database.query() as connection:
        return [category.label for category in active_categories(connection) if category.ticket_type is ticket_type]


def opened(portal: Portal, cast: Cast, *, category: str) -> CommandResult:
    return portal.tickets.open(
        cast.context("alice"),
        ticket_type="INCIDENT",
        category=category,
        service_id=None,
        urgency=4,
        title="Pas de tonalité",
        description="Depuis ce matin.",
    )


def test_a_new_category_is_offered_last_and_sets_the_impact(portal: Portal, cast: Cast) -> None:
    done = portal.categories.create(cast.context("root"), VOIP)

    number = opened(portal, cast, category=done.id).number

    assert (done.id, account_events(portal)[-1]) == ("VOIX_SUR_IP", "CategoryCreated")
    assert offered(portal, TicketType.INCIDENT)[-1] == "Voix sur IP"
    with portal.database.query() as connection:
        ticket = find_ticket(connection, cast["sam"].actor, number=number)
    assert ticket is not None
    assert (ticket.category_label, ticket.impact, ticket.priority) == ("Voix sur IP", 4, 4)


@on_sqlite
def test_a_form_sent_twice_makes_one_category(portal: Portal, cast: Cast) -> None:
    context = cast.context("root")

    portal.categories.create(context, VOIP)

    assert portal.categories.create(context, VOIP) == CommandResult(id="VOIX_SUR_IP", is_repeated=True)
    with pytest.raises(CommandAlreadyUsed):
        portal.categories.create(context, NewCategory("DEMANDE", "Voix sur IP"))


@on_sqlite
@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (NewCategory("INCIDENT", "DEBIT"), CategoryTaken),
        (NewCategory("DEMANDE", "facturation", "administrative"), CategoryTaken),
        (NewCategory("INCIDENT", " "), TextMissing),
        (NewCategory("PANNE", "Voix"), UnknownChoice),
        (NewCategory("INCIDENT", "Voix", default_impact=6), UnknownChoice),
    ],
)
def test_an_invalid_category_is_refused(
    portal: Portal, cast: Cast, wanted: NewCategory, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        portal.categories.create(cast.context("root"), wanted)

    assert "CategoryCreated" not in account_events(portal)


def test_old_tickets_keep_the_label_of_a_renamed_category(portal: Portal, cast: Cast) -> None:
    before = open_incident(portal, cast)

    new = portal.categories.rename(cast.context("root"), code="DEBIT", label="Débit insuffisant").id

    assert offered(portal, TicketType.INCIDENT) == [
        "Coupure totale",
        "Lenteur",
        "Perte de Paquets",
        "Débit insuffisant",
    ]
    after = opened(portal, cast, category=new).number
    with portal.database.query() as connection:
        tickets = [find_ticket(connection, cast["sam"].actor, number=number) for number in (before, after)]
    assert [ticket and ticket.category_label for ticket in tickets] == ["Débit", "Débit insuffisant"]
    with pytest.raises(CategoryNotActive):
        opened(portal, cast, category="DEBIT")


@on_sqlite
def test_capitals_of_a_label_can_be_corrected(portal: Portal, cast: Cast) -> None:
    new = portal.categories.rename(cast.context("root"), code="PERTE_DE_PAQUETS", label="Perte de paquets")

    assert new.id == "PERTE_DE_PAQUETS_2"
    assert "Perte de paquets" in offered(portal, TicketType.INCIDENT)


@on_sqlite
def test_the_timeline_shows_the_label_of_a_created_category(portal: Portal, cast: Cast) -> None:
    code = portal.categories.create(cast.context("root"), VOIP).id
    number = open_incident(portal, cast)
    portal.tickets.requalify(
        cast.context("sam"),
        number=number,
        ticket_type="INCIDENT",
        category=code,
        service_id=None,
        urgency=4,
        impact=3,
    )

    with portal.database.query() as connection:
        names = timeline(connection, cast["sam"].actor, number=number).names

    assert names[code] == "Voix sur IP"


def test_a_changed_impact_applies_to_new_tickets(portal: Portal, cast: Cast) -> None:
    portal.categories.change_impact(cast.context("root"), code="DEBIT", default_impact=1, seen={"default_impact": "3"})

    number = open_incident(portal, cast)

    with portal.database.query() as connection:
        ticket = find_ticket(connection, cast["sam"].actor, number=number)
    assert ticket is not None
    assert (ticket.impact, ticket.priority) == (1, 2)
    with pytest.raises(RecordHasChanged):
        portal.categories.change_impact(
            cast.context("root"), code="DEBIT", default_impact=5, seen={"default_impact": "3"}
        )


def test_categories_are_moved_up_and_down(portal: Portal, cast: Cast) -> None:
    portal.categories.withdraw(cast.context("root"), code="LENTEUR")

    portal.categories.move_up(cast.context("root"), code="DEBIT")
    portal.categories.move_down(cast.context("root"), code="COUPURE_TOTALE")

    assert offered(portal, TicketType.INCIDENT) == ["Débit", "Coupure totale", "Perte de Paquets"]
    assert account_events(portal)[-2:] == ["CategoriesReordered", "CategoriesReordered"]


@on_sqlite
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda categories, context: categories.move_up(context, code="COUPURE_TOTALE"), NothingChanges),
        (lambda categories, context: categories.move_down(context, code="DEBIT"), NothingChanges),
        (lambda categories, context: categories.rename(context, code="DEBIT", label="Débit"), NothingChanges),
        (lambda categories, context: categories.rename(context, code="DEBIT", label="lenteur"), CategoryTaken),
        (lambda categories, context: categories.withdraw(context, code="TELEX"), UnknownCategory),
    ],
    ids=["above the first", "below the last", "the same words", "another's words", "unknown"],
)
def test_an_impossible_change_of_a_category_is_refused(
    portal: Portal, cast: Cast, change: Callable[[Categories, CommandContext], object], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        change(portal.categories, cast.context("root"))


@on_sqlite
def test_a_withdrawn_category_is_restored_unless_its_name_is_taken(portal: Portal, cast: Cast) -> None:
    portal.categories.withdraw(cast.context("root"), code="DEBIT")
    assert "Débit" not in offered(portal, TicketType.INCIDENT)

    portal.categories.restore(cast.context("root"), code="DEBIT")

    assert "Débit" in offered(portal, TicketType.INCIDENT)
    portal.categories.withdraw(cast.context("root"), code="DEBIT")
    portal.categories.create(cast.context("root"), NewCategory("INCIDENT", "débit"))
    with pytest.raises(CategoryTaken):
        portal.categories.restore(cast.context("root"), code="DEBIT")


@on_sqlite
def test_the_last_category_of_a_type_cannot_be_withdrawn(portal: Portal, cast: Cast) -> None:
    for code in ("COUPURE_TOTALE", "LENTEUR", "PERTE_DE_PAQUETS"):
        portal.categories.withdraw(cast.context("root"), code=code)

    with pytest.raises(LastCategory):
        portal.categories.withdraw(cast.context("root"), code="DEBIT")


@on_sqlite
@pytest.mark.parametrize("name", ["sam", "alice", "ada"])
def test_only_administrators_manage_categories(portal: Portal, cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        portal.categories.create(cast.context(name), VOIP)

    with portal.database.query() as connection:
        assert find_category(connection, code="VOIX_SUR_IP") is None
        assert len(list_categories(connection)) == 8
