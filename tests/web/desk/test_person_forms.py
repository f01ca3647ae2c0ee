"""The desk's choice of a customer's people, by list or by search."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, text_of
from tests.web.desk.pressing import address, press, remove_watcher, text_in
from tests.web.desk.test_organisation_filter import PAGE_BYTES, weight_of
from tests.web.desk.test_shift import followed

from izarlink_tickets.accounts import change_role, insert_accounts, new_account
from izarlink_tickets.application import Portal
from izarlink_tickets.application.desk_ticket import PEOPLE_OFFERED
from izarlink_tickets.directory import close_service, create_service
from izarlink_tickets.domain.vocabulary import Role


@pytest.fixture
def crowd(portal: Portal, cast: Cast) -> None:
    """Create more people than fit a list, ten of them named Maite."""
    join(portal, cast, count=PEOPLE_OFFERED)


def join(portal: Portal, cast: Cast, *, count: int) -> None:
    created = [
        new_account(
            email=f"personne{number}@etxea.example",
            name=f"{'Maite' if number < 10 else 'Personne'} Elizalde {number}",
            role=Role.CUSTOMER,
            now=datetime(2026, 11, 2, tzinfo=UTC),
            organisation_id=cast["alice"].organisation_id,
            phone="",
            locale="fr",
            timezone="Europe/Paris",
        )
        for number in range(count)
    ]
    with portal.database.command() as connection:
        insert_accounts(connection, created)


def test_a_page_stays_small_with_two_thousand_people(portal: Portal, sam: Browser, cast: Cast, taken_ticket: int):
    join(portal, cast, count=2000)

    assert weight_of(sam, address(taken_ticket)) < PAGE_BYTES


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("typed", ["bob ETCHEVERRY", "Bob@Etxea.example"])
def test_a_name_or_a_mail_address_finds_the_new_requester(sam: Browser, taken_ticket: int, typed: str):
    page = followed(sam, press(sam, taken_ticket, "demandeur", person=typed))

    assert "Demandeur : Alice Etcheverry → Bob Etcheverry" in page.words


@pytest.mark.usefixtures("crowd")
def test_a_watcher_found_by_name_is_added_and_removed(
    sam: Browser, browser_of: Callable[[str], Browser], taken_ticket: int
):
    carol = browser_of("carol")
    page = followed(sam, press(sam, taken_ticket, "observateurs", operation="ajouter", person="carol"))
    assert "Retirer Carol Etcheverry" in page.words
    assert carol.get(f"/tickets/{taken_ticket}").status == 200

    page = followed(sam, remove_watcher(sam, taken_ticket))
    assert page.announcements == ["L’observateur est retiré."]


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Choisissez une personne."),
        ("Charlie Mendiboure", "Personne chez ce client ne correspond à cette recherche."),
        ("charlie@mendi.example", "Personne chez ce client ne correspond à cette recherche."),
        ("%", "Personne chez ce client ne correspond à cette recherche."),
        ("maite", "Plusieurs personnes correspondent."),
    ],
)
def test_a_search_without_a_single_match_comes_back(sam: Browser, taken_ticket: int, typed: str, sentence: str):
    page = press(sam, taken_ticket, "demandeur", person=typed)

    assert page.status == 422
    assert page.errors[0].startswith(sentence)
    assert text_in(page, "demandeur-person") == typed


@pytest.mark.usefixtures("crowd")
def test_a_search_with_several_matches_lists_their_mail_addresses(sam: Browser, taken_ticket: int):
    page = press(sam, taken_ticket, "demandeur", person="maite")

    assert "Maite Elizalde 1 (personne1@etxea.example)" in page.errors[0]
    assert page.errors[0].count("@") == 5


@pytest.mark.usefixtures("crowd")
def test_the_search_is_kept_when_the_ticket_refuses_the_person(sam: Browser, taken_ticket: int):
    page = press(sam, taken_ticket, "demandeur", person="alice etcheverry")

    assert (page.status, page.errors) == (422, ["Cette personne est déjà demandeur ou observateur de ce ticket."])
    assert text_in(page, "demandeur-person") == "alice etcheverry"


def test_a_watcher_who_has_left_the_company_can_be_removed(portal: Portal, sam: Browser, cast: Cast, taken_ticket: int):
    press(sam, taken_ticket, "observateurs", person=cast["carol"].id)
    with portal.database.command() as connection:
        mendi = cast["charlie"].organisation_id
        change_role(connection, account_id=cast["carol"].id, role=Role.CUSTOMER, organisation_id=mendi)

    page = followed(sam, remove_watcher(sam, taken_ticket))

    assert page.announcements == ["L’observateur est retiré."]


def test_the_card_of_a_customer_with_many_services_stays_short(
    portal: Portal, sam: Browser, cast: Cast, taken_ticket: int
):
    with portal.database.command() as connection:
        created = [
            create_service(
                connection,
                organisation_id=cast["alice"].organisation_id or "",
                reference=f"ADSL-{number:05}",
                label=f"Ligne {number}",
            )
            for number in range(12)
        ]
        close_service(connection, service_id=created[0].id)

    page = sam.get(address(taken_ticket))

    card = next(element for element in page.tree.iter("section") if element.get("aria-labelledby") == "client")
    assert len(list(card.iter("li"))) == 10
    assert "Et 3 autres." in text_of(card)
    assert "(fermé)" not in text_of(card)
