"""« Tickets »: the customer's list, its filters, orders and pages."""

from collections.abc import Callable
from functools import partial

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.application import Portal
from izarlink_tickets.domain.vocabulary import TicketType
from izarlink_tickets.projections import search_terms
from izarlink_tickets.projections.ticket_queries import list_tickets
from izarlink_tickets.web.tickets import list_page


def titles(page: Page) -> list[str]:
    return [text_of(link) for link in page.tree.findall(".//td[@class='ticket-title']/a")]


def links_of(page: Page, label: str) -> dict[str, str]:
    nav = page.tree.find(f".//nav[@aria-label='{label}']")
    assert nav is not None
    return {text_of(link): link.get("href", "") for link in nav.iter("a")}


def sorted_by(page: Page) -> list[tuple[str, str]]:
    return [(text_of(cell), cell.get("aria-sort", "")) for cell in page.tree.iter("th") if cell.get("aria-sort")]


def headings_of(page: Page) -> dict[str, str]:
    return {text_of(link): link.get("href", "") for link in page.tree.findall(".//th/a")}


@pytest.fixture
def three_tickets(portal: Portal, cast: Cast, open_ticket: Callable[..., int]) -> None:
    """Create two tickets of alice, one resolved, and one of bob."""
    open_ticket(title="Débit à Évry")
    number = open_ticket(title="Facture de mai", ticket_type=TicketType.REQUEST, category="FACTURATION", urgency=None)
    portal.tickets.resolve(cast.context("sam"), number=number, solution="Envoyée.")
    portal.tickets.add_internal_note(cast.context("sam"), number=number, text="Secret.")
    open_ticket("bob", title="Coupure à la boutique", category="COUPURE_TOTALE")


def test_the_list_shows_the_guide_s_columns(alice: Browser, three_tickets: None):
    page = alice.get("/tickets")

    assert page.heading == "Tickets"
    assert [text_of(cell) for cell in page.tree.iter("th")] == [
        "N°",
        "Titre",
        "Type et catégorie",
        "Urgence",
        "État",
        "Ouvert le",
        "Dernière activité",
    ]
    row = page.tree.findall(".//tbody/tr")[0]
    cells = [text_of(cell) for cell in row.iter("td")]
    assert cells[:5] == ["2", "Facture de mai Non lu", "Demande Administrative > Facturation", "Sans objet", "Résolu"]
    assert cells[5] == "02/11/2026"


def test_a_customer_sees_their_own(alice: Browser, three_tickets: None):
    page = alice.get("/tickets")

    assert titles(page) == ["Facture de mai", "Débit à Évry"]
    assert "Tous ceux de ma société" not in page.words


def test_the_states_are_links_with_counts(alice: Browser, three_tickets: None):
    states = links_of(alice.get("/tickets"), "États")

    of_states = ["Nouveau 1", "En cours 0", "En attente 0", "Résolu 1", "Clôturé 0", "Annulé 0"]
    assert list(states) == ["À faire de mon côté 1", "Tous 2", *of_states]
    assert titles(alice.get(states["Résolu 1"])) == ["Facture de mai"]


def test_the_company_role_chooses_between_mine_and_all(bob: Browser, three_tickets: None):
    everything = bob.get("/tickets")
    scopes = links_of(everything, "Portée")

    assert titles(everything) == ["Coupure à la boutique", "Facture de mai", "Débit à Évry"]
    assert "Demandeur : Alice Etcheverry" in everything.words
    assert list(scopes) == ["Mes tickets", "Tous ceux de ma société"]
    assert titles(bob.get(scopes["Mes tickets"])) == ["Coupure à la boutique"]
    assert links_of(bob.get(scopes["Mes tickets"]), "États")["Tous 1"] == "/tickets?portee=moi"


def test_only_the_company_role_has_a_scope(alice: Browser, three_tickets: None):
    assert titles(alice.get("/tickets?portee=societe")) == ["Facture de mai", "Débit à Évry"]


