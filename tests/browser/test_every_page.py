"""Accessibility and size of every page that links lead to, by role."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, FilePayload, Page, ViewportSize, expect
from tests.browser.served import Served, serving
from tests.ports import free_port

from izarlink_tickets import demo as demonstration

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 700}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A page without its icon, which is one more request of 0.9 KiB, and without the thumbnails of its files, which load
# lazily after it: as many as people have attached, each of its own limit.
MAX_BYTES, MAX_REQUESTS = 29 * 1024, 3
MAX_THUMBNAIL_BYTES = 24 * 1024
# Parts of a path in which pages of one kind differ: numbers, ids, codes, and the values of filters and orders.
VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+|[A-Z]{4,}[A-Z_]*|(?<==).*")
# Pages that are the same for everybody; alice's walk covers them.
COMMON = re.compile(r"/(nulle-part|aide|accessibilite|connexion|mot-de-passe/.*|-/boite-aux-lettres|profil/.+)")
NO_PAGES = re.compile(r"/pieces/|/export|mailto:|tel:|#")
AXE = Axe()
RUN_AXE = "options => axe.run(document, options).then(results => results.violations)"
# What a finger aims at, by its shortest line; what is hidden or one pixel small is aimed at through its label.
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")].flatMap(
  element => [...element.getClientRects()].filter(box => box.width > 1 && box.height > 1 && box.height < 24)
    .map(box => `${element.tagName} ${element.innerText || element.name} ${box.height}`))"""
STATES = ("NOUVEAU", "EN_COURS", "EN_ATTENTE", "RESOLU", "CLOTURE", "ANNULE")
# Pages that an administrator's desk shares with support's.
SUPPORT = re.compile(r"/bureau/(mails|raccourcis|textes.*)|/tickets/.+")
KNOWN: dict[str, list[re.Pattern[str]]] = {"": [], "alice": [], "root": [COMMON, SUPPORT]}
# The lowest number of kinds of pages for each visitor: an empty walk must not pass.
PAGES = {"": 6, "alice": 15, "bob": 8, "denis": 4, "sam": 14, "root": 22, "ada": 7}


@dataclass
class Findings:
    """Problems by page. seen: the kinds of pages visited."""

    seen: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def add(self, path: str, what: str) -> None:
        self.wrong.append(f"{path}: {what}")


