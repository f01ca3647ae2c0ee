"""The queue: views, counts, filters, orders, pages."""

from collections.abc import Callable

import pytest
from tests.cast import Cast
from tests.openings import open_incident, open_request, resolved_incident
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.application import Portal
from izarlink_tickets.mail_hold import hold_mails
from izarlink_tickets.projections import ticket_queries
from izarlink_tickets.web.desk import queue

HEADINGS = ["Urgence", "N°", "Client", "Titre", "Catégorie", "État", "Âge", "Dernière activité", "Affecté"]


def numbers_on(page: Page) -> list[int]:
    return [int(text_of(row.findall("td")[1])) for row in page.tree.findall(".//tbody/tr")]


def names_on(page: Page, tickets: dict[str, int]) -> list[str]:
    """Return the names of the page's tickets."""
    assert page.status == 200
    names = {number: name for name, number in tickets.items()}
    return [names[number] for number in numbers_on(page)]


def tabs_of(page: Page) -> list[str]:
    return [text_of(link) for link in page.tree.findall(".//nav[@aria-label='Vues']//a")]


def rows_of(page: Page) -> list[list[str]]:
    return [[text_of(cell) for cell in row.findall("td")] for row in page.tree.findall(".//tbody/tr")]


@pytest.fixture
def busy_desk(portal: Portal, cast: Cast) -> dict[str, int]:
    """Create a ticket of each sort, by name."""
    tickets = portal.tickets
    numbers = {
        "request": open_request(portal, cast),
        "urgent": open_incident(portal, cast, by="charlie", title="Coupure de l’atelier"),
        "mine": open_incident(portal, cast, title="Débit très faible"),
        "questioned": open_request(portal, cast, title="Copie du contrat"),
        "resolved": resolved_incident(portal, cast),
        "cancelled": open_incident(portal, cast, title="Fausse alerte"),
    }
    tickets.assign(cast.context("sam"), number=numbers["mine"], assignee_id=cast["sam"].id)
    tickets.request_information(cast.context("nora"), number=numbers["questioned"], question="Lequel ?")
    tickets.cancel(cast.context("alice"), number=numbers["cancelled"])
    return numbers


def test_each_view_shows_its_tickets_in_its_order(sam: Browser, busy_desk: dict[str, int]):
    views = {
        "": ["urgent", "mine", "request"],
        "?vue=a-traiter": ["urgent", "mine", "request"],
        "?vue=HAUTE-URGENCE": ["urgent", "mine"],
        "?vue=a-moi": ["mine", "resolved"],
        "?vue=attente-client": ["questioned"],
        "?vue=resolus": ["resolved"],
        "?vue=tous": ["cancelled", "questioned", "mine", "resolved", "urgent", "request"],
        "?vue=nimporte": ["urgent", "mine", "request"],
    }

    assert {view: names_on(sam.get(f"/bureau{view}"), busy_desk) for view in views} == views


def test_each_tab_has_a_count(sam: Browser, busy_desk: dict[str, int]):
    assert tabs_of(sam.get("/bureau?vue=resolus&type=DEMANDE&q=rien")) == [
        "À traiter 3",
        "Haute urgence 2",
        "À moi 2",
        "En attente du client 1",
        "Résolus non approuvés 1",
        "Sans réponse du client 0",
        "Tous 6",
    ]


def test_a_row_shows_organisation_title_state_and_times(
    portal: Portal, cast: Cast, browser_of: Callable[[str], Browser]
):
    number = open_incident(portal, cast)
    cast.clock.advance(hours=3)
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours rien.")

    page = browser_of("sam").get("/bureau")

    assert [text_of(heading) for heading in page.tree.findall(".//th")] == HEADINGS
    assert rows_of(page) == [
        [
            "▲ Haute Priorité : Haute",
            str(number),
            "Boulangerie Etxea",
            "Débit à 2 Mbit/s",
            "Débit Incident",
            "Nouveau Sans réponse depuis 3 heures",
            "3 heures",
            "à l’instant",
            f"Non affecté Prendre le ticket n° {number}",
        ]
    ]


@pytest.mark.usefixtures("busy_desk")
def test_a_row_shows_whom_the_ticket_waits_for(cast: Cast, browser_of: Callable[[str], Browser]):
    cast.clock.advance(hours=2)

    page = browser_of("sam").get("/bureau?vue=tous&tri=numero")

    assert [row[5] for row in rows_of(page)] == [
        "Nouveau Sans réponse depuis 2 heures",
        "Nouveau Sans réponse depuis 2 heures",
        "En cours Sans réponse depuis 2 heures",
        "En attente du client depuis 2 heures",
        "Résolu Approbation attendue depuis 2 heures",
        "Annulé",
    ]


def test_the_url_filters_and_sorts(sam: Browser, busy_desk: dict[str, int]):
    words = {
        "type=demande": ["request"],
        "type=nimporte": ["urgent", "mine", "request"],
        "q=DEBIT": ["mine"],
        "q=atelier&type=DEMANDE": [],
        "q=%25": [],
        "q=%00atelier": ["urgent"],
        "q=%ED%A0%80": [],
        "tri=numero": ["request", "urgent", "mine"],
        "tri=-NUMERO": ["mine", "urgent", "request"],
        "tri=__class__": ["urgent", "mine", "request"],
        "apres=nimporte": ["urgent", "mine", "request"],
        "organisation=%00": ["urgent", "mine", "request"],
        "organisation=nimporte": [],
        "etat=en_cours": ["mine"],
        "etat=RESOLU": ["urgent", "mine", "request"],
        "vue=tous&etat=ouvert": ["questioned", "mine", "resolved", "urgent", "request"],
        "vue=a-moi&etat=ouvert": ["mine", "resolved"],
        "categorie=facturation": ["request"],
        "categorie=nimporte": [],
        "urgence=4": ["urgent", "mine"],
        "urgence=nimporte": ["urgent", "mine", "request"],
        "affecte=personne": ["urgent", "request"],
        "affecte=nimporte": [],
    }

    assert {query: names_on(sam.get(f"/bureau?{query}"), busy_desk) for query in words} == words


