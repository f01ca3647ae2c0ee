"""Every route says who may use it, and a page is reached by nobody else."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from tests.cast import Cast
from tests.domain.people import ADA, ALICE, BOB, ROOT, SAM, deactivated
from tests.web.browsing import Browser, text_of

from izarlink_tickets.application import Portal
from izarlink_tickets.domain.vocabulary import Person
from izarlink_tickets.web import authentication, guards
from izarlink_tickets.web.guards import guard_of

# What anybody may ask for; a new public route is a decision, and has to be made here too.
PUBLIC = {
    "/-/boite-aux-lettres",
    "/-/boite-aux-lettres/<name>",
    "/-/live",
    "/-/ready",
    "/accessibilite",
    "/aide",
    "/connexion",
    "/mot-de-passe/<token>",
    "/mot-de-passe/oublie",
    "/profil/mail/<token>",
    "/static/<version>/<name>",
}
NEWCOMERS = {"/bienvenue/mot-de-passe", "/deconnexion"}


def routes_where(app: Flask, claim: Callable[[guards.Guard], bool]) -> set[str]:
    declared = {rule.rule: guard_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}
    return {rule for rule, guard in declared.items() if guard is not None and claim(guard)}


def test_every_route_declares_a_guard(app: Flask):
    bare = [rule.rule for rule in app.url_map.iter_rules() if guard_of(app.view_functions[rule.endpoint]) is None]

    assert bare == []


def test_a_route_without_a_guard_stops_the_start(own_app: Flask):
    own_app.add_url_rule("/oubli", view_func=lambda: "", endpoint="forgotten")

    with pytest.raises(RuntimeError, match="forgotten"):
        authentication.require_guards(own_app)


def test_only_these_routes_are_public(app: Flask):
    assert routes_where(app, lambda guard: guard.allows is None) == PUBLIC


def test_only_these_routes_are_open_before_the_first_password_is_chosen(app: Flask):
    assert routes_where(app, lambda guard: guard.is_open_to_newcomers) == PUBLIC | NEWCOMERS


def test_every_other_page_asks_a_stranger_to_sign_in(app: Flask, cast: Cast):
    browser = Browser(app)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule not in PUBLIC and "GET" in (rule.methods or ())]
    paths = [_example(rule.rule) for rule in rules]

    answers = {path: browser.get(path).location for path in paths}

    assert all((location or "").startswith("/connexion") for location in answers.values()), answers


def test_every_other_form_asks_a_stranger_to_sign_in(app: Flask, cast: Cast):
    browser = Browser(app)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule not in PUBLIC and "POST" in (rule.methods or ())]

    answers = {rule.rule: browser.post(_example(rule.rule)).status for rule in rules}

    assert set(answers.values()) == {401}, answers


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
def test_a_guard_lets_its_roles_through_and_nobody_else(guard: guards.Guard, let_through: list[Person]):
    everybody = [person for one in (ALICE, BOB, SAM, ROOT, ADA) for person in (one, deactivated(one))]

    assert [person for person in everybody if guard.allows and guard.allows(person)] == let_through


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


def test_a_deactivated_account_is_out_at_its_next_page(alice: Browser, cast: Cast, portal: Portal):
    portal.people.deactivate(cast.act("system"), email="alice@etxea.example")

    assert alice.get("/profil").location == "/connexion?next=/profil"


def _example(rule: str) -> str:
    """Make a path of a rule."""
    examples = {"<ticket:number>": "1042", "<version:": "1"}
    for placeholder, value in examples.items():
        rule = rule.replace(placeholder, value)
    rule = re.sub("<record:[a-z_]+>", "00000000-0000-4000-8000-000000000000", rule).replace("<code:code>", "DEBIT")
    return "/".join("exemple" if part.startswith("<") else part for part in rule.split("/"))
