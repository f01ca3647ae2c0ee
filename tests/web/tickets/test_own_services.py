"""« Mes connexions », and services in the list and the form."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from tests.cast import ETXEA, Cast, new_service
from tests.web.browsing import Browser, Page, text_of
from tests.web.tickets.filling import ticket

from izarlink_tickets.application import Portal
from izarlink_tickets.directory import ServiceRecord
from izarlink_tickets.projections.ticket_queries import list_tickets
from izarlink_tickets.web.tickets import list_page, own_services

FORTY = 40
INCIDENT = {
    "ticket_type": "INCIDENT",
    "category": "COUPURE_TOTALE",
    "urgency": "4",
    "title": "Plus rien à Lyon",
    "description": "Depuis ce matin.",
    "similar": "",
}


def rows_of(page: Page) -> list[list[str]]:
    return [[text_of(cell) for cell in row.iter("td")] for row in page.tree.findall(".//tbody/tr")]


def titles(page: Page) -> list[str]:
    return [text_of(link) for link in page.tree.findall(".//td[@class='ticket-title']/a")]


def hrefs(page: Page, words: str) -> list[str]:
    main = page.tree.find(".//main")
    assert main is not None
    return [link.get("href", "") for link in main.iter("a") if text_of(link).startswith(words)]


@pytest.fixture
def shop(portal: Portal, cast: Cast) -> ServiceRecord:
    """Add a second service of alice's company."""
    return new_service(
        portal,
        cast.clock(),
        reference="SDSL-00112",
        organisation_name=ETXEA,
        label="Boutique des halles",
        site="Lyon 3e",
        offer="SDSL 8M",
    )


@pytest.fixture
def forty(portal: Portal, cast: Cast) -> list[ServiceRecord]:
    """Add forty services of alice's company, each at a site."""
    return [
        new_service(
            portal,
            cast.clock(),
            reference=f"FTTH-{100 + place}",
            organisation_name=ETXEA,
            label=f"Agence {place}",
            site=f"Ville{place}",
        )
        for place in range(FORTY)
    ]


# --- Mes connexions ---------------------------------------------------------------------------------------------------


def test_each_service_has_its_texts_and_open_tickets(
    alice: Browser, open_ticket: Callable[..., int], shop: ServiceRecord
):
    open_ticket(service_id=shop.id)
    open_ticket(service_id=shop.id)
    open_ticket()

    page = alice.get("/connexions")

    assert page.heading == "Mes connexions"
    assert rows_of(page) == [
        ["FTTO-00417", "Fibre du fournil", "", "", "0", "Signaler un incident sur FTTO-00417"],
        [
            "SDSL-00112",
            "Boutique des halles",
            "Lyon 3e",
            "SDSL 8M",
            "2 pour SDSL-00112",
            "Signaler un incident sur SDSL-00112",
        ],
    ]
    assert hrefs(page, "2") == ["/tickets?service=SDSL-00112"]


def test_open_tickets_are_those_that_the_viewer_sees(
    portal: Portal, cast: Cast, browser_of: Callable[[str], Browser], open_ticket: Callable[..., int]
):
    number = open_ticket("bob", service_id=cast.fibre.id)
    open_ticket("alice", service_id=cast.fibre.id)
    finished = open_ticket("bob", service_id=cast.fibre.id)
    portal.tickets.cancel(cast.context("bob"), number=finished, reason="")
    portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)

    counts = {name: rows_of(browser_of(name).get("/connexions"))[0][4] for name in ("alice", "bob", "carol")}

    assert counts == {
        "alice": "1 pour FTTO-00417",
        "bob": "2 pour FTTO-00417",
        "carol": "1 pour FTTO-00417",
    }


def test_many_open_tickets_are_not_all_counted(
    monkeypatch: pytest.MonkeyPatch, cast: Cast, bob: Browser, open_ticket: Callable[..., int]
):
    monkeypatch.setattr(own_services, "MAX_OPEN", 1)
    open_ticket(service_id=cast.fibre.id)
    open_ticket(service_id=cast.fibre.id)

    assert rows_of(bob.get("/connexions"))[0][4] == "1+ pour FTTO-00417"