def test_another_company_sees_none(charlie: Browser, three_tickets: None):
    page = charlie.get("/tickets")

    assert titles(page) == []
    assert links_of(page, "États")["Tous 0"] == "/tickets"
    assert "Vous n’avez pas encore de ticket. Créer un ticket" in page.words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("etat=resolu", ["Facture de mai"]),
        ("etat=NOUVEAU", ["Débit à Évry"]),
        ("type=demande", ["Facture de mai"]),
        ("type=INCIDENT&etat=RESOLU", []),
        ("q=EVRY", ["Débit à Évry"]),
        ("q=debit+a", ["Débit à Évry"]),
        ("q=2", ["Facture de mai"]),
        ("q=n%C2%B0+1", ["Débit à Évry"]),
        ("q=%25", []),
        ("q=_", []),
        ("q=%27%3B+DROP", []),
        ("q=envoyee", ["Facture de mai"]),
        ("q=secret", []),
        ("categorie=debit", ["Débit à Évry"]),
        ("categorie=LENTEUR", []),
        ("service=00000000", []),
        ("du=2026-11-02&au=2026-11-02", ["Facture de mai", "Débit à Évry"]),
        ("du=2026-11-03", []),
        ("au=2026-11-01&q=debit", []),
        ("tri=numero", ["Débit à Évry", "Facture de mai"]),
        ("tri=-titre", ["Facture de mai", "Débit à Évry"]),
    ],
)
def test_the_url_filters_and_sorts(alice: Browser, three_tickets: None, query: str, expected: list[str]):
    assert titles(alice.get(f"/tickets?{query}")) == expected


@pytest.mark.parametrize(
    "query",
    [
        "etat=PERDU",
        "etat=%00",
        "etat=RESOLU%27",
        "type=x",
        "tri=__class__",
        "tri=-priorite%20desc",
        "portee=tous",
        "apres=x",
        "apres=%ED%A0%80",
        "avant=W10",
        "apres=W3RydWUsIDld",
        "apres=" + "A" * 3000,
        "page=-1",
        "etat=&q=&type=",
        "q=%00",
    ],
)
def test_an_unknown_parameter_or_value_is_ignored(alice: Browser, three_tickets: None, query: str):
    page = alice.get(f"/tickets?{query}")

    assert page.status == 200
    assert titles(page) == ["Facture de mai", "Débit à Évry"]


@pytest.mark.parametrize("query", ["etat=PERDU", "type=x", "tri=__class__", "portee=tous"])
def test_an_unknown_filter_is_flagged(alice: Browser, three_tickets: None, query: str):
    words = alice.get(f"/tickets?{query}").words

    assert "L’adresse contient un filtre ou un tri inconnu" in words


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("du=hier", "Saisissez une date valide, par exemple 22/11/2026."),
        ("au=2026-02-30", "Saisissez une date valide, par exemple 22/11/2026."),
        ("du=0001-01-01", "Saisissez une date valide, par exemple 22/11/2026."),
        ("au=9999-12-31", "Saisissez une date valide, par exemple 22/11/2026."),
        ("du=2026-W48", "Saisissez une date valide, par exemple 22/11/2026."),
        ("au=2026-W48-1", "Saisissez une date valide, par exemple 22/11/2026."),
        ("du=31/11/2026", "Saisissez une date valide, par exemple 22/11/2026."),
        ("du=2026-11-03&au=2026-11-02", "Le second jour ne peut pas précéder le premier."),
    ],
)
def test_an_invalid_day_comes_back_with_an_error(alice: Browser, three_tickets: None, query: str, error: str):
    page = alice.get(f"/tickets?{query}&q=debit")

    name, _, typed = query.rpartition("&")[2].partition("=")
    assert (page.status, page.title.startswith("Erreur")) == (422, True)
    assert text_of(page.tree.find(f".//p[@id='{name}-error']")) == error
    assert (page.value(name), page.value("q")) == (typed, "debit")
    assert page.tree.find(".//details[@open]") is not None


@pytest.mark.parametrize("typed", ["02/11/2026", "2/11/2026", "02.11.2026", " 02-11-2026 ", "2026-11-02"])
def test_a_day_is_read_as_the_screens_write_it(alice: Browser, three_tickets: None, typed: str):
    page = alice.get("/tickets", query_string={"du": typed})

    assert (page.status, page.value("du"), len(titles(page))) == (200, "2026-11-02", 2)


