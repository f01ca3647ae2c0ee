"""« Se connecter avec le compte IzarLink », there and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.cast import Cast, Clock
from tests.identity_provider.scripted_provider import (
    DISCOVERY,
    SUBJECT,
    TOKEN,
    ScriptedProvider,
    scripted_provider,
    with_provider,
)
from tests.stage import Stage
from tests.web.browsing import Browser, Page

from izarlink_tickets.application import Portal
from izarlink_tickets.config import OIDC_REDIRECT_PATH, Settings

START = "/connexion/izarlink"
BUTTON = "Se connecter avec le compte IzarLink"
SAM = "sam@izarlink.example"


@pytest.fixture
def provider(clock: Clock) -> Iterator[ScriptedProvider]:
    with scripted_provider(now=lambda: clock().timestamp(), claims={"amr": ["pwd", "mfa"]}) as provider:
        yield provider


@pytest.fixture
def settings(stage: Stage, tmp_path: Path, provider: ScriptedProvider) -> Settings:
    return with_provider(stage.settings(tmp_path), provider)


@pytest.fixture
def browser(anonymous: Browser, portal: Portal, cast: Cast) -> Browser:
    """Return a browser of sam, who is linked to the provider's person."""
    portal.accounts.link_identity(cast.context("root"), email=SAM, subject=SUBJECT)
    return anonymous


def leave(browser: Browser, path: str = START, fields: dict[str, str] | None = None) -> str:
    """Press the button; return where the page leads."""
    page = browser.send(path, fields)
    assert page.status == 200, page.errors
    return str(page.response.headers["Refresh"].partition("url=")[2])


def answer_path(provider: ScriptedProvider, url: str, **other: str) -> str:
    return f"{OIDC_REDIRECT_PATH}?{urlencode(provider.authorize(url) | other)}"


def sign_on(browser: Browser, provider: ScriptedProvider, path: str = START) -> Page:
    return browser.get(answer_path(provider, leave(browser, path)))


def test_staff_sign_in_with_one_button(browser: Browser, provider: ScriptedProvider):
    assert BUTTON in browser.get("/connexion").words

    answer = sign_on(browser, provider)

    assert (answer.status, answer.location) == (303, "/")
    assert browser.get("/").location == "/bureau"


def test_the_way_out_names_no_secret_and_leads_by_a_link_too(browser: Browser, provider: ScriptedProvider):
    page = browser.send(START)

    links = [link.get("href") for link in page.tree.iter("a") if (link.get("href") or "").startswith(provider.issuer)]
    assert links == [page.response.headers["Refresh"].partition("url=")[2]]
    assert "secret" not in str(links[0])


def test_a_link_survives_the_provider(browser: Browser, provider: ScriptedProvider):
    redirected = browser.get("/bureau/tickets/1?entree=7")
    form = browser.get(str(redirected.location)).tree.findall(".//form")[1]

    answer = sign_on(browser, provider, str(form.get("action")))

    assert answer.location == "/bureau/tickets/1?entree=7"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "javascript:alert(1)"])
def test_no_link_leads_from_the_provider_to_somewhere_else(browser: Browser, provider: ScriptedProvider, target: str):
    assert sign_on(browser, provider, f"{START}?{urlencode({'next': target})}").location == "/"


def test_an_answer_serves_once(browser: Browser, provider: ScriptedProvider):
    path = answer_path(provider, leave(browser))
    browser.get(path)

    page = browser.get(path)

    assert (page.status, page.title) == (400, "Erreur : Connexion – Support IzarLink")
    assert page.errors == ["Cette connexion a expiré, ou a commencé dans un autre navigateur. Recommencez."]
    assert provider.asked.count(TOKEN) == 1


def test_a_refused_answer_serves_no_second_time(browser: Browser, provider: ScriptedProvider):
    path = answer_path(provider, leave(browser))
    provider.claims = {"nonce": "another"}
    browser.get(path)

    browser.get(path)

    assert provider.asked.count(TOKEN) == 1


def test_an_answer_of_another_browser_is_refused(app, browser: Browser, provider: ScriptedProvider):
    path = answer_path(provider, leave(Browser(app)))

    page = browser.get(path)

    assert page.status == 400
    assert TOKEN not in provider.asked


def test_a_sign_on_begins_with_our_own_form(browser: Browser, provider: ScriptedProvider):
    page = browser.post(START, {})

    assert page.status == 400
    assert DISCOVERY not in provider.asked


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no role": ({"roles": []}, 403, "Votre compte IzarLink ne donne pas de rôle dans ce portail."),
    "unknown person": ({"sub": "another"}, 403, "Votre compte IzarLink n’est relié à aucun compte de ce portail."),
    "wrong nonce": ({"nonce": "x"}, 400, "La connexion avec le compte IzarLink a échoué."),
}


