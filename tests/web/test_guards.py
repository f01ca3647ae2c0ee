"""Every route declares a guard, which admits its roles."""

from collections.abc import Callable

import pytest
from flask import Flask
from tests.domain.people import ADA, ALICE, BOB, ROOT, SAM, deactivated
from tests.web.browsing import Browser, text_of

from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.web import authentication, guards
from izarlink_tickets.web.guards import guard_of

pytestmark = pytest.mark.sqlite_only("guards are declared on routes")

NEWCOMERS = {
    "/bienvenue/mot-de-passe",
    "/connexion/double-authentification",
    "/connexion/double-authentification/cle-acces",
    "/deconnexion",
}


def routes_where(app: Flask, claim: Callable[[guards.Guard], bool]) -> set[str]:
    declared = {rule.rule: guard_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}
    return {rule for rule, guard in declared.items() if guard is not None and claim(guard)}


def test_a_route_without_a_guard_stops_the_start(own_app: Flask):
    own_app.add_url_rule("/oubli", view_func=lambda: "", endpoint="forgotten")

    with pytest.raises(RuntimeError, match="forgotten"):
        authentication.require_guards(own_app)


def test_only_these_routes_are_open_before_the_first_password_is_chosen(app: Flask):
    assert routes_where(app, lambda guard: guard.allows is not None and guard.is_open_to_newcomers) == NEWCOMERS


@pytest.mark.parametrize(
    ("guard", "let_through"),
    [
        (guards.customer, [ALICE, BOB]),
        (guards.staff, [SAM, ROOT]),
        (guards.auditor, [ADA]),
        (guards.administrator, [ROOT]),
        (guards.signed_in, [ALICE, BOB, SAM, ROOT, ADA]),
        (guards.newcomer, [ALICE, BOB, SAM, ROOT, ADA]),
    ],
)
def test_a_guard_lets_its_roles_through_and_nobody_else(guard: guards.Guard, let_through: list[Actor]):
    people = [person for active in (ALICE, BOB, SAM, ROOT, ADA) for person in (active, deactivated(active))]

    assert [person for person in people if guard.allows and guard.allows(person)] == let_through


def test_a_forbidden_page_says_so(alice: Browser):
    answer = alice.get("/-/health")

    assert (answer.status, answer.heading) == (403, "Accès réservé")


def test_the_header_shows_the_name_and_the_places_of_the_role(sam: Browser):
    page = sam.get("/profil")

    header = page.tree.find(".//header")
    assert header is not None
    links = [(text_of(link), link.get("href")) for link in header.iter("a")]
    assert links == [
        ("Support IzarLink", "/"),
        ("Créer un ticket", "/tickets/nouveau"),
        ("Tickets", "/tickets"),
        ("Bureau", "/bureau"),
        ("Mails : à jour", "/bureau/mails"),
        ("Sam Iriart", "/profil"),
    ]


def test_the_place_one_is_at_is_marked(alice: Browser):
    page = alice.get("/profil/sessions")

    current = [link.get("href") for link in page.tree.iter("a") if link.get("aria-current") == "page"]
    assert current == ["/profil/sessions"]