@pytest.mark.usefixtures("busy_desk")
def test_the_form_keeps_filters_and_unknown_ones_are_flagged(sam: Browser):
    page = sam.get("/bureau?vue=tous&etat=resolu&urgence=4&affecte=personne&tri=titre")
    odd = sam.get("/bureau?vue=attente-client&etat=RESOLU")

    names = ("etat", "urgence", "affecte")
    assert [page.field(name).find("option[@selected]").get("value") for name in names] == ["RESOLU", "4", "personne"]  # type: ignore[union-attr]  # it is there, or the test fails
    assert page.tree.find(".//details[@open]") is not None
    assert "L’adresse contient un filtre ou un tri inconnu" not in page.words
    assert "L’adresse contient un filtre ou un tri inconnu" in odd.words


def test_a_search_that_finds_too_many_says_so(sam: Browser, busy_desk: dict[str, int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queue, "MAX_FOUND", 2)

    pages = [sam.get(f"/bureau?vue=tous&q={words}") for words in ("debit", "facture", "")]

    assert ["Au moins 2 tickets contiennent ces mots" in page.words for page in pages] == [True, False, False]


def test_a_search_within_a_view_leads_to_all_tickets(sam: Browser, busy_desk: dict[str, int]):
    within = sam.get("/bureau?vue=a-traiter&q=alerte&type=incident")
    everywhere = sam.get(link_called("Chercher dans tous les tickets", within))

    assert "Recherche limitée à la vue « À traiter »." in within.words
    assert (numbers_on(within), numbers_on(everywhere)) == ([], [busy_desk["cancelled"]])
    assert "Recherche limitée" not in everywhere.words + sam.get("/bureau?type=incident").words


@pytest.mark.usefixtures("busy_desk")
def test_the_order_by_priority_is_explained(sam: Browser):
    words = [sam.get(f"/bureau?{query}").words for query in ("", "tri=titre", "vue=tous")]

    assert ["Les plus prioritaires d’abord" in text for text in words] == [True, False, False]


def test_a_ticket_is_found_by_its_number(sam: Browser, busy_desk: dict[str, int]):
    assert numbers_on(sam.get(f"/bureau?vue=tous&q={busy_desk['resolved']}")) == [busy_desk["resolved"]]


def test_the_queue_is_filtered_by_organisation_or_assignee(sam: Browser, cast: Cast, busy_desk: dict[str, int]):
    of_mendi = sam.get(f"/bureau?organisation={cast['charlie'].organisation_id}")
    of_nora = sam.get(f"/bureau?vue=tous&affecte={cast['nora'].id}")

    assert (numbers_on(of_mendi), numbers_on(of_nora)) == ([busy_desk["urgent"]], [busy_desk["questioned"]])


def test_a_heading_reverses_the_order(sam: Browser, busy_desk: dict[str, int]):
    page = sam.get("/bureau?tri=titre&type=INCIDENT")

    heading = next(cell for cell in page.tree.iter("th") if text_of(cell) == "Titre")
    link = heading.find("a")
    assert link is not None
    assert heading.get("aria-sort") == "ascending"
    assert link.get("href") == "/bureau?vue=a-traiter&type=INCIDENT&tri=-titre"


def test_an_empty_view_says_so(sam: Browser):
    assert "Rien à traiter." in sam.get("/bureau").words


def test_pages_link_to_their_neighbours(sam: Browser, busy_desk: dict[str, int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ticket_queries.list_tickets, "__kwdefaults__", {**KEYWORDS, "size": 2})

    first = sam.get("/bureau?tri=numero")
    second = sam.get(link_called("Suivants", first))

    assert (numbers_on(first), numbers_on(second)) == (
        [busy_desk["request"], busy_desk["urgent"]],
        [busy_desk["mine"]],
    )
    assert numbers_on(sam.get(link_called("Précédents", second))) == numbers_on(first)


KEYWORDS = dict(ticket_queries.list_tickets.__kwdefaults__ or {})


def link_called(words: str, page: Page) -> str:
    return next(link.get("href", "") for link in page.tree.iter("a") if text_of(link) == words)


def test_reading_writes_nothing(sam: Browser, stored: Callable[[], int], busy_desk: dict[str, int]):
    before = stored()

    sam.get("/bureau?vue=tous")
    sam.get(f"/bureau/tickets/{busy_desk['mine']}")

    assert stored() == before


def test_the_desk_says_that_mails_are_held(sam: Browser, portal: Portal, cast: Cast):
    before = sam.get("/bureau")
    with portal.database.command() as connection:
        hold_mails(connection, now=cast.clock(), reason="after a restore")

    after = sam.get("/bureau")

    assert "Aucun mail ne part" not in before.html
    assert "Aucun mail ne part depuis le 02/11/2026" in after.html
