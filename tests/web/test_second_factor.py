"""The second step of a sign-in, and setting up a second factor."""

import re
from collections.abc import Iterator

import pyotp
import pytest
from flask import Flask
from tests.accounts.authenticator import Authenticator
from tests.application.second_factor_holders import LOCALHOST, Holder, portal_with
from tests.application.signing_in import ANOTHER_PASSWORD, account_events
from tests.cast import PASSWORD, Cast, Clock
from tests.web.applications import application
from tests.web.browsing import Browser, Page, signed_in, text_of
from werkzeug.routing import Rule

from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.sealing import installation
from izarlink_tickets.web import create_app
from izarlink_tickets.web.guards import guard_of

pytestmark = pytest.mark.sqlite_only("the statements of second factors are tried by `tests/accounts` on both")

STEP, OWN = "/connexion/double-authentification", "/profil/double-authentification"
APP, PASSKEY, CODES = f"{OWN}/application", f"{OWN}/cle-acces", f"{OWN}/codes-de-secours"


@pytest.fixture
def strict(portal: Portal) -> Portal:
    return portal_with(portal, second_factor="staff", base_url=LOCALHOST)


@pytest.fixture
def app(strict: Portal, clock: Clock) -> Iterator[Flask]:
    """Return the process's application on a portal that demands second factors."""
    app = application(strict, clock)
    app.config["TESTING"] = True
    yield app
    app.config["TESTING"] = False


@pytest.fixture
def sam(strict: Portal, cast: Cast, clock: Clock) -> Holder:
    """Return sam, who has an app."""
    sam = Holder(strict, clock, cast["sam"].email)
    sam.add_app(sam.begin())
    return sam


@pytest.fixture
def alice(app: Flask, cast: Cast) -> Browser:
    return signed_in(app, cast, "alice")


def is_open(app: Flask, rule: Rule) -> bool:
    """Whether a sign-in that awaits its second factor may use the route."""
    guard = guard_of(app.view_functions[rule.endpoint])
    return bool(guard and guard.is_open_to_unfinished)


def key_on(page: Page) -> str:
    """Read the key that a person would type into the app."""
    key = page.tree.find(".//*[@class='app-key']")
    return text_of(key).replace(" ", "")


def question_on(page: Page, action: str = "") -> tuple[dict[str, str], str]:
    """Return the hidden fields of a passkey's form, and its question."""
    forms = [form for form in page.tree.iter("form") if form.get("action", "") == action]
    fields = [field for form in forms for field in form.iter("input") if field.get("data-passkey")]
    (form,) = [form for form in forms if fields[0] in list(form.iter("input"))]
    hidden = {field.get("name", ""): field.get("value", "") for field in form.iter("input")}
    return hidden, fields[0].get("data-passkey", "")


def enrol(browser: Browser, clock: Clock) -> tuple[Page, str]:
    """Set an app up; return the answer and the key."""
    page = browser.get(APP)
    key = key_on(page)
    code = pyotp.TOTP(key).at(clock())
    return browser.post(APP, {**page.hidden_fields(), "code": code}), key


# --- the first sign-in of staff ---------------------------------------------------------------------------------------


def test_staff_set_an_app_up_and_get_to_where_they_wanted(app: Flask, cast: Cast, clock: Clock) -> None:
    browser = Browser(app)

    begun = browser.sign_in(cast["sam"].email, path="/connexion?next=/bureau/mails")
    step, chosen = browser.get(STEP), browser.get(OWN)
    added, _ = enrol(browser, clock)
    codes = browser.get(CODES)
    shown = browser.send(CODES)

    assert (begun.location, step.location) == (STEP, OWN)
    assert "Votre rôle demande un second moyen" in chosen.words
    assert "Bureau" not in chosen.words
    assert added.location == CODES
    assert len(re.findall(r"\b(?:[a-z0-9]{4}-){2}[a-z0-9]{4}\b", shown.words)) == 10
    assert browser.get(CODES).words.count("-") == codes.words.count("-")
    assert {link.get("href") for link in shown.tree.iter("a")} >= {"/bureau/mails"}
    assert browser.get("/bureau/mails").status == 200


