"""A browser for page tests, which reviews every response."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element

import html5lib
import lxml.html  # type: ignore[import-untyped] # its stubs are a package of their own
from flask import Flask
from tests.cast import PASSWORD, Cast
from werkzeug.test import TestResponse

from izarlink_tickets.application.sign_ins import start_visit
from izarlink_tickets.web.app_context import now, portal

WANTED_HEADERS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cache-Control",
)
# What needs a label; a button's text is its own.
LABELLED = ("input", "select", "textarea")
UNLABELLED_TYPES = ("hidden", "submit", "button")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

# What has no influence on whether a page is valid: whole character references, then values and text without markup.
CHARACTER_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|#34|#39);")
PLAIN_TEXT = re.compile(
    r'(?<==")[^"<>&\x00-\x08\x0e-\x1f\x7f-\x9f]*(?=")|(?<=>)[^<>&\x00-\x08\x0e-\x1f\x7f-\x9f]*(?=<)'
)
_valid_shapes: set[str] = set()


@dataclass(frozen=True)
class Page:
    """A response, with the tree of its page."""

    response: TestResponse
    tree: Element

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def location(self) -> str | None:
        return self.response.headers.get("Location")

    @property
    def html(self) -> str:
        return self.response.text

    @property
    def title(self) -> str:
        return text_of(self.tree.find(".//title"))

    @property
    def heading(self) -> str:
        return text_of(self.tree.find(".//h1"))

    @property
    def words(self) -> str:
        """The visible text, in one line, with plain spaces."""
        return text_of(self.tree.find(".//body"))

    @property
    def announcements(self) -> list[str]:
        return [text_of(paragraph) for paragraph in self.tree.findall(".//*[@role='status']/p")]

    @property
    def errors(self) -> list[str]:
        """The sentences of the error summary."""
        return [text_of(item) for item in self.tree.findall(".//*[@role='alert']//li")]

    def error_at(self, name: str) -> str | None:
        """Return the error beside a field."""
        error = self.tree.find(f".//*[@id='{name}-error']")
        return None if error is None else text_of(error)

    def field(self, name: str) -> Element:
        elements = [element for element in self.tree.iter() if element.get("name") == name]
        assert elements, f"no field {name}"
        return elements[0]

    def value(self, name: str) -> str | None:
        return self.field(name).get("value")

    def hidden_fields(self, action: str = "", *, place: int = 0) -> dict[str, str]:
        """Return the hidden inputs of the form with the action.

        place: among several.
        """
        forms = [form for form in self.tree.iter("form") if form.get("action", "") == action]
        hidden = forms[place].findall(".//input[@type='hidden']")
        return {element.get("name", ""): element.get("value", "") for element in hidden}


def text_of(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


class Browser:
    """A person's browser: it keeps cookies and checks every response."""

    def __init__(self, app: Flask, *, base_url: str = "http://127.0.0.1:8000") -> None:
        self.client = app.test_client()
        self._base_url = base_url

    def get(self, path: str, **options: Any) -> Page:
        return self._seen(self.client.get(path, base_url=self._base_url, **self._as_browser(options)))

    def send(self, path: str, fields: Mapping[str, Any] | None = None, **options: Any) -> Page:
        """Post a form with the CSRF token of the portal's pages."""
        return self.post(path, {"csrf_token": self.token(), **(fields or {})}, **options)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **options: Any) -> Page:
        """Post exactly these fields."""
        options = self._as_browser(options)
        return self._seen(self.client.post(path, base_url=self._base_url, data=fields, **options))

    def ask(self, method: str, path: str, **options: Any) -> Page:
        return self._seen(self.client.open(path, method=method, base_url=self._base_url, **options))

    def token(self) -> str:
        return self.get("/mot-de-passe/oublie").hidden_fields("/mot-de-passe/oublie")["csrf_token"]

    def sign_in(self, identifier: str, password: str = PASSWORD, *, path: str = "/connexion") -> Page:
        return self.send(path, {"identifier": identifier, "password": password})

    def go_on_as(self, session_id: str) -> None:
        """Take the cookie of a session, as Flask-Login writes it."""
        with self.client.session_transaction(base_url=self._base_url) as cookie:
            cookie.update({"_user_id": session_id, "_fresh": True})

    @staticmethod
    def _as_browser(options: dict[str, Any]) -> dict[str, Any]:
        return {**options, "headers": {"User-Agent": FIREFOX, **options.get("headers", {})}}

    def _seen(self, response: TestResponse) -> Page:
        missing = [name for name in WANTED_HEADERS if name not in response.headers]
        assert not missing, f"{response.request.path} lacks {missing}"
        # The client wrote large forms into a temporary file.
        response.request.environ["wsgi.input"].close()
        # To its end, as browsers do: half-read, a stream keeps the context of its request.
        response.get_data()
        is_page = response.mimetype == "text/html" and response.request.method != "HEAD"
        is_ours = is_page and "Location" not in response.headers
        page = Page(response, tree_of(response.text if is_page else ""))
        if is_ours:
            check_syntax(page.html)
            review(page)
        return page


