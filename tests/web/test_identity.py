"""« Confirmez votre identité »: dangerous commands want a recent proof."""

from collections.abc import Callable
from io import BytesIO

import pytest
from tests.cast import PASSWORD, Cast, Clock
from tests.web.browsing import Browser, Page

from izarlink_tickets.accounts import find_account
from izarlink_tickets.application import Portal
from izarlink_tickets.sessions import SignInStep, start_session

IDENTITY = "/profil/identite"
PROOF = "preuve-password"
NEW_ROLE = {"role": "company", "organisation": "Boulangerie Etxea", "seen": ""}


@pytest.fixture
def root(browser_of: Callable[[str], Browser], clock: Clock) -> Browser:
    """Sign an administrator in, and let their proof grow old."""
    browser = browser_of("root")
    clock.advance(minutes=6)
    return browser


@pytest.fixture
def role(cast: Cast) -> str:
    """Return the address of the form for alice’s role."""
    return f"/bureau/comptes/{cast['alice'].id}/role"


def role_of(portal: Portal, account_id: str) -> str | None:
    with portal.database.query() as connection:
        account = find_account(connection, account_id=account_id)
    return account.role.value if account else None


def kept(page: Page, path: str) -> dict[str, str]:
    return page.hidden_fields(path)


def test_a_form_with_an_old_proof_asks_for_one_and_goes_on_after_it(
    root: Browser, portal: Portal, cast: Cast, role: str
):
    page = root.send(role, NEW_ROLE)
    asked = role_of(portal, cast["alice"].id)

    answer = root.post(role, {**kept(page, role), PROOF: PASSWORD})

    assert (page.status, page.heading, asked) == (401, "Confirmez votre identité", "customer")
    assert kept(page, role)["organisation"] == "Boulangerie Etxea"
    assert (answer.status, role_of(portal, cast["alice"].id)) == (303, "company")
    assert root.send(role, {**NEW_ROLE, "role": "customer"}).status == 303


def test_a_wrong_password_loses_nothing_and_changes_nothing(root: Browser, portal: Portal, cast: Cast, role: str):
    page = root.post(role, {**kept(root.send(role, NEW_ROLE), role), PROOF: "faux-secret"})

    assert (page.status, page.error_at(PROOF)) == (422, "Ce n’est pas votre mot de passe.")
    assert kept(page, role)["role"] == "company"
    assert "faux-secret" not in page.html
    assert role_of(portal, cast["alice"].id) == "customer"


def test_guesses_at_the_proof_are_throttled_like_a_sign_in(root: Browser, role: str):
    fields = kept(root.send(role, NEW_ROLE), role)

    answers = [root.post(role, {**fields, PROOF: "faux"}) for _ in range(11)]

    assert (answers[-1].status, answers[-1].response.headers["Retry-After"]) == (429, "900")
    assert root.post(role, {**fields, PROOF: PASSWORD}).status == 429


def test_a_proof_from_another_site_is_none(root: Browser, portal: Portal, cast: Cast, role: str):
    page = root.post(role, {**NEW_ROLE, PROOF: PASSWORD, "csrf_token": "forged"})

    assert page.status == 400
    assert role_of(portal, cast["alice"].id) == "customer"


def test_the_proof_gives_the_session_a_new_id(app, root: Browser, role: str):
    copy = root.client.get_cookie("izarlink", "127.0.0.1")
    thief = Browser(app)
    assert copy is not None
    thief.client.set_cookie("izarlink", copy.value, domain="127.0.0.1")
    assert thief.get("/profil").status == 200

    root.post(role, {**kept(root.send(role, NEW_ROLE), role), PROOF: PASSWORD})

    assert root.get("/profil").status == 200
    assert thief.get("/profil").location == "/connexion?next=/profil"


def test_other_tabs_go_on_after_a_proof(root: Browser, role: str):
    token = root.token()

    root.post(role, {**kept(root.send(role, NEW_ROLE), role), PROOF: PASSWORD})

    contact = {"name": "Root Iriart", "email": "root@izarlink.example", "phone": "", "csrf_token": token}
    assert root.post("/profil", contact).status == 303