def test_a_newcomer_changes_the_password_first_then_sets_an_app_up(
    app: Flask, strict: Portal, cast: Cast, clock: Clock
) -> None:
    newcomer = NewAccount("iker@izarlink.example", "Iker Iriart", Role.SUPPORT)
    _, initial = strict.accounts.create_account_with_password(cast.context("root"), newcomer)
    browser = Browser(app)
    browser.sign_in(newcomer.email, initial)

    forced, first = browser.get(STEP), browser.get("/bienvenue/mot-de-passe")
    fields = {"new_password": ANOTHER_PASSWORD, "confirmation": ANOTHER_PASSWORD}
    chosen = browser.send("/bienvenue/mot-de-passe", fields)
    second = [browser.get(path) for path in (OWN, APP, PASSKEY)]
    added, _ = enrol(browser, clock)

    assert (forced.location, chosen.location, added.location) == ("/bienvenue/mot-de-passe", STEP, CODES)
    shown, last = browser.send(CODES), browser.get("/bienvenue/coordonnees")
    assert "Étape 1 sur 3" in first.words
    assert [page.words.count("Étape 2 sur 3") for page in [*second, shown]] == [1, 1, 1, 1]
    assert "Étape 3 sur 3" in last.words
    assert {link.get("href") for link in shown.tree.iter("a")} >= {"/bienvenue/coordonnees"}


def test_an_unfinished_sign_in_opens_its_own_pages_and_no_others(app: Flask) -> None:
    opened = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        if is_open(app, rule)
        for method in (rule.methods or set()) - {"HEAD"}
    }

    both = {"/bienvenue/mot-de-passe", STEP, APP, PASSKEY}
    assert opened == {(route, method) for route in both for method in ("GET", "POST")} | {
        (OWN, "GET"),
        (f"{STEP}/cle-acces", "POST"),
        ("/deconnexion", "POST"),
    }


def test_an_unfinished_sign_in_is_answered_like_nobody(app: Flask, cast: Cast) -> None:
    anonymous, unfinished = Browser(app), Browser(app)
    unfinished.sign_in(cast["root"].email)
    pages = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments
        and "GET" in (rule.methods or ())
        and not is_open(app, rule)
        and not rule.rule.startswith("/connexion")
    )

    answers = {path: (unfinished.get(path), anonymous.get(path)) for path in pages}

    assert {path for path, (hers, nobodys) in answers.items() if hers.status != nobodys.status} == set()
    assert {path for path, (hers, nobodys) in answers.items() if hers.location != nobodys.location} == set()
    assert {path for path, (hers, _) in answers.items() if cast["root"].name in hers.html} == set()


def test_the_sign_in_page_leads_an_unfinished_one_on(app: Flask, cast: Cast) -> None:
    browser = Browser(app)
    browser.sign_in(cast["sam"].email)

    assert browser.get("/connexion?next=/bureau/mails").location == STEP
    assert browser.send("/deconnexion").location == "/connexion"
    assert browser.get("/connexion").status == 200


# --- the second step --------------------------------------------------------------------------------------------------


def test_a_code_finishes_the_sign_in(app: Flask, sam: Holder) -> None:
    browser = Browser(app)
    browser.sign_in(sam.email, path="/connexion?next=/bureau/mails")
    page = browser.get(STEP)

    finished = browser.post(STEP, {**page.hidden_fields(STEP), "code": sam.next_code()})

    assert page.field("code").get("autocomplete") == "one-time-code"
    assert (finished.status, finished.location) == (303, "/bureau/mails")
    assert browser.get("/bureau/mails").status == 200