def tree_of(html: str) -> Element:
    """Parse a page, valid or not."""
    # Its elements have the methods of the standard library's.
    tree = cast("Element", lxml.html.document_fromstring(html or "<html></html>"))
    for element in (*tree.iter("textarea"), *tree.iter("pre")):
        # It isn't part of the text (HTML, « Optional tags »); this parser keeps it.
        element.text = (element.text or "").removeprefix("\n")
    return tree


def check_syntax(html: str) -> None:
    """Check that a page is valid HTML. Raises: html5lib.html5parser.ParseError."""
    shape = PLAIN_TEXT.sub("", CHARACTER_REFERENCE.sub("", html))
    # The parser takes 90 ms for a page, and words don't change its answer.
    if shape not in _valid_shapes:
        html5lib.HTMLParser(strict=True).parse(html)
        _valid_shapes.add(shape)


def signed_in(app: Flask, cast: Cast, name: str) -> Browser:
    """Return a signed-in browser, without the 22 ms of a password check."""
    browser = Browser(app)
    with app.app_context(), portal().database.command() as connection:
        visitor = start_visit(connection, cast[name], user_agent=FIREFOX, now=now(), proved_at=now())
    browser.go_on_as(visitor.session_id)
    return browser


def review(page: Page) -> None:
    """Check what holds for every page."""
    headings = page.tree.findall(".//h1")
    assert len(headings) == 1, "a page has one h1"
    # How many tickets wait for the viewer.
    title = re.sub(r"^\(\d+\) ", "", page.title.removeprefix("Erreur : ").removeprefix("Error: "))
    assert title.startswith(page.heading), f"« {page.title} » does not begin with « {page.heading} »"
    ids = [element.get("id", "") for element in page.tree.iter() if element.get("id")]
    assert sorted(ids) == sorted(set(ids)), "an id is used twice"
    _review_fields(page.tree, ids)
    _review_forms(page.tree)
    assert not [element for element in page.tree.iter() if element.get("style")], "no inline style under our policy"
    assert all(script.get("src") for script in page.tree.iter("script")), "no inline script under our policy"


def _review_fields(tree: Element, ids: Sequence[str]) -> None:
    labelled = {label.get("for") for label in tree.iter("label")}
    for field in (
        element for element in tree.iter() if element.tag in LABELLED and element.get("type") not in UNLABELLED_TYPES
    ):
        assert field.get("id") in labelled or field.get("aria-label"), f"{field.get('name')} has no label"
        # It would lead past the title, the help and the notices, and on a telephone bring up the keyboard.
        assert field.get("autofocus") is None, f"{field.get('name')} takes the focus by itself"
    pointed = [target for element in tree.iter() for target in (element.get("aria-describedby") or "").split()]
    pointed += [link.get("href", "")[1:] for link in tree.iter("a") if link.get("href", "").startswith("#")]
    assert set(pointed) <= set(ids), f"nothing has the id of {set(pointed) - set(ids)}"


def _review_forms(tree: Element) -> None:
    for form in tree.iter("form"):
        names = [element.get("name") for element in form.iter("input")]
        assert (form.get("method") == "post") == ("csrf_token" in names), "posted forms, and they alone, hold a token"


def query_of(location: str | None) -> dict[str, str]:
    return dict(parse_qsl((location or "").partition("?")[2]))