def test_the_page_leads_to_the_page_that_wanted_it(root: Browser):
    page = root.get(f"{IDENTITY}?next=/bureau/comptes")

    wrong = root.post(f"{IDENTITY}?next=/bureau/comptes", {**page.hidden_fields(), PROOF: "faux"})
    answer = root.post(f"{IDENTITY}?next=/bureau/comptes", {**wrong.hidden_fields(), PROOF: PASSWORD})

    assert (page.status, wrong.status) == (200, 422)
    assert (answer.status, answer.location) == (303, "/bureau/comptes")
    assert root.get(f"{IDENTITY}?next=/bureau/comptes").location == "/bureau/comptes"
    assert root.get(f"{IDENTITY}?next=//evil.example").location == "/"


def test_an_export_waits_for_a_proof(root: Browser):
    page = root.send("/bureau/comptes/export")

    answer = root.post("/bureau/comptes/export", {**kept(page, "/bureau/comptes/export"), PROOF: PASSWORD})

    assert page.status == 401
    assert answer.response.mimetype == "text/csv"


def test_an_import_waits_for_a_proof_and_keeps_its_file(root: Browser):
    path = "/bureau/clients/import"
    fields = {"operation": "verifier", "file": (BytesIO(b"Nom\nFromagerie Ossau\n"), "clients.csv")}
    checked = root.send(path, fields, content_type="multipart/form-data")

    page = root.post(path, checked.hidden_fields())
    answer = root.post(path, {**kept(page, path), PROOF: PASSWORD})

    assert (checked.status, page.status) == (200, 401)
    assert (answer.status, answer.location) == (303, "/bureau/clients")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/bureau/comptes/nouveau", {"name": "Zoé", "email": "zoe@izarlink.example", "role": "administrator"}),
        ("/bureau/comptes/nouveau", {"name": "Zoé", "email": "zoe@izarlink.example", "role": "auditor"}),
        ("{alice}/coordonnees", {"name": "Alice", "email": "alice@ailleurs.example", "phone": ""}),
        ("{alice}/mot-de-passe", {}),
        ("{alice}/inviter", {}),
        ("{alice}/sessions", {}),
        ("{alice}/double-authentification", {}),
        ("{alice}/desactiver", {}),
        ("{alice}/reactiver", {}),
        (
            "/bureau/comptes/nouveau",
            {"name": "Zoé", "email": "zoe@etxea.example", "role": "company", "organisation": "Boulangerie Etxea"},
        ),
        ("{alice}/coordonnees", {"name": "Alice Harispe", "email": "alice@etxea.example", "phone": "0559000000"}),
        ("/profil", {"name": "Root", "email": "root@ailleurs.example", "phone": ""}),
        ("/profil/sessions", {"handle": "toutes"}),
    ],
)
def test_each_dangerous_command_waits_for_a_proof(root: Browser, cast: Cast, path: str, fields: dict[str, str]):
    page = root.send(path.format(alice=f"/bureau/comptes/{cast['alice'].id}"), fields)

    assert (page.status, page.heading) == (401, "Confirmez votre identité")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("{alice}/coordonnees", {"name": "Alice Etche", "email": "alice@etxea.example", "phone": "05 59 00 00 01"}),
        ("/profil", {"name": "Root", "email": "root@izarlink.example", "phone": ""}),
    ],
)
def test_everyday_commands_wait_for_none(root: Browser, cast: Cast, path: str, fields: dict[str, str]):
    answer = root.send(path.format(alice=f"/bureau/comptes/{cast['alice'].id}"), fields)

    assert answer.status == 303


def test_a_form_with_mistakes_says_so_before_it_asks(root: Browser):
    page = root.send("/bureau/comptes/nouveau", {"name": "", "email": "zoe", "role": "administrator"})

    assert (page.status, page.heading) == (422, "Créer un compte")


def test_a_sign_in_that_awaits_its_second_factor_is_signed_out(anonymous: Browser, portal: Portal, cast: Cast):
    with portal.database.command() as connection:
        half = start_session(
            connection,
            account_id=cast["root"].id,
            user_agent="",
            now=cast.clock(),
            awaits=SignInStep.SECOND_FACTOR,
        )
    anonymous.go_on_as(half)

    assert anonymous.get("/profil").location == "/connexion?next=/profil"
    assert anonymous.send("/profil/sessions", {"handle": "toutes"}).status == 401
    assert anonymous.get("/connexion").location == "/connexion/double-authentification"