def test_every_link_keeps_the_filters(alice: Browser, three_tickets: None):
    page = alice.get("/tickets?q=debit&categorie=DEBIT&du=2026-11-01&tri=titre")

    filters = "q=debit&categorie=DEBIT&du=2026-11-01"
    assert links_of(page, "États")["Nouveau 1"] == f"/tickets?etat=NOUVEAU&{filters}&tri=titre"
    assert headings_of(page)["N°"] == f"/tickets?{filters}&tri=-numero"
    assert text_of(page.tree.find(".//select[@name='tri']/option[@selected]")) == "Titre"


def test_one_link_removes_the_filters(alice: Browser, three_tickets: None):
    assert 'href="/tickets">Enlever les filtres' in alice.get("/tickets?q=debit").html
    assert "Enlever les filtres" not in alice.get("/tickets").words


def test_a_search_that_finds_too_many_says_that_it_shows_the_newest(
    alice: Browser, three_tickets: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(search_terms, "MAX_FOUND", 1)
    monkeypatch.setattr(list_page, "MAX_FOUND", 1)

    page = alice.get("/tickets?q=de")

    assert titles(page) == ["Facture de mai"]
    assert "Au moins 1 tickets contiennent ces mots" in page.words


def test_the_first_of_a_repeated_parameter_is_used(alice: Browser, three_tickets: None):
    assert titles(alice.get("/tickets?etat=RESOLU&etat=NOUVEAU")) == ["Facture de mai"]


def test_a_search_that_is_too_long_is_cut(alice: Browser, three_tickets: None):
    page = alice.get("/tickets?q=" + "a" * 10_000)

    assert page.value("q") == "a" * 200
    assert "Aucun ticket ne correspond. Voir tous les tickets" in page.words


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5_000, "٣"])
def test_a_number_that_no_ticket_has_finds_none(alice: Browser, three_tickets: None, number: str):
    assert titles(alice.get(f"/tickets?q={number}")) == []


def test_a_heading_sorts_and_reverses(alice: Browser, three_tickets: None):
    page = alice.get("/tickets")

    by_title = alice.get(headings_of(page)["Titre"])
    turned = alice.get(headings_of(by_title)["Titre"])

    assert sorted_by(page) == [("Dernière activité", "descending")]
    assert (sorted_by(by_title), titles(by_title)) == ([("Titre", "ascending")], ["Débit à Évry", "Facture de mai"])
    assert (sorted_by(turned), titles(turned)) == ([("Titre", "descending")], ["Facture de mai", "Débit à Évry"])


def test_a_page_has_fifty_tickets_and_links_to_its_neighbours(alice: Browser, open_ticket: Callable[..., int]):
    numbers = [open_ticket(title=f"Ticket {nth:02}") for nth in range(52)]

    first = alice.get("/tickets?tri=-numero")
    second = alice.get(links_of(first, "Pages")["Plus anciens"])
    back = alice.get(links_of(second, "Pages")["Plus récents"])

    assert (len(titles(first)), titles(second)) == (50, ["Ticket 01", "Ticket 00"])
    assert list(links_of(first, "Pages")) == ["Plus anciens"]
    assert list(links_of(second, "Pages")) == ["Plus récents"]
    assert titles(back) == titles(first)
    assert len(numbers) == 52


@pytest.mark.usefixtures("three_tickets")
@pytest.mark.parametrize(
    ("order", "before", "after"),
    [
        ("-activite", "Plus récents", "Plus anciens"),
        ("ouverture", "Plus anciens", "Plus récents"),
        ("titre", "Précédents", "Suivants"),
        ("-etat", "Précédents", "Suivants"),
    ],
)
def test_links_to_other_pages_fit_the_order(
    alice: Browser, monkeypatch: pytest.MonkeyPatch, order: str, before: str, after: str
):
    monkeypatch.setattr(list_page, "list_tickets", partial(list_tickets, size=1))

    first = alice.get(f"/tickets?tri={order}")
    second = alice.get(links_of(first, "Pages")[after])

    assert list(links_of(second, "Pages")) == [before]
    assert sorted(titles(first) + titles(second)) == ["Débit à Évry", "Facture de mai"]


@pytest.mark.parametrize(("name", "place"), [("sam", "/bureau"), ("root", "/bureau"), ("ada", "/audit")])
def test_staff_and_auditors_are_redirected_to_their_lists(browser_of: Callable[[str], Browser], name: str, place: str):
    assert browser_of(name).get("/tickets").location == place
