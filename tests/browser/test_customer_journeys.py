"""A customer's journey by keyboard alone, with scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect
from tests.browser.chromium import NARROW, WIDE
from tests.browser.page_loads import arrive_at, see
from tests.browser.served import serving_here
from tests.cast import ETXEA, Cast, Clock
from tests.stage import Stage
from tests.web.applications import application

from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.database import StorageFull
from izarlink_tickets.domain.vocabulary import Role

NEWCOMER = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA)
CHOSEN_PASSWORD = "quatre chevaux jaunes 88"
TABS_AT_MOST = 40

FOCUSED = r"""() => {
  const element = document.activeElement;
  return [...(element.labels ?? []), element].map((named) => named.innerText).join(" ").replace(/\s+/g, " ").trim();
}"""
COPY_PICTURE = """() => new Promise((done) => {
  const canvas = document.createElement("canvas");
  canvas.toBlob(async (picture) => {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
    done();
  });
})"""
DROP = """(form, names) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["2 Mbit/s"], name, { type: "text/plain" }));
  form.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def log_file(name: str, size: int) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": b"a" * size}


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def address(portal: Portal, clock: Clock) -> Iterator[str]:
    with serving_here(application(portal, clock)) as address:
        yield address


@pytest.fixture(params=[WIDE, NARROW], ids=["wide and light", "narrow and dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Page:
    context = browser.new_context(locale="fr-FR", **request.param)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    # With a listener, no real file chooser opens.
    page.on("filechooser", lambda _: None)
    return page


def focus_on(page: Page, name: str) -> None:
    """Press Tab until the focused element's name starts or ends so."""
    page.wait_for_load_state()
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        focused = str(page.evaluate(FOCUSED))
        if focused.startswith(name) or focused.endswith(name):
            return
    raise AssertionError(f"no way by Tab to {name} on {page.url}")


def write(page: Page, name: str, text: str) -> None:
    focus_on(page, name)
    page.keyboard.type(text)


def press(page: Page, name: str) -> None:
    focus_on(page, name)
    page.keyboard.press("Enter")


def choose_files(page: Page, *files: FilePayload) -> None:
    focus_on(page, "Choisir des fichiers")
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Enter")
    choosing.value.set_files(files)


def wait_for_drafts(page: Page, count: int) -> None:
    page.wait_for_function("count => localStorage.length === count", arg=count)


def sign_in_first_time(page: Page, password: str) -> None:
    write(page, "Identifiant", NEWCOMER.email)
    write(page, "Mot de passe", password)
    press(page, "Afficher")
    expect(page.get_by_label("Mot de passe", exact=True)).to_have_attribute("type", "text")
    expect(page.get_by_role("button", name="Masquer")).to_have_attribute("aria-pressed", "true")
    press(page, "Se connecter")
    arrive_at(page, "Choisissez votre mot de passe")
    write(page, "Nouveau mot de passe", CHOSEN_PASSWORD)
    write(page, "Confirmer le mot de passe", CHOSEN_PASSWORD)
    page.keyboard.press("Enter")
    arrive_at(page, "Vérifiez vos informations")
    press(page, "Valider mes informations")
    arrive_at(page, "Créer un ticket")


def a_draft_can_be_deleted(page: Page) -> None:
    write(page, "Titre", "Débit")
    page.reload()
    press(page, "Effacer")
    expect(page.get_by_label("Titre")).to_be_focused()
    expect(page.get_by_label("Titre")).to_have_value("")
    wait_for_drafts(page, 0)


def a_draft_survives_a_closed_tab(page: Page) -> None:
    page.reload()
    choose_files(page, log_file("photo.log", 1_500))
    page.reload()
    expect(page.get_by_text("Brouillon restauré")).to_contain_text("photo.log")
    page.get_by_role("button", name="Effacer").click()
    focus_on(page, "Incident")
    page.keyboard.press("Space")
    focus_on(page, "Coupure totale")
    page.keyboard.press("ArrowUp")
    write(page, "Titre", "Débit à 2 Mbit/s")
    write(page, "Description", "Depuis ce ")
    choose_files(page, log_file("mesure.log", 1_500))
    leave_and_come_back_at_once(page, "matin.")
    expect(page.get_by_text("Brouillon restauré")).to_contain_text(re.compile(r"À joindre de nouveau\s: mesure\.log\."))
    expect(page.get_by_label("Débit", exact=True)).to_be_checked()
    expect(page.get_by_label("Description")).to_have_value("Depuis ce matin.")


def leave_and_come_back_at_once(page: Page, last_words: str) -> None:
    """Type, leave and come back in a slow browser.

    By itself it would restore an earlier state of the form.
    """
    processor = page.context.new_cdp_session(page)
    processor.send("Emulation.setCPUThrottlingRate", {"rate": 8})
    page.wait_for_timeout(1_200)
    page.get_by_label("Description").focus()
    page.keyboard.type(last_words)
    page.goto("about:blank")
    page.go_back()
    processor.detach()


def files_are_checked_before_the_upload(page: Page) -> None:
    """Choose, drop and paste files; three of them are refused."""
    choose_files(page, log_file("gros.log", 2_100_000), log_file("outil.exe", 1_500), log_file("mesure.log", 1_500_000))
    page.locator("form.panel, .ticket-form form").first.evaluate(DROP, ["un.txt", "deux.txt", "trois.txt"])
    page.get_by_label("Description").focus()
    page.evaluate(COPY_PICTURE)
    page.keyboard.press("Control+V")
    rows = page.locator(".drop-zone li")
    expect(rows).to_have_count(7)
    expect(rows.first).to_contain_text(
        re.compile(r"gros\.log \(2,1\sMo\).* doit peser 2\sMo au plus \(le vôtre\s: 2,1\sMo\)")
    )
    expect(rows.nth(1)).to_contain_text("Ce fichier n’est pas accepté : aucun programme ne l’est.")
    expect(rows.last).to_contain_text(re.compile(r"capture-[\d-]+\.png .* celui-ci est en trop", re.DOTALL))
    press(page, "Envoyer")
    expect(rows.first.get_by_role("button")).to_be_focused()
    expect(rows.first.get_by_role("button")).to_have_accessible_description(re.compile("doit peser"))
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(5)
    expect(page.locator(".drop-zone .error")).to_have_count(0)


def a_connection_lost_on_the_way_loses_nothing(page: Page) -> None:
    def lose(route: Route) -> None:
        expect(page.get_by_role("progressbar", name="Envoi…")).to_be_visible()
        route.abort("connectionreset")

    page.route("**/tickets/nouveau", lose)
    press(page, "Envoyer")
    expect(page.get_by_role("alert")).to_contain_text("L’envoi n’a pas abouti.")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.unroute("**/tickets/nouveau", lose)
    page.keyboard.press("Enter")
    see(page.get_by_role("status").first, re.compile(r"Votre ticket n°\s1 est enregistré"))
    expect(page.locator(".files li").first).to_contain_text("mesure.log")
    wait_for_drafts(page, 0)


def a_full_disk_loses_nothing(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.get_by_label("Commentaire").fill("c" * 20_001)
    choose_files(page, log_file("suite.log", 100_000))
    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", disk_full)
        press(page, "Envoyer le suivi")
        expect(page.get_by_role("alert")).to_contain_text("L’espace de stockage du portail est plein.")
    expect(page.locator(".drop-zone li")).to_contain_text("suite.log")


def disk_full(*_: object, **__: object) -> str:
    raise StorageFull


def a_refused_follow_up_comes_back_in_its_place(page: Page) -> None:
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Erreur"))
    expect(page.get_by_text("Fichiers déjà reçus")).to_be_visible()
    page.get_by_label("Commentaire").fill("Voici la suite.")
    press(page, "Envoyer le suivi")
    expect(page).to_have_url(re.compile(r"/tickets/1#e7$"))
    see(page.locator("#e7"), "suite.log")
    expect(page.locator("#e7")).to_be_in_viewport()


def the_solution_is_approved(page: Page) -> None:
    page.reload()
    press(page, "Approuver la solution")
    write(page, "Commentaire (facultatif)", "Merci.")
    press(page, "Confirmer : approuver et clôturer")
    expect(page.get_by_text("Merci. La solution est approuvée")).to_be_in_viewport()
    expect(page.locator("dl").first).to_contain_text("Clôturé le")


def a_printed_page_has_no_controls(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.get_by_text("Dossier du ticket")).to_be_visible()
    expect(page.locator("nav:visible, form:visible, button:visible, summary:visible")).to_have_count(0)
    page.emulate_media(media="screen")


def signing_out_clears_the_drafts(page: Page) -> None:
    press(page, "Rouvrir")
    write(page, "Pourquoi rouvrir ce ticket", "Cela recommence.")
    wait_for_drafts(page, 1)
    press(page, "Se déconnecter")
    arrive_at(page, "Connexion")
    wait_for_drafts(page, 0)


def test_a_customers_journey_by_keyboard(
    page: Page, address: str, portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, password = portal.accounts.create_account_with_password(cast.context("root"), NEWCOMER)
    page.goto(address)

    sign_in_first_time(page, password)
    a_draft_can_be_deleted(page)
    a_draft_survives_a_closed_tab(page)
    files_are_checked_before_the_upload(page)
    a_connection_lost_on_the_way_loses_nothing(page)
    a_full_disk_loses_nothing(page, monkeypatch)
    a_refused_follow_up_comes_back_in_its_place(page)
    portal.tickets.resolve(cast.context("sam"), number=1, solution="L’optique a été remplacée.")
    the_solution_is_approved(page)
    a_printed_page_has_no_controls(page)
    signing_out_clears_the_drafts(page)
