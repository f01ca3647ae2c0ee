"""Edges, sizes and colours, in new and old browsers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, ViewportSize
from tests.browser.old_browser import NO_HAS_SCRIPT, as_old_browser
from tests.browser.page_loads import arrive_at
from tests.browser.served import serving_here
from tests.cast import PASSWORD, Cast, Clock
from tests.openings import incidents_in_every_state, open_incident, open_request
from tests.stage import Stage
from tests.web.applications import application

import izarlink_tickets
from izarlink_tickets.application import Portal
from izarlink_tickets.domain.vocabulary import State

STYLES = Path(izarlink_tickets.__file__).parent / "web/static/app.css"
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
WIDTHS = (320, 390, 600, 768, 900, 1024, 1280, 1600)
# The first line of each page, its heading, and its main box.
LEFT_EDGES = """() => ["h1", ".ticket-list, .ticket-form, .ticket-head"].map(
  selector => Math.round(document.querySelector(selector).getBoundingClientRect().left))"""
CARDS = """() => [...document.querySelectorAll(".own-list tbody tr")].map(card => {
  const box = card.getBoundingClientRect();
  return { top: box.top + scrollY, height: box.height };
})"""
LOOK = """selector => {
  const style = getComputedStyle(document.querySelector(selector));
  return { ground: style.backgroundColor, border: style.borderTopWidth, edge: style.borderTopColor };
}"""
# How each state's sign is drawn: by borders, which forced colours keep.
SIGNS = """() => Object.fromEntries([...document.querySelectorAll(".own-list .state")].map(state => {
  const style = getComputedStyle(state, "::before");
  return [state.className, `${style.borderWidth}|${style.borderRadius} ${style.transform} ${style.width}`];
}))"""
# In how many lines the last name stands once the account has a long one.
LINES_OF_LAST_NAME = """name => {
  name.textContent = "Charlie Mendiboure";
  const word = document.createRange();
  word.setStart(name.firstChild, "Charlie ".length);
  word.setEnd(name.firstChild, name.textContent.length);
  return word.getClientRects().length;
}"""
HEIGHT_OF_MARK = """row => {
  const link = row.querySelector(".ticket-title a");
  row.closest("table").classList.remove("with-services");
  row.classList.add("is-unread");
  link.textContent = "Débit ".repeat(20);
  link.insertAdjacentHTML("afterend", "<strong class=badge>Non lu</strong>");
  return link.nextSibling.offsetHeight;
}"""
CUT_OFF = "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.innerText)"
HINT_TOPS = "hints => hints.map(hint => hint.getBoundingClientRect().top)"
# Of a name in a few lines of twice the size.
LOW_PIXELS = 200
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE = "options => axe.run(document, options).then(results => results.violations.map(one => one.id))"


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def tickets(portal: Portal, cast: Cast) -> list[int]:
    """Open tickets in every state, and one with a long title."""
    numbers = incidents_in_every_state(portal, cast)
    title = "La visioconférence se fige et le son se coupe dès que l’agence de Bordeaux récupère nos photos de produits"
    return [*numbers, open_incident(portal, cast, title=title), open_request(portal, cast)]


@pytest.fixture
def address(portal: Portal, clock: Clock, tickets: list[int]) -> Iterator[str]:
    with serving_here(application(portal, clock)) as address:
        yield address


@pytest.fixture
def viewer() -> str:
    return "alice"


@pytest.fixture
def page(browser: Browser, address: str, cast: Cast, viewer: str) -> Page:
    page = browser.new_context(locale="fr-FR", base_url=address, viewport=PHONE).new_page()
    sign_in(page, cast[viewer].email)
    return page


def sign_in(page: Page, email: str) -> None:
    page.goto("/connexion")
    page.get_by_label("Identifiant").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    arrive_at(page, "Créer un ticket")


def edges_of(page: Page, path: str, width: int) -> list[int]:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    edges: list[int] = page.evaluate(LEFT_EDGES)
    return edges


@pytest.mark.parametrize("width", WIDTHS)
def test_list_ticket_and_form_begin_at_the_same_left_edge(page: Page, width: int):
    paths = ("/tickets", "/tickets/1", "/tickets/nouveau")

    edges = {edge for path in paths for edge in edges_of(page, path, width)}

    assert len(edges) == 1


@pytest.mark.parametrize("viewer", ["alice", "bob"])
def test_a_phone_shows_a_ticket_at_once_and_low_cards(page: Page):
    page.goto("/tickets")

    cards = page.evaluate(CARDS)

    assert cards[0]["top"] < 400
    assert [card for card in cards if card["height"] > 120] == []


@pytest.mark.parametrize("viewport", [PHONE, NARROWEST])
def test_a_long_name_breaks_between_its_words(page: Page, viewport: ViewportSize):
    page.set_viewport_size(viewport)

    assert page.locator(".account-name bdi").evaluate(LINES_OF_LAST_NAME) == 1


def test_a_mark_beside_a_title_of_two_lines_keeps_one_line(page: Page):
    page.set_viewport_size(NARROWEST)
    page.goto("/tickets")

    assert page.locator(".own-list tbody tr").first.evaluate(HEIGHT_OF_MARK) < 30


def test_the_narrowest_phone_shows_whole_references(page: Page):
    page.set_viewport_size(NARROWEST)
    page.goto("/connexions")

    assert page.locator(".own-services td").evaluate_all(CUT_OFF) == []


def test_the_narrowest_phone_shows_whose_portal_it_is_before_sign_in(browser: Browser, address: str):
    page = browser.new_context(locale="fr-FR", base_url=address, viewport=NARROWEST).new_page()
    page.goto("/connexion")

    assert page.locator(".brand span").evaluate("name => name.offsetWidth") > 1


def test_hints_of_choices_beside_each_other_have_one_height(page: Page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/tickets/nouveau")

    tops = page.locator(".choice > .hint").evaluate_all(HINT_TOPS)

    assert len(tops) == 2
    assert tops[0] == tops[1]


def test_the_search_button_is_beneath_the_filters(page: Page):
    page.goto("/tickets")
    page.get_by_text("Filtres", exact=True).click()
    boxes = [
        box["y"]
        for element in (page.get_by_label("Catégorie"), page.get_by_role("button", name="Rechercher"))
        if (box := element.bounding_box())
    ]

    page.get_by_label("Catégorie").select_option("FACTURATION")
    page.get_by_label("Trier par").select_option("titre")
    page.get_by_role("button", name="Rechercher").click()
    page.wait_for_url("**tri=titre**")

    assert boxes == sorted(boxes)
    assert page.locator(".own-list tbody tr").count() == 1


def test_the_form_stands_beside_the_open_tickets(page: Page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/tickets/nouveau")

    form, aside = page.locator(".ticket-form").bounding_box(), page.locator(".form-aside").bounding_box()

    assert form
    assert aside
    assert aside["x"] >= form["x"] + form["width"]
    assert page.locator(".open-tickets li").count() == 5


def test_each_state_has_a_sign_of_its_own_in_forced_colours(page: Page):
    page.emulate_media(forced_colors="active")
    page.goto("/tickets")

    signs = page.evaluate(SIGNS)

    assert len(signs) == len(State)
    assert len(set(signs.values())) == len(State)
    assert [state for state, sign in signs.items() if re.fullmatch(r"(0px ?)+\|.*", sign)] == []


def test_a_high_urgency_has_a_sign_and_none_is_not_repeated(page: Page):
    page.goto("/tickets")

    urgencies = [text.replace("\xa0", " ") for text in page.locator(".urgency-cell").all_inner_texts()]

    unseen = page.locator(".urgency-cell .unseen").first
    assert "▲ Haute" in urgencies
    assert unseen.inner_text() == "Sans objet"
    assert unseen.evaluate("span => span.offsetWidth") == 1


@pytest.mark.parametrize("path", ["/tickets", "/tickets/nouveau", "/tickets/3"])
def test_text_of_twice_the_size_stays_within_the_page(page: Page, path: str):
    page.goto(path)
    page.evaluate("document.documentElement.style.fontSize = '200%'")

    assert page.evaluate("document.scrollingElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.locator(".account-name").evaluate("name => name.offsetHeight") < LOW_PIXELS


def test_the_dark_colours_are_the_same_twice():
    dark = re.findall(r"color-scheme: dark;\n(.*?)\n\s*\}", STYLES.read_text(), re.DOTALL)

    assert len(dark) == 2
    assert dark[0] == dark[1]


@pytest.fixture
def old_page(browser: Browser, address: str, cast: Cast, request: pytest.FixtureRequest) -> Page:
    """Return a page of a browser without light-dark(), :has() and such."""
    context = browser.new_context(locale="fr-FR", base_url=address, color_scheme=request.param)
    context.add_init_script(NO_HAS_SCRIPT)
    context.route("**/app.css", serve_old)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    sign_in(page, cast["alice"].email)
    return page


def serve_old(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=as_old_browser(answer.text()))


@pytest.mark.parametrize(
    ("old_page", "paper", "button"),
    [("light", "rgb(247, 246, 243)", "rgb(11, 107, 111)"), ("dark", "rgb(20, 25, 31)", "rgb(98, 199, 198)")],
    indirect=["old_page"],
)
def test_colours_borders_and_buttons_stand_in_an_old_browser(old_page: Page, paper: str, button: str):
    violations = {}
    for path in ("/tickets", "/tickets/nouveau", "/tickets/3", "/aide"):
        old_page.goto(path)
        old_page.evaluate(Axe().axe_script)
        violations[path] = old_page.evaluate(RUN_AXE, {"runOnly": RULES, "resultTypes": ["violations"]})
    old_page.goto("/tickets/nouveau")
    body, send, field = (old_page.evaluate(LOOK, selector) for selector in ("body", ".actions button", "#title"))

    assert {path: found for path, found in violations.items() if found} == {}
    assert (body["ground"], send["ground"]) == (paper, button)
    assert field["border"] == "1px"
    assert field["edge"] not in {paper, field["ground"]}


@pytest.mark.parametrize("old_page", ["light"], indirect=True)
def test_an_old_browser_shows_the_categories_of_both_types(old_page: Page):
    old_page.goto("/tickets/nouveau")

    assert old_page.get_by_text("Pour un incident").is_visible()
    assert old_page.get_by_label("Facturation").is_visible()
