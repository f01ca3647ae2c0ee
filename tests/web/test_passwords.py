"""« Mot de passe oublié » and the link in the mail."""

from collections.abc import Callable

import pytest
from tests.cast import PASSWORD, Cast, Clock
from tests.web.browsing import Browser

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Purpose, create_token
from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailKind

BETTER = "quatre chevaux sans selle"
CHOICE = {"new_password": BETTER, "confirmation": BETTER}


@pytest.fixture
def link(portal: Portal, cast: Cast) -> Callable[[], str]:
    """Return a reset link's path for alice, as the mailer issues it."""

    def make() -> str:
        with portal.database.command() as connection:
            token = create_token(connection, account_id=cast["alice"].id, purpose=Purpose.RESET, now=cast.clock())
        return f"/mot-de-passe/{token}"

    return make


def letters(portal: Portal, kind: MailKind) -> list[str]:
    with portal.database.query() as connection:
        return [letter.account_id for letter in outbox.list_messages(connection) if letter.kind is kind]


def test_the_identifier_typed_at_the_sign_in_comes_along(anonymous: Browser, cast: Cast, portal: Portal):
    page = anonymous.send("/mot-de-passe/oublie", {"identifier": "alice@etxea.example", "depuis_connexion": "1"})

    assert (page.status, page.errors, page.value("identifier")) == (200, [], "alice@etxea.example")
    assert "depuis_connexion" not in page.html


@pytest.mark.parametrize(
    "identifier", ["alice@etxea.example", " ALICE@etxea.example", "personne@etxea.example", "a\0b"]
)
def test_the_answer_does_not_say_whether_there_is_an_account(anonymous: Browser, cast: Cast, identifier: str):
    page = anonymous.send("/mot-de-passe/oublie", {"identifier": identifier})

    assert (page.status, page.heading) == (200, "Consultez vos mails")
    assert identifier.strip() not in page.html


def test_a_link_is_mailed_to_who_has_an_account(anonymous: Browser, cast: Cast, portal: Portal):
    anonymous.send("/mot-de-passe/oublie", {"identifier": "Alice@etxea.example"})

    assert letters(portal, MailKind.PASSWORD_RESET) == [cast["alice"].id]


def test_an_identifier_is_asked_for(anonymous: Browser, cast: Cast):
    page = anonymous.send("/mot-de-passe/oublie", {"identifier": " "})

    assert (page.status, page.error_at("identifier")) == (422, "Saisissez votre identifiant.")


def test_asking_too_often_is_refused_for_a_while(anonymous: Browser, cast: Cast):
    pages = [anonymous.send("/mot-de-passe/oublie", {"identifier": "alice@etxea.example"}) for _ in range(4)]

    assert [page.status for page in pages] == [200, 200, 200, 429]
    assert int(pages[-1].response.headers["Retry-After"]) > 0


def test_the_link_lets_one_choose_another_password(anonymous: Browser, link: Callable[[], str]):
    path = link()
    assert anonymous.get(path).heading == "Choisissez un nouveau mot de passe"

    answer = anonymous.send(path, CHOICE)

    assert (answer.status, answer.location) == (303, "/connexion")
    assert anonymous.sign_in("alice@etxea.example", BETTER).status == 303


def test_a_reset_closes_the_sessions_that_are_open(anonymous: Browser, alice: Browser, link: Callable[[], str]):
    anonymous.send(link(), CHOICE)

    assert alice.get("/profil").location == "/connexion?next=/profil"


def test_looking_at_the_link_does_not_use_it_up(anonymous: Browser, link: Callable[[], str]):
    path = link()
    anonymous.get(path)

    assert anonymous.get(path).status == 200


def test_a_refused_choice_leaves_the_link_alive(anonymous: Browser, link: Callable[[], str]):
    path = link()

    page = anonymous.send(path, {"new_password": "court", "confirmation": "autre"})

    assert page.error_at("new_password") == "Choisissez un mot de passe de 8 caractères au moins."
    assert page.error_at("confirmation") == "Les deux mots de passe ne sont pas identiques."
    assert anonymous.send(path, CHOICE).status == 303


def test_a_used_link_is_dead(anonymous: Browser, link: Callable[[], str]):
    path = link()
    anonymous.send(path, CHOICE)

    page = anonymous.get(path)

    assert (page.status, page.errors) == (400, ["Ce lien n’est plus valable. Demandez-en un nouveau."])


def test_an_expired_link_is_dead(anonymous: Browser, link: Callable[[], str], clock: Clock):
    path = link()
    clock.advance(minutes=31)

    assert anonymous.send(path, CHOICE).status == 400


@pytest.mark.parametrize("token", ["%25", "*", "a" * 5000, "%00", "%ED%A0%80", "٣", "..%5c"])
def test_a_made_up_link_is_dead(anonymous: Browser, cast: Cast, token: str):
    page = anonymous.get(f"/mot-de-passe/{token}")

    assert (page.status, page.heading) == (400, "Mot de passe oublié")


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Choisissez un mot de passe de 8 caractères au moins."),
        ("password123", "Ce mot de passe est trop courant. Choisissez-en un autre."),
        ("aaaaaaaaaaaa", "Ce mot de passe est trop facile à deviner. Prenez plusieurs mots sans lien entre eux."),
        (PASSWORD, "Choisissez un mot de passe différent de l’actuel."),
        ("é" * 600, "Ce mot de passe est trop long : 1 024 octets au plus."),
    ],
)
def test_each_rule_of_passwords_has_its_sentence(
    anonymous: Browser, link: Callable[[], str], password: str, sentence: str
):
    page = anonymous.send(link(), {"new_password": password, "confirmation": password})

    assert (page.status, page.error_at("new_password")) == (422, sentence)
    assert not password or password not in page.html


def test_two_passwords_that_differ_are_refused(anonymous: Browser, link: Callable[[], str]):
    page = anonymous.send(link(), {"new_password": BETTER, "confirmation": "autre"})

    assert page.error_at("confirmation") == "Les deux mots de passe ne sont pas identiques."


def test_a_password_manager_learns_whose_password_it_is(anonymous: Browser, alice: Browser, clock: Clock, link):
    pages = [anonymous.get(link()), alice.get("/profil/mot-de-passe")]
    clock.advance(minutes=6)
    pages.append(alice.get("/profil/identite"))

    named = [field.get("value") for page in pages for field in page.tree.iterfind(".//input[@autocomplete='username']")]
    assert named == ["alice@etxea.example"] * 3