@dataclass
class Traffic:
    """Requests and bytes of a navigation, counted by the browser."""

    session: CDPSession
    requests: int = 0
    bytes: int = 0
    icons: set[str] = field(default_factory=set)
    thumbnails: set[str] = field(default_factory=set)
    largest_thumbnail: int = 0

    def __post_init__(self) -> None:
        self.session.send("Network.enable")
        self.session.on("Network.requestWillBeSent", self._begun)
        self.session.on("Network.loadingFinished", self._finished)

    def forget(self) -> None:
        self.settle()
        self.requests = self.bytes = 0

    def settle(self) -> None:
        """Receive all events so far, which precede the answer."""
        self.session.send("Network.enable")

    def _begun(self, request: dict[str, Any]) -> None:
        # The icon loads at any time after the page.
        if request["request"]["url"].endswith("favicon.svg"):
            self.icons.add(request["requestId"])
        if "/apercus/" in request["request"]["url"]:
            self.thumbnails.add(request["requestId"])

    def _finished(self, loaded: dict[str, Any]) -> None:
        if loaded["requestId"] in self.thumbnails:
            self.largest_thumbnail = max(self.largest_thumbnail, int(loaded["encodedDataLength"]))
        elif loaded["encodedDataLength"] and loaded["requestId"] not in self.icons:
            self.requests += 1
            self.bytes += int(loaded["encodedDataLength"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("demo")
    with serving(folder, database_url=f"sqlite:///{folder / 'izarlink.db'}", smtp_port=free_port()) as served:
        served.command("demo", "load")
        yield served


@pytest.fixture
def page(browser: Browser, demo: Served) -> Page:
    return browser.new_context(locale="fr-FR", base_url=demo.address, viewport=WIDE).new_page()


def sign_in(page: Page, name: str) -> None:
    page.goto("/connexion")
    enter_credentials(page, name)
    page.wait_for_url(re.compile(r"^(?!.*/connexion)"))


def enter_credentials(page: Page, name: str) -> None:
    character = next(person for person in demonstration.demo_people() if person.email.startswith(f"{name}@"))
    page.get_by_label("Identifiant").fill(character.email)
    password = demonstration.PASSWORD if character.has_signed_in else demonstration.FIRST_PASSWORD
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()


def walk(page: Page, starts: list[str], known: list[re.Pattern[str]]) -> Findings:
    """Visit one page of each kind, except the known kinds."""
    findings, traffic = Findings(), Traffic(page.context.new_cdp_session(page))
    waiting = list(starts)
    while waiting:
        path = waiting.pop(0)
        kind = VARIABLE.sub("N", path)
        if kind in findings.seen or any(pattern.fullmatch(kind) for pattern in known):
            continue
        findings.seen.add(kind)
        look(page, path, traffic, findings)
        waiting += links_of(page)
    return findings


def links_of(page: Page) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href^='/']", "links => links.map(link => link.getAttribute('href'))")
    return [href.split("#")[0] for href in hrefs if not NO_PAGES.search(href.split("#")[0])]


def look(page: Page, path: str, traffic: Traffic, findings: Findings) -> None:
    page.goto("about:blank")
    traffic.session.send("Network.clearBrowserCache")
    traffic.forget()
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    answer = page.goto(path, wait_until="load")
    traffic.settle()
    if answer is None or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        findings.add(path, f"answers {answer and answer.status}")
    if traffic.requests > MAX_REQUESTS or traffic.bytes > MAX_BYTES:
        findings.add(path, f"{traffic.requests} requests, {traffic.bytes} bytes cold")
    traffic.forget()
    page.goto(path, wait_until="load")
    traffic.settle()
    if traffic.largest_thumbnail > MAX_THUMBNAIL_BYTES:
        findings.add(path, f"a thumbnail of {traffic.largest_thumbnail} bytes")
    if traffic.requests != 1:
        findings.add(path, f"{traffic.requests} requests warm")
    examine(page, path, findings)


def examine(page: Page, path: str, findings: Findings) -> None:
    """Check with axe, wide and light, then narrow and dark."""
    page.wait_for_load_state()
    # Axe().run would load it for each width and return all that passed, in twice the time.
    page.evaluate(AXE.axe_script)
    run_axe(page, f"{path} (wide, light)", findings)
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    run_axe(page, f"{path} (narrow, dark)", findings)
    for target in page.evaluate(SMALL_TARGETS):
        findings.add(path, f"less than 24 pixels high in 320: {target}")
    too_wide = page.evaluate("document.scrollingElement.scrollWidth > document.documentElement.clientWidth")
    if too_wide:
        findings.add(path, "scrolls sideways in 320 pixels")
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def run_axe(page: Page, place: str, findings: Findings) -> None:
    for violation in page.evaluate(RUN_AXE, {"runOnly": RULES, "resultTypes": ["violations"]}):
        nodes = [node["html"][:120] for node in violation["nodes"][:2]]
        findings.add(place, f"{violation['id']}: {violation['help']} {nodes}")


@pytest.mark.parametrize("name", PAGES)
def test_every_linked_page_is_accessible_and_light(page: Page, name: str):
    starts = ["/", "/aide", "/nulle-part", "/tickets/99999"]
    if name:
        sign_in(page, name)
        starts += [f"/tickets?etat={state}" for state in STATES]

    findings = walk(page, starts, KNOWN.get(name, [COMMON]))

    assert not findings.wrong, "\n".join(findings.wrong)
    assert len(findings.seen) >= PAGES[name]


def test_a_ticket_in_every_state_is_accessible(page: Page):
    sign_in(page, "alice")
    findings = Findings()
    for state in STATES:
        page.goto(f"/tickets?etat={state}&portee=moi")
        page.locator(".ticket-title a").first.click()
        page.wait_for_url("**/tickets/*")
        examine(page, f"a ticket {state}", findings)

    assert not findings.wrong, "\n".join(findings.wrong)


def test_refused_forms_are_accessible(page: Page):
    sign_in(page, "alice")
    findings = Findings()
    for path, button in (
        ("/tickets/nouveau", "Envoyer"),
        ("/profil/mot-de-passe", "Enregistrer"),
        ("/tickets?du=hier", "Rechercher"),
    ):
        page.goto(path)
        page.get_by_role("button", name=button, exact=True).click()
        page.locator(".error-summary").wait_for()
        examine(page, f"{path} refused", findings)
    page.get_by_role("link", name="attendent votre action").click()
    page.locator("tr", has_text="Résolu").get_by_role("link").first.click()
    page.get_by_text("Le problème persiste", exact=True).click()
    page.get_by_role("button", name="Confirmer : refuser la solution").click()
    page.locator(".error-summary").wait_for()
    examine(page, "a refusal without its reason", findings)

    assert not findings.wrong, "\n".join(findings.wrong)


def fill_in(page: Page) -> None:
    page.goto("/tickets/nouveau")
    page.get_by_label("Demande", exact=True).check()
    page.get_by_label("Service IzarLink concerné").select_option("autre")
    page.get_by_label("Information", exact=True).check()
    page.get_by_label("Titre").fill("Horaires de décembre")
    page.get_by_label("Description").fill("Quels sont vos horaires ?")


def a_draft_comes_back_without_its_files(page: Page, findings: Findings) -> None:
    program: FilePayload = {"name": "outil.exe", "mimeType": "application/x-msdownload", "buffer": b"x"}
    picture: FilePayload = {"name": "vitrine.png", "mimeType": "image/png", "buffer": b"x"}
    fill_in(page)
    page.locator("[type=file]").set_input_files([program, picture])
    page.reload()
    page.get_by_text(re.compile(r"À joindre de nouveau\s: vitrine\.png\.")).wait_for()
    page.locator("[type=file]").set_input_files([program, picture])
    examine(page, "a draft, and a file of a wrong type", findings)
    page.get_by_role("button", name="Retirer outil.exe").click()


def end_all_sessions(demo: Served) -> None:
    with closing(sqlite3.connect(Path(demo.environment["IZARLINK_DATA_DIR"]) / "izarlink.db")) as database, database:
        database.execute("DELETE FROM sessions")


def a_text_comes_back_after_its_session_was_lost(page: Page, demo: Served, findings: Findings) -> None:
    end_all_sessions(demo)
    page.set_extra_http_headers({"Accept-Language": "en"})
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_text("Your session has expired").wait_for()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("main")).to_be_focused()
    page.set_extra_http_headers({"Accept-Language": "fr"})
    page.get_by_role("button", name="Sign in").click()
    page.locator(".error-summary").wait_for()
    examine(page, "a session lost, and no password", findings)
    enter_credentials(page, "alice")
    page.get_by_role("button", name="Reprendre mon texte").click()
    page.get_by_text("Voici votre texte").wait_for()
    examine(page, "the restored text", findings)
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_text("est enregistré").wait_for()


def a_form_comes_back_because_of_a_similar_ticket(page: Page, findings: Findings) -> None:
    fill_in(page)
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_text("Un ticket semblable est déjà ouvert").wait_for()
    examine(page, "a similar ticket", findings)


def test_restored_forms_are_accessible(page: Page, demo: Served):
    findings = Findings()
    sign_in(page, "alice")

    a_draft_comes_back_without_its_files(page, findings)
    a_text_comes_back_after_its_session_was_lost(page, demo, findings)
    a_form_comes_back_because_of_a_similar_ticket(page, findings)

    assert not findings.wrong, "\n".join(findings.wrong)