def test_a_report_has_its_service_and_type(alice: Browser, shop: ServiceRecord):
    (_first, url) = hrefs(alice.get("/connexions"), "Signaler un incident")

    form = alice.get(url)

    chosen = [text_of(option) for option in form.field("service").iter("option") if option.get("selected") is not None]
    assert url == "/tickets/nouveau?service=SDSL-00112"
    assert chosen == ["SDSL-00112 – Boutique des halles – Lyon 3e"]
    checked = [element.get("value") for element in form.tree.iter("input") if element.get("checked") is not None]
    assert checked == ["INCIDENT", "3"]


def test_another_company_s_service_is_not_preset(alice: Browser, shop: ServiceRecord):
    form = alice.get("/tickets/nouveau?service=FTTH-00981")

    assert [option for option in form.field("service").iter("option") if option.get("selected") is not None] == []


def test_the_navigation_leads_there_where_there_are_services(
    portal: Portal, cast: Cast, browser_of: Callable[[str], Browser]
):
    assert "Mes connexions" in browser_of("alice").get("/aide").words
    assert "Mes connexions" not in browser_of("sam").get("/aide").words


def test_few_services_need_no_search(alice: Browser, shop: ServiceRecord):
    assert "Rechercher" not in alice.get("/connexions").words


def test_many_services_are_searched(alice: Browser, forty: list[ServiceRecord]):
    assert "Rechercher" in alice.get("/connexions").words
    assert [row[0] for row in rows_of(alice.get("/connexions?q=ville7"))] == ["FTTH-107"]
    assert "Aucune connexion ne correspond." in alice.get("/connexions?q=nulle").words


# --- the page of a service --------------------------------------------------------------------------------------------


def test_a_service_has_its_history(
    portal: Portal,
    cast: Cast,
    browser_of: Callable[[str], Browser],
    open_ticket: Callable[..., int],
    shop: ServiceRecord,
):
    alice, bob = browser_of("alice"), browser_of("bob")
    closed = open_ticket(service_id=shop.id, title="Coupure au marché")
    portal.tickets.resolve(cast.context("sam"), number=closed, solution="Réparé.")
    open_ticket("bob", service_id=shop.id, title="Lenteur au marché")
    open_ticket(title="Ailleurs")

    own, company = alice.get("/connexions/sdsl-00112"), bob.get("/connexions/SDSL-00112")

    assert own.heading == "SDSL-00112 — Boutique des halles"
    assert titles(own) == ["Coupure au marché"]
    assert titles(company) == ["Lenteur au marché", "Coupure au marché"]
    assert "Lyon 3e" in own.words


def test_a_reference_with_a_slash_has_a_page(portal: Portal, cast: Cast, alice: Browser):
    new_service(portal, cast.clock(), reference="LY/3-12", organisation_name=ETXEA, label="Quai")

    assert alice.get("/connexions/LY/3-12").heading == "LY/3-12 — Quai"


def test_the_history_goes_on_from_page_to_page(
    monkeypatch: pytest.MonkeyPatch, cast: Cast, alice: Browser, open_ticket: Callable[..., int]
):
    for title in ("Premier", "Deuxième", "Troisième"):
        open_ticket(service_id=cast.fibre.id, title=title)
    monkeypatch.setattr(own_services, "list_tickets", lambda *given, **more: list_tickets(*given, size=2, **more))

    first = alice.get("/connexions/FTTO-00417")
    (older,) = hrefs(first, "Plus anciens")

    assert titles(first) == ["Troisième", "Deuxième"]
    assert titles(alice.get(older)) == ["Premier"]


def test_another_company_s_service_is_missing_as_an_unknown_one(alice: Browser):
    foreign, unknown = alice.get("/connexions/FTTH-00981"), alice.get("/connexions/FTTH-00000")

    assert (foreign.status, unknown.status) == (404, 404)
    assert foreign.words == unknown.words


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_services_of_those_who_have_several(
    cast: Cast, alice: Browser, open_ticket: Callable[..., int], shop: ServiceRecord
):
    open_ticket(service_id=shop.id, title="Au marché")
    open_ticket(title="Ailleurs")

    rows = rows_of(alice.get("/tickets"))

    assert [row[1] for row in rows] == ["Ailleurs", "Au marché SDSL-00112 – Lyon 3e"]


