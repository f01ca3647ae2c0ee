"""Second factors in a real browser, with a virtual authenticator."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.application.second_factor_holders import portal_with
from tests.cast import PASSWORD, Cast, Clock
from tests.ports import free_port
from werkzeug.serving import make_server

from izarlink_tickets.application import Portal
from izarlink_tickets.web import create_app

pytestmark = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
# As phones and computers have one: it keeps passkeys, and recognises its person.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@contextmanager
def serving_at_localhost(portal: Portal, clock: Clock) -> Iterator[str]:
    """Serve the portal where browsers offer passkeys; yield its address."""
    address = f"http://localhost:{(port := free_port())}"
    app = create_app(portal_with(portal, second_factor="staff", base_url=address), clock=clock)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def address(portal: Portal, clock: Clock) -> Iterator[str]:
    with serving_at_localhost(portal, clock) as address:
        yield address


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/connexion")
    page.get_by_label("Identifiant").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def test_a_passkey_is_added_then_signs_in_alone(browser: Browser, address: str, cast: Cast) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    sign_in(page, address, cast["sam"].email)
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    page.get_by_role("button", name="Créer la clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_role("link", name="Se connecter avec une clé d’accès").click()
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page.get_by_role("link", name="Bureau").first).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    sign_in(page, address, cast["sam"].email)
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()

    expect(page.get_by_role("link", name="Bureau").first).to_be_visible()


def test_an_app_is_added_from_the_page_then_lost(browser: Browser, address: str, cast: Cast, clock: Clock) -> None:
    page = browser.new_context(locale="fr-FR").new_page()

    sign_in(page, address, cast["root"].email)
    page.get_by_role("link", name="Ajouter une application").click()
    expect(page.get_by_role("img", name="Code QR")).to_be_visible()
    app = pyotp.TOTP((page.locator(".app-key").text_content() or "").replace(" ", ""))
    page.get_by_label("Code affiché par l’application").fill(app.at(clock()))
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("button", name="Afficher dix codes de secours").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    recovery = page.locator(".recovery-codes li").first.text_content() or ""
    page.get_by_role("link", name="C’est noté, continuer").click()
    page.get_by_role("button", name="Se déconnecter").click()
    sign_in(page, address, cast["root"].email)
    clock.advance(minutes=1)
    page.get_by_label("Code", exact=True).fill(app.at(clock()))
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("link", name="Bureau").first).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    sign_in(page, address, cast["root"].email)
    page.get_by_label("Code", exact=True).fill(recovery)
    page.get_by_role("button", name="Continuer").click()

    expect(page.get_by_role("link", name="Bureau").first).to_be_visible()
