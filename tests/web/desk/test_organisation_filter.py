"""The queue's filter « Client », with few organisations and with thousands."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser, text_of
from tests.web.desk.test_queue import link_called, numbers_on

from izarlink_tickets.application import Portal
from izarlink_tickets.directory import insert_organisations, new_organisation

PAGE_BYTES = 30 * 1024
REQUESTS = 4
SERVED, ZIPPED = "http://127.0.0.1:8000", {"Accept-Encoding": "gzip"}


@pytest.fixture
def five_thousand(portal: Portal) -> None:
    created = [
        new_organisation(f"Atelier n° {number}", now=datetime(2026, 11, 2, tzinfo=UTC)) for number in range(5000)
    ]
    with portal.database.command() as connection:
        insert_organisations(connection, created)


@pytest.fixture
def garage(portal: Portal, cast: Cast, five_thousand: None) -> int:  # one among many
    open_incident(portal, cast)
    return open_incident(portal, cast, by="charlie")


def weight_of(browser: Browser, path: str) -> int:
    """Count the compressed bytes of a page and its files, without cache."""
    tree = browser.get(path).tree
    linked = [link.get("href", "") for link in tree.iter("link")] + [
        script.get("src", "") for script in tree.iter("script")
    ]
    answers = [browser.client.get(url, base_url=SERVED, headers=ZIPPED) for url in (path, *linked)]
    assert [answer.status_code for answer in answers] == [200] * REQUESTS
    return sum(len(answer.data) for answer in answers)


def test_an_organisation_is_found_by_a_part_of_its_name(sam: Browser, cast: Cast, garage: int):
    page = sam.get("/bureau?vue=a-traiter&urgence=4&client=GARAGE")

    assert page.location == f"/bureau?vue=a-traiter&urgence=4&organisation={cast['charlie'].organisation_id}"
    queue = sam.get(page.location)
    assert (numbers_on(queue), queue.value("client")) == ([garage], "Garage Mendi")


@pytest.mark.usefixtures("garage")
def test_a_name_that_matches_several_leads_to_a_choice(sam: Browser):
    page = sam.get("/bureau?vue=tous&type=incident&client=atelier+499")
    address = link_called("Atelier n° 4990", page)
    chosen = sam.get(address)

    assert (page.heading, page.value("client"), page.value("type")) == ("Quel client ?", "atelier 499", "INCIDENT")
    assert len([link for link in page.tree.iter("a") if text_of(link).startswith("Atelier")]) == 15
    assert address.startswith("/bureau?vue=tous&type=INCIDENT&organisation=")
    assert chosen.value("client") == "Atelier n° 4990"
    assert "Aucun ticket ne correspond." in chosen.words


@pytest.mark.usefixtures("garage")
def test_too_many_matches_and_none_are_explained(sam: Browser):
    words = {typed: sam.get(f"/bureau?client={typed}").words for typed in ("atelier", "nulle+part", "%25")}

    assert "Il y en a d’autres : précisez la recherche." in words["atelier"]
    assert "Aucun client ne correspond." in words["nulle+part"]
    assert "Aucun client ne correspond." in words["%25"]


@pytest.mark.usefixtures("garage")
def test_an_empty_name_filters_nothing(sam: Browser):
    assert len(numbers_on(sam.get("/bureau?client=&organisation="))) == 2


def test_few_organisations_are_a_choice(sam: Browser, cast: Cast):
    page = sam.get(f"/bureau?organisation={cast['alice'].organisation_id}")

    options = page.field("organisation").findall("option")
    assert [text_of(option) for option in options] == ["Tous", "Boulangerie Etxea", "Garage Mendi"]


@pytest.mark.usefixtures("garage")
@pytest.mark.parametrize("name", ["sam", "root"])
def test_no_page_lists_five_thousand_organisations(browser_of: Callable[[str], Browser], cast: Cast, name: str):
    paths = {
        "sam": ["/bureau", "/bureau/tickets/2", "/tickets/nouveau"],
        "root": [
            "/bureau/clients",
            "/bureau/comptes/nouveau",
            f"/bureau/comptes/{cast['alice'].id}",
            "/bureau/connexions/nouvelle",
        ],
    }
    browser = browser_of(name)

    weights = {path: weight_of(browser, path) for path in paths[name]}

    assert {path: weight for path, weight in weights.items() if weight > PAGE_BYTES} == {}