def test_a_customer_with_one_service_reads_nothing_of_it(cast: Cast, alice: Browser, open_ticket: Callable[..., int]):
    open_ticket(service_id=cast.fibre.id, title="Au fournil")

    page = alice.get("/tickets")

    assert "FTTO-00417" not in page.words
    assert "Service IzarLink concerné" not in page.words


@pytest.mark.parametrize("asked", ["SDSL-00112", "sdsl-00112", "id"])
def test_the_list_is_filtered_by_service(
    asked: str, alice: Browser, open_ticket: Callable[..., int], shop: ServiceRecord
):
    open_ticket(service_id=shop.id, title="Au marché")
    open_ticket(title="Ailleurs")

    page = alice.get(f"/tickets?service={shop.id if asked == 'id' else asked}&tri=titre")

    assert titles(page) == ["Au marché"]
    assert page.field("service").find(".//option[@selected]").get("value") == "SDSL-00112"  # type: ignore[union-attr]  # found


def test_the_company_role_filters_by_requester(cast: Cast, bob: Browser, open_ticket: Callable[..., int]):
    open_ticket("alice", title="D’Alice")
    open_ticket("carol", title="De Carol")

    page = bob.get(f"/tickets?demandeur={cast['carol'].id}")

    options = [text_of(option) for option in page.field("demandeur").iter("option")]
    assert titles(page) == ["De Carol"]
    assert options == ["Tous", "Alice Etcheverry", "Bob Etcheverry", "Carol Etcheverry"]


def test_only_the_company_role_filters_by_requester(cast: Cast, alice: Browser, open_ticket: Callable[..., int]):
    open_ticket("alice", title="D’Alice")

    page = alice.get(f"/tickets?demandeur={cast['carol'].id}")

    assert titles(page) == ["D’Alice"]
    assert "Carol" not in page.words


def test_a_stranger_s_account_filters_to_nothing(cast: Cast, bob: Browser, open_ticket: Callable[..., int]):
    open_ticket("charlie", title="De Charlie")

    assert titles(bob.get(f"/tickets?demandeur={cast['charlie'].id}")) == []


@pytest.mark.parametrize("name", ["alice", "bob"])
@pytest.mark.parametrize(
    "search",
    [
        "SDSL-00112",
        "00112",
        "112",
        "halles",
        "boutique",
        "lyon",
        "Lyon 3e",
        "sdsl lenteur",
        "boutiques",
        "lyon etat=NOUVEAU",
    ],
)
def test_a_search_finds_tickets_by_their_service(
    name: str,
    search: str,
    browser_of: Callable[[str], Browser],
    open_ticket: Callable[..., int],
    shop: ServiceRecord,
):
    open_ticket(service_id=shop.id, title="Lenteur le soir")
    open_ticket(title="Lenteur le matin")
    words, _, more = search.partition(" etat=")

    page = browser_of(name).get(f"/tickets?q={words.replace(' ', '+')}" + (f"&etat={more}" if more else ""))

    assert titles(page) == ["Lenteur le soir"]


def test_each_word_of_a_search_is_in_the_texts_or_the_service(
    alice: Browser, open_ticket: Callable[..., int], shop: ServiceRecord
):
    open_ticket(service_id=shop.id, title="Lenteur le soir")

    assert titles(alice.get("/tickets?q=halles+coupure")) == []


def test_a_requalified_ticket_is_found_by_its_new_service(
    portal: Portal, cast: Cast, alice: Browser, open_ticket: Callable[..., int], shop: ServiceRecord
):
    number = open_ticket(service_id=cast.fibre.id, title="Lenteur")
    portal.tickets.requalify(
        cast.context("sam"),
        number=number,
        ticket_type="INCIDENT",
        category="DEBIT",
        service_id=shop.id,
        urgency=4,
        impact=3,
    )

    assert titles(alice.get("/tickets?q=halles")) == ["Lenteur"]
    assert titles(alice.get("/tickets?q=fournil")) == []