def test_wrong_codes_are_refused_alike_then_throttled(app: Flask, sam: Holder) -> None:
    browser = Browser(app)
    browser.sign_in(sam.email)
    used = sam.code()

    refused = [browser.send(STEP, {"code": code}) for code in ("000000", used, "k7mq-p2rw-x9cd", "x", "١٢٣٤٥٦")]
    throttled = browser.send(STEP, {"code": sam.next_code()})

    assert {page.status for page in refused} == {422}
    assert {page.error_at("code") for page in refused} == {
        "Ce code n’est pas valable : il est faux, déjà utilisé ou périmé."
    }
    assert (throttled.status, throttled.response.headers["Retry-After"] > "0") == (429, True)


def test_an_empty_code_counts_for_nothing(app: Flask, sam: Holder) -> None:
    browser = Browser(app)
    browser.sign_in(sam.email)

    answers = [browser.send(STEP, {"code": " "}).error_at("code") for _ in range(7)]

    assert set(answers) == {"Saisissez un code."}


def test_a_second_factor_keeps_the_text_of_an_expired_session(app: Flask, sam: Holder) -> None:
    browser = Browser(app)
    expired = browser.send("/bureau/textes/nouveau", {"title": "Relance", "body": "Bonjour, avez-vous pu redémarrer ?"})
    fields = expired.hidden_fields("/connexion") | {"identifier": sam.email, "password": PASSWORD}

    step = browser.post("/connexion", fields)
    resumed = browser.post(STEP, {**step.hidden_fields(STEP), "code": sam.next_code()})

    assert (expired.status, step.heading) == (401, "Double authentification")
    assert resumed.value("body") == "Bonjour, avez-vous pu redémarrer ?"


def test_an_initial_password_opens_nothing_without_the_second_factor(
    app: Flask, strict: Portal, cast: Cast, sam: Holder
) -> None:
    _, initial = strict.accounts.renew_password_without_mail(cast.context("root"), email=sam.email)
    browser = Browser(app)
    browser.sign_in(sam.email, initial)

    fields = {"new_password": PASSWORD, "confirmation": PASSWORD}
    assert browser.get("/bienvenue/mot-de-passe").location == STEP
    assert browser.send("/bienvenue/mot-de-passe", fields).location == STEP
    assert browser.get(APP).location == "/bienvenue/mot-de-passe"
    finished = browser.send(STEP, {"code": sam.next_code()})
    assert finished.location == "/bienvenue/mot-de-passe"


def test_a_sign_in_that_awaits_its_second_factor_adds_no_other_one(app: Flask, sam: Holder) -> None:
    browser = Browser(app)
    browser.sign_in(sam.email)

    answers = [browser.get(OWN), browser.get(APP), browser.send(APP, {"code": "123456"}), browser.send(PASSKEY)]

    assert {answer.location for answer in answers} == {STEP}


# --- passkeys ---------------------------------------------------------------------------------------------------------


def test_a_passkey_is_set_up_and_signs_in_alone(app: Flask, strict: Portal, cast: Cast) -> None:
    key, browser = Authenticator(LOCALHOST), Browser(app)
    browser.sign_in(cast["sam"].email)
    page = browser.get(PASSKEY)
    fields, question = question_on(page)
    added = browser.post(PASSKEY, {**fields, "answer": key.create(question), "name": "Téléphone"})

    visitor = Browser(app)
    fields, question = question_on(visitor.get("/connexion/cle-acces"))
    finished = visitor.post("/connexion/cle-acces?next=/bureau/mails", {**fields, "answer": key.sign(question)})

    assert added.location == CODES
    assert (finished.status, finished.location) == (303, "/bureau/mails")
    assert "Téléphone" in visitor.get(OWN).words
    assert account_events(strict)[-1] == "SignedIn"


def test_a_passkey_is_a_second_step(app: Flask, strict: Portal, cast: Cast, clock: Clock) -> None:
    nora = Holder(strict, clock, cast["nora"].email)
    nora.add_passkey(nora.begin())
    browser = Browser(app)
    browser.sign_in(nora.email)
    page = browser.get(STEP)
    fields, question = question_on(page, f"{STEP}/cle-acces")
    assert nora.key

    refused = browser.post(f"{STEP}/cle-acces", {**fields, "answer": Authenticator(LOCALHOST).sign(question)})
    finished = browser.post(f"{STEP}/cle-acces", {**fields, "answer": nora.key.sign(question)})

    assert [script.get("src", "").rpartition("/")[2] for script in page.tree.iter("script")] == ["passkeys.js"]
    assert refused.errors == ["Cette clé d’accès n’est pas reconnue. Recommencez."]
    assert (refused.status, finished.status) == (422, 303)


