"""Every page is in its reader's language, for every role."""

from collections.abc import Callable, Iterator
from itertools import product
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from tests.cast import Cast
from tests.i18n.words import foreign_to, words_in
from tests.openings import open_incident, open_request
from tests.web.browsing import Browser, Page

from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal

pytestmark = pytest.mark.sqlite_only("the catalogue")

LANGUAGES = ("fr", "en")
FOREIGN = {language: foreign_to(language) for language in LANGUAGES}
# Attributes that browsers read out or show.
SPOKEN = ("aria-label", "title", "placeholder", "data-label", "alt")
# Names of languages are written in their own language; code belongs to none.
UNREAD = ("code", "pre", "script", "style")
OWN_NAMES = {"english", "français"}
# These answer programs, or end the session or change the language that the walk needs.
NOT_WALKED = ("/-/", "/static/", "/deconnexion", "/profil/sessions", "/profil/personnalisation/defaut")
TITLE = "Xqz"
# Of the tickets that `openings` creates.
DESCRIPTIONS = ("Depuis ce matin.", "Pour le comptable.")
Walk = Callable[[str, str], list[Page]]


@pytest.fixture
def tickets(portal: Portal, cast: Cast) -> None:
    """Tickets 1 to 6: new, pending, on hold, resolved, closed, requalified."""
    numbers = [open_incident(portal, cast, title=TITLE) for _ in range(5)]
    tickets, context = portal.tickets, cast.context
    numbers.append(open_request(portal, cast, title=TITLE))
    tickets.request_information(context("sam"), number=numbers[1], question=TITLE)
    tickets.hold(context("sam"), number=numbers[2], reason=TITLE, until=cast.clock.now.replace(year=2030))
    tickets.resolve(context("sam"), number=numbers[3], solution=TITLE)
    tickets.resolve(context("sam"), number=numbers[4], solution=TITLE)
    tickets.approve_solution(context("alice"), number=numbers[4], solution_version=1, comment=TITLE)
    tickets.add_watcher(context("sam"), number=numbers[5], account_id=cast["carol"].id)
    tickets.add_internal_note(context("sam"), number=numbers[5], text=TITLE, mentioned_ids=[cast["nora"].id])


@pytest.fixture
def walk(app: Flask, portal: Portal, cast: Cast, browser_of: Callable[[str], Browser]) -> Walk:
    """Open every page as a person, in a language."""

    def walk(name: str, language: str) -> list[Page]:
        portal.profiles.save_preferences(cast[name].id, preferences=Preferences(locale=language))
        browser = browser_of(name)
        token = browser.token()
        pages = [browser.get(path) for path in _addresses(app, cast, "GET")]
        pages += [browser.post(path, {"csrf_token": token}) for path in _addresses(app, cast, "POST")]
        return [page for page in pages if page.response.mimetype == "text/html" and page.location is None]

    return walk


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["alice", "sam", "ada", "root"])
def test_no_page_has_a_word_of_another_language(name: str, language: str, walk: Walk, cast: Cast):
    pages = walk(name, language)

    assert _found(pages, language, cast) == [], "\n".join(_found(pages, language, cast))
    assert {page.tree.get("lang") for page in pages} == {language}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visitor_gets_the_language_of_the_browser(app: Flask, cast: Cast, language: str):
    headers = {"Accept-Language": f"{language}-CH, es;q=0.8"}

    pages = [
        Browser(app).get(path, headers=headers)
        for path in ("/connexion", "/mot-de-passe/oublie", "/aide", "/accessibilite", "/nulle-part", "/mot-de-passe/x")
    ]

    assert _found(pages, language, cast) == [], "\n".join(_found(pages, language, cast))
    assert {page.tree.get("lang") for page in pages} == {language}


def _addresses(app: Flask, cast: Cast, method: str) -> Iterator[str]:
    """List the addresses of all routes; new kinds of parameters go here."""
    values: dict[str, list[object]] = {
        "number": [1, 2, 4, 6] if method == "GET" else [1],
        "organisation_id": [cast["alice"].organisation_id],
        "account_id": [cast["alice"].id],
        "service_id": [cast.fibre.id],
        "code": ["DEBIT"],
        "text_id": [1],
    }
    adapter = app.url_map.bind("127.0.0.1:8000")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if method in (rule.methods or ()) and not rule.rule.startswith(NOT_WALKED):
            for filled in product(*(values.get(name, ["x"]) for name in sorted(rule.arguments))):
                yield adapter.build(rule.endpoint, dict(zip(sorted(rule.arguments), filled, strict=True)))


def _found(pages: list[Page], language: str, cast: Cast) -> list[str]:
    """List the pages with foreign words."""
    found = [(page, sorted(_foreign(page, language, cast))) for page in pages]
    return [f"{page.response.request.path} ({page.status}): {' '.join(words)}" for page, words in found if words]


def _foreign(page: Page, language: str, cast: Cast) -> set[str]:
    text = " ".join(_said(page.tree))
    data = [
        *DESCRIPTIONS,
        cast.fibre.label,
        cast.line_of_mendi.label,
        *(account.name for account in cast.accounts.values()),
    ]
    for phrase in sorted(data, key=len, reverse=True):
        text = text.replace(phrase, " ")
    return words_in(text) & FOREIGN[language] - OWN_NAMES


def _said(element: Element) -> Iterator[str]:
    if element.tag in UNREAD:
        yield element.tail or ""
        return
    yield from (element.get(name, "") for name in SPOKEN)
    yield element.text or ""
    for child in element:
        yield from _said(child)
    yield element.tail or ""