def test_a_search_finds_no_other_company_s_services(
    portal: Portal, cast: Cast, charlie: Browser, alice: Browser, open_ticket: Callable[..., int]
):
    open_ticket("charlie", service_id=cast.line_of_mendi.id, title="Lenteur")

    assert titles(charlie.get("/tickets?q=atelier")) == ["Lenteur"]
    assert titles(alice.get("/tickets?q=atelier")) == []


def test_a_long_list_of_services_is_typed_in_the_filters(
    alice: Browser, open_ticket: Callable[..., int], forty: list[ServiceRecord]
):
    open_ticket(service_id=forty[7].id, title="En ville")

    one, several = alice.get("/tickets?service=ville7"), alice.get("/tickets?service=agence")

    assert titles(one) == ["En ville"]
    assert one.field("service").get("value") == "FTTH-107 – Agence 7 – Ville7"
    assert several.status == 422
    assert "Plusieurs services correspondent : choisissez-en un dans la liste." in several.words


def test_the_filters_suggest_some_of_very_many_services(
    alice: Browser, forty: list[ServiceRecord], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(list_page, "MAX_SUGGESTED", 7)

    page = alice.get("/tickets")

    suggestions = page.tree.find(".//datalist[@id='service-names']")
    assert suggestions is not None
    assert len(suggestions) == 7


def test_a_ticket_and_its_print_name_reference_and_site(
    alice: Browser, open_ticket: Callable[..., int], shop: ServiceRecord
):
    open_ticket(service_id=shop.id)

    facts = alice.get("/tickets/1").tree.find(".//dl[@class='panel ticket-facts']")

    # On paper only controls are hidden, not the facts.
    assert "SDSL-00112 – Boutique des halles – Lyon 3e" in text_of(facts)


# --- the form ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["FTTH-107 – Agence 7 – Ville7", "ftth-107", "ville7", "AGENCE 7 ville7"])
def test_a_service_among_many_is_typed(
    typed: str, portal: Portal, cast: Cast, alice: Browser, forty: list[ServiceRecord]
):
    answer = alice.send("/tickets/nouveau", {**INCIDENT, "service": typed, "command_id": str(uuid4())})

    assert answer.status == 303
    assert ticket(portal, cast["alice"].actor).service_id == forty[7].id


def test_a_service_that_nobody_knows_is_typed(portal: Portal, cast: Cast, alice: Browser, forty: list[ServiceRecord]):
    typed = {**INCIDENT, "service": "autre / je ne sais pas", "command_id": str(uuid4())}

    assert alice.send("/tickets/nouveau", typed).status == 303
    assert ticket(portal, cast["alice"].actor).service_id is None


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("quelque part", "Aucun de vos services ne correspond. Choisissez-en un dans la liste proposée."),
        ("agence 3", "Plusieurs services correspondent. Saisissez la référence de l’un d’eux : FTTH-103, FTTH-113"),
        ("FTTH-00981", "Aucun de vos services ne correspond. Choisissez-en un dans la liste proposée."),
    ],
)
def test_a_typed_service_that_is_not_one_comes_back(typed: str, error: str, alice: Browser, forty: list[ServiceRecord]):
    page = alice.send("/tickets/nouveau", {**INCIDENT, "service": typed, "command_id": str(uuid4())})

    assert page.status == 422
    assert error in page.words
    assert page.field("service").get("value") == typed


def test_many_services_are_suggested(alice: Browser, forty: list[ServiceRecord]):
    page = alice.get("/tickets/nouveau?service=FTTH-107")

    field = page.field("service")
    suggestions = page.tree.find(f".//datalist[@id='{field.get('list')}']")
    assert field.tag == "input"
    assert field.get("value") == "FTTH-107 – Agence 7 – Ville7"
    assert suggestions is not None
    assert len(suggestions) == FORTY + 2