@pytest.mark.parametrize("answer", ["", "{}", "x" * 9_000])
def test_an_unknown_passkey_is_refused(app: Flask, answer: str) -> None:
    browser = Browser(app)
    fields, _ = question_on(browser.get("/connexion/cle-acces"))

    refused = browser.post("/connexion/cle-acces", {**fields, "answer": answer})

    assert refused.status == 422
    assert question_on(refused)[0]["challenge"] != fields["challenge"]


def test_an_address_without_passkeys_offers_none(portal: Portal, clock: Clock) -> None:
    browser = Browser(application(portal, clock))

    assert browser.get("/connexion/cle-acces").status == 404
    assert "clé d’accès" not in browser.get("/connexion").words


# --- the own second factors -------------------------------------------------------------------------------------------


def test_customers_find_it_in_their_profile_and_nowhere_else(alice: Browser) -> None:
    security, own = alice.get("/profil/securite"), alice.get(OWN)

    assert "Double authentification inactive — l’activer" in security.words
    assert own.status == 200
    assert "obligatoire" not in own.words
    assert "Codes de secours" not in own.words


def test_a_customer_sets_one_up_and_removes_it(alice: Browser, clock: Clock) -> None:
    added, _ = enrol(alice, clock)
    page = alice.get(OWN)

    removed = alice.post(f"{APP}/retirer", page.hidden_fields(f"{APP}/retirer"))

    assert (added.location, removed.location) == (CODES, OWN)
    assert "Votre application est retirée." in " ".join(alice.get(OWN).announcements)


def test_a_wrong_first_code_keeps_the_key(alice: Browser, clock: Clock) -> None:
    page = alice.get(APP)

    refused = alice.post(APP, {**page.hidden_fields(), "code": "000000"})

    assert (refused.status, key_on(refused)) == (422, key_on(page))
    assert refused.error_at("code") == "Ce code n’est pas valable : il est faux, déjà utilisé ou périmé."


def test_a_forged_key_is_replaced(alice: Browser) -> None:
    page = alice.get(APP)

    refused = alice.post(APP, {**page.hidden_fields(), "enrolment": "s1.x", "code": "123456"})

    assert (refused.status, key_on(refused) != key_on(page)) == (422, True)


def test_changes_want_a_recent_proof(alice: Browser, clock: Clock) -> None:
    page = alice.get(APP)
    clock.advance(minutes=6)

    asked = alice.post(APP, {**page.hidden_fields(), "code": pyotp.TOTP(key_on(page)).at(clock())})

    assert (asked.status, asked.heading) == (401, "Confirmez votre identité")
    assert alice.get(CODES).location == f"/profil/identite?next={CODES}"
    added = alice.post(APP, {**asked.hidden_fields(APP), "preuve-password": PASSWORD})
    assert added.location == CODES


def test_a_second_factor_is_a_recent_proof(app: Flask, sam: Holder, clock: Clock) -> None:
    browser = Browser(app)
    browser.sign_in(sam.email)
    browser.send(STEP, {"code": sam.next_code()})
    clock.advance(minutes=6)
    asked = browser.get(f"/profil/identite?next={CODES}")

    refused = browser.send(f"/profil/identite?next={CODES}", {"preuve-code": "000000"})
    proved = browser.send(f"/profil/identite?next={CODES}", {"preuve-code": sam.next_code()})

    assert "Confirmer par ce code" in asked.words
    assert refused.errors == ["Ce code n’est pas valable : il est faux, déjà utilisé ou périmé."]
    assert proved.location == CODES
    assert browser.get(CODES).status == 200