@pytest.mark.parametrize(("claims", "status", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_what_to_do(
    browser: Browser, provider: ScriptedProvider, claims: dict[str, Any], status: int, sentence: str
):
    provider.claims = claims

    page = sign_on(browser, provider)

    assert page.status == status
    assert page.errors[0].startswith(sentence)
    assert browser.get("/bureau").status == 302


def test_a_persons_refusal_leads_back_to_the_sign_in(browser: Browser, provider: ScriptedProvider):
    url = leave(browser)
    state = provider.authorize(url)["state"]

    page = browser.get(f"{OIDC_REDIRECT_PATH}?{urlencode({'error': '<script>', 'state': state})}")

    assert page.status == 400
    assert page.errors[0].startswith("La connexion avec le compte IzarLink n’est pas allée à son terme.")
    assert "<script>" not in page.html


def test_without_its_provider_the_portal_serves_customers(browser: Browser, provider: ScriptedProvider):
    provider.answers[DISCOVERY] = lambda: (503, {}, b"")

    page = browser.send(START)

    assert (page.status, page.errors) == (
        503,
        ["Le service de connexion d’IzarLink ne répond pas. Réessayez dans un instant."],
    )
    assert browser.sign_in("alice@etxea.example").location == "/"


def test_a_right_password_of_staff_leads_to_the_button(browser: Browser):
    page = browser.sign_in(SAM)

    assert page.status == 403
    assert page.errors == ["Votre mot de passe ne sert plus ici : connectez-vous avec le compte IzarLink."]


def test_signing_out_ends_the_session_at_the_provider_too(browser: Browser, provider: ScriptedProvider):
    sign_on(browser, provider)

    page = browser.send("/deconnexion")

    assert page.response.headers["Refresh"].startswith(f"0; url={provider.issuer}/logout?")
    assert "id_token_hint=" in page.response.headers["Refresh"]
    assert browser.get("/bureau").status == 302


def test_a_text_goes_on_after_a_sign_in_in_another_tab(browser: Browser, provider: ScriptedProvider):
    typed = {"note": "À rappeler demain.", "command_id": "c0000000-0000-4000-8000-000000000001"}
    expired = browser.send("/bureau/tickets/1/note", typed)
    carried = expired.hidden_fields(START)
    sign_on(browser, provider)

    page = browser.post(START, carried)

    assert expired.status == 401
    assert (page.heading, page.value("note")) == ("Vous avez de nouveau accès", "À rappeler demain.")


# --- a renewed proof --------------------------------------------------------------------------------------------------

IDENTITY, PROOF = "/profil/identite", "/profil/identite/izarlink"


def test_the_provider_confirms_who_somebody_is(browser: Browser, provider: ScriptedProvider, clock: Clock):
    sign_on(browser, provider)
    clock.advance(minutes=6)
    page = browser.get(f"{IDENTITY}?next=/profil/sessions")
    form = page.tree.findall(".//main//form")[0]

    answer = browser.get(answer_path(provider, leave(browser, str(form.get("action")))))

    assert "Mot de passe" not in page.words
    assert (answer.status, answer.location) == (303, "/profil/sessions")
    assert browser.get(IDENTITY).location == "/"


def test_a_form_waits_for_the_provider_in_its_tab(browser: Browser, provider: ScriptedProvider, clock: Clock):
    sign_on(browser, provider)
    clock.advance(minutes=6)
    asked = browser.send("/profil/sessions", {"handle": "toutes"})
    carried = asked.hidden_fields("/profil/sessions")
    browser.get(answer_path(provider, leave(browser, PROOF)))

    answer = browser.post("/profil/sessions", carried)

    assert (asked.status, carried["handle"]) == (401, "toutes")
    assert answer.status == 303


@pytest.mark.parametrize(
    ("claims", "status", "sentence"),
    [
        ({"auth_time": 1_700_000_000}, 400, "Le service de connexion d’IzarLink ne vous a pas redemandé"),
        ({"sub": "another"}, 403, "Vous avez répondu avec un autre compte IzarLink"),
    ],
)
def test_an_old_or_foreign_proof_is_none(
    browser: Browser, provider: ScriptedProvider, claims: dict[str, Any], status: int, sentence: str
):
    sign_on(browser, provider)
    provider.claims = claims

    page = browser.get(answer_path(provider, leave(browser, PROOF)))

    assert (page.status, page.heading) == (status, "Confirmez votre identité")
    assert page.errors[0].startswith(sentence)


# --- the directory ----------------------------------------------------------------------------------------------------


def test_an_administrator_links_and_unlinks_a_person(portal: Portal, cast: Cast, browser_of):
    root, page_path = browser_of("root"), f"/bureau/comptes/{cast['nora'].id}"

    linked = root.send(f"{page_path}/compte-izarlink", {"subject": "nora-7"})
    page = root.get(page_path)
    unlinked = root.send(f"{page_path}/delier")

    assert (linked.status, unlinked.status) == (303, 303)
    assert page.value("subject") == "nora-7"
    assert "Réinitialiser le mot de passe" not in page.words
    assert root.get(page_path).value("subject") == ""


def test_a_subject_of_another_account_is_refused_at_its_field(browser: Browser, cast: Cast, browser_of):
    page = browser_of("root").send(f"/bureau/comptes/{cast['nora'].id}/compte-izarlink", {"subject": SUBJECT})

    assert page.status == 422
    assert page.errors == ["Un autre compte est déjà relié à cet identifiant."]


def test_a_customers_page_says_nothing_of_the_provider(cast: Cast, browser_of):
    assert "Compte IzarLink" not in browser_of("root").get(f"/bureau/comptes/{cast['alice'].id}").words