def test_a_passkey_is_a_recent_proof(app: Flask, strict: Portal, cast: Cast, clock: Clock) -> None:
    alice = Holder(strict, clock, cast["alice"].email)
    browser = Browser(app)
    browser.go_on_as(alice.add_passkey(alice.begin()).session_id)
    clock.advance(minutes=6)
    path = f"/profil/identite?next={CODES}"
    fields, question = question_on(browser.get(path))
    assert alice.key

    refused = browser.post(path, {**fields, "preuve-answer": Authenticator(LOCALHOST).sign(question)})
    proved = browser.post(path, {**fields, "preuve-answer": alice.key.sign(question)})

    assert (refused.status, refused.errors) == (422, ["Cette clé d’accès n’est pas reconnue. Recommencez."])
    assert (proved.status, proved.location) == (303, CODES)
    assert browser.get(CODES).status == 200


def test_a_sensitive_form_takes_a_passkey_as_its_proof(app: Flask, strict: Portal, cast: Cast, clock: Clock) -> None:
    root = Holder(strict, clock, cast["root"].email)
    browser = Browser(app)
    browser.go_on_as(root.add_passkey(root.begin()).session_id)
    clock.advance(minutes=6)
    path = f"/bureau/comptes/{cast['alice'].id}/sessions"
    asked = browser.send(path)
    fields, question = question_on(asked, path)
    assert root.key

    answer = browser.post(path, {**fields, "preuve-answer": root.key.sign(question)})

    assert (asked.status, answer.status) == (401, 303)


def test_wrong_proofs_by_code_and_passkey_share_five_tries(
    app: Flask, strict: Portal, sam: Holder, clock: Clock
) -> None:
    browser = Browser(app)
    browser.go_on_as(sam.add_passkey(sam.type_code(sam.begin())).session_id)
    clock.advance(minutes=6)
    path = "/profil/identite?next=/"
    fields, question = question_on(browser.get(path))
    assert sam.key

    wrong = [browser.send(path, {"preuve-code": code}) for code in ("000000", sam.code()[:5], "k7mq-p2rw-x9cd")]
    wrong += [browser.post(path, {**fields, "preuve-answer": answer}) for answer in ("", "{}")]
    throttled = [
        browser.send(path, {"preuve-code": sam.next_code()}),
        browser.post(path, {**fields, "preuve-answer": sam.key.sign(question)}),
    ]

    assert {page.status for page in wrong} == {422}
    assert [(page.status, "Retry-After" in page.response.headers) for page in throttled] == [(429, True)] * 2
    assert account_events(strict)[-1] == "Locked"
    assert browser.get("/profil/securite").status == 200


# --- a lost one -------------------------------------------------------------------------------------------------------


def test_an_administrator_resets_it_on_the_accounts_page(app: Flask, cast: Cast, sam: Holder) -> None:
    root, here = signed_in(app, cast, "root"), f"/bureau/comptes/{cast['sam'].id}"
    page = root.get(here)

    reset = root.post(f"{here}/double-authentification", page.hidden_fields(f"{here}/double-authentification"))

    assert "Double authentificationActive" in page.words
    assert reset.location == here
    assert "Double authentificationInactive" in root.get(here).words


def test_no_administrator_resets_the_own_one_there(app: Flask, strict: Portal, cast: Cast, clock: Clock) -> None:
    holder = Holder(strict, clock, cast["root"].email)
    holder.add_app(holder.begin())
    root, here = signed_in(app, cast, "root"), f"/bureau/comptes/{cast['root'].id}"

    refused = root.send(f"{here}/double-authentification")

    assert "Réinitialiser la double authentification" not in root.get(here).words
    assert refused.errors == ["Un autre administrateur doit réinitialiser votre double authentification."]


def test_the_banner_of_the_demo_says_that_it_is_off(portal: Portal, clock: Clock) -> None:
    with portal.database.command() as connection:
        connection.execute(installation.insert().values(name="demo", value="loaded"))

    page = Browser(create_app(portal, clock=clock)).get("/connexion")

    assert "Double authentification désactivée." in page.words
