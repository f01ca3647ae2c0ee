"""Browsers of all personas, on a portal with objects of every kind."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import func, select
from structlog.testing import capture_logs
from tests.cast import ETXEA, MENDI, Cast, bring_in
from tests.web.browsing import FIREFOX, Browser, signed_in
from tests.web.rights.canaries import forbidden_words
from tests.web.rights.matrix import NO_OWNER, Row
from tests.web.rights.objects import OWNERS, RESET, Objects, Values, create_objects
from werkzeug.test import TestResponse

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount, Position
from izarlink_tickets.domain.account import DirectoryExported
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.event_store import events

# The person of each persona. dora has the company role, so nobody at her company sees more. emma opened tickets and
# watched one before she moved to that company.
PERSON_OF = {
    "deactivated": "daniel",
    "customer": "alice",
    "colleague": "carol",
    "company": "bob",
    "stranger": "dora",
    "moved": "emma",
    "support": "sam",
    "administrator": "root",
    "auditor": "ada",
}
EXTRAS = (
    NewAccount("daniel@etxea.example", "Daniel Etcheverry", Role.COMPANY, ETXEA),
    NewAccount("emma@etxea.example", "Emma Etcheverry", Role.CUSTOMER, ETXEA),
    NewAccount("dora@mendi.example", "Dora Mendiburu", Role.COMPANY, MENDI),
)
COOKIE, HOST, HERE = "izarlink", "127.0.0.1", "http://127.0.0.1:8000"
REFUSED, LONGEST_NUMBER = 400, len("/99")
# Values that differ on every page.
FRESH = re.compile(r'(name="(?:csrf_token|command_id|form_id)" value=")[^"]+')
# The version of the ticket that a sign-in page carries for the form that was sent.
GIVEN_BACK = re.compile(r'(name="garde\.version" value=")[^"]+')


@dataclass(frozen=True)
class Session:
    """The cookie of a browser, and the token of its forms."""

    cookie: str = ""
    token: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer without its tokens and its own URL."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def differences(self, other: "Answer") -> list[str]:
        """Return the differences between two answers."""
        lines = zip(self.body.splitlines(), other.body.splitlines(), strict=False)
        heads = [str(sorted(set(self.headers) ^ set(other.headers)))] if self.headers != other.headers else []
        differences = heads + [f"{line!r} / {other_line!r}" for line, other_line in lines if line != other_line]
        return differences if self.status == other.status else [f"{self.status} / {other.status}", *differences]

    @cached_property
    def text(self) -> str:
        """Return headers and body in lower case."""
        return f"{self.headers} {self.body}".lower()

    @property
    def location(self) -> str:
        return dict(self.headers).get("Location", "")


@dataclass(repr=False)
class Personas:
    """The browsers of all personas.

    canaries: the words that each persona must not see. logged: all lines of the log.
    """

    portal: Portal
    cast: Cast
    app: Flask
    objects: Objects
    sessions: Mapping[str, Session]
    initial_state: sqlite3.Connection
    initial_counts: tuple[int, int]
    canaries: Mapping[str, frozenset[str]]
    logged: list[Any]
    _answers: dict[str, dict[tuple[str, str], Answer]] = field(default_factory=dict)

    def answers(self, row: Row) -> dict[tuple[str, str], Answer]:
        """Request the row's route for every cell; forms are sent empty."""
        if row.name not in self._answers:
            # Objects of one company, or of nobody, have one URL for several cells.
            cells = {(who, self.address(row, ownership)): (who, ownership) for who, ownership in row.cells}
            answers = {by_address: self.ask(row, *cell) for by_address, cell in cells.items()}
            self._answers[row.name] = {cell: answers[cell[0], self.address(row, cell[1])] for cell in row.cells}
        return self._answers[row.name]

    def ask(self, row: Row, who: str, ownership: str, *, method: str = "", **typed: str) -> Answer:
        """Request one cell of the row.

        method: instead of the row's. typed: fields of the form.
        """
        path, values = self._address(row, ownership)
        # The page of the form's object, to which a URL without a page redirects.
        pages = [path.partition(f"/{value}")[0] + f"/{value}" for value in values.values()]
        words = [path, quote(path), *pages, *(f"/{value}" for value in values.values())] if values else []
        return self.visit(who, path, method=method or row.method, masked=words, **{**self._versions(values), **typed})

    def visit(self, who: str, path: str, *, method: str = "GET", masked: Sequence[str] = (), **typed: object) -> Answer:
        """Send one request, and restore the database after a change.

        masked: words of the request to remove from the answer.
        """
        session = self.sessions[who]
        with capture_logs() as logged:
            response = self.app.test_client(use_cookies=False).open(
                path,
                method=method,
                data={"csrf_token": session.token, **typed} if method == "POST" else None,
                base_url=HERE,
                headers={"User-Agent": FIREFOX, "Cookie": f"{COOKIE}={session.cookie}"},
            )
        self.logged += logged
        if method == "POST" and response.status_code < REFUSED:
            self.restore()
        return _masked(response, masked)

    def restore(self) -> None:
        """Restore the initial database."""
        with closing(sqlite3.connect(self.portal.settings.data_dir / "izarlink.db")) as live:
            live.execute("PRAGMA synchronous = OFF")
            self.initial_state.backup(live)

    def copy(self) -> sqlite3.Connection:
        """Copy the database as it is now."""
        return _copy_of(self.portal)

    def address(self, row: Row, ownership: str) -> str:
        """Return the path of the row's route for an object."""
        return self._address(row, ownership)[0]

    def shown_by_link(self, row: Row, ownership: str) -> frozenset[str]:
        """Return the words that the row's link reveals rightly."""
        is_named = row.route == RESET and ownership in OWNERS
        return frozenset({self.cast[OWNERS[ownership]].email} if is_named else ())

    def stored(self) -> tuple[int, int]:
        """Count events and mails."""
        return _stored(self.portal)

    def routes(self) -> set[tuple[str, str]]:
        """Return the methods and routes of the portal, without HEAD."""
        return {(method, rule.rule) for rule in self.app.url_map.iter_rules() for method in rule.methods or ()} - {
            ("HEAD", rule.rule) for rule in self.app.url_map.iter_rules()
        }

    def _versions(self, values: Values) -> dict[str, str]:
        """Return the current versions, as a form carries them."""
        number = values.get("number")
        version = self.objects.versions.get(number, 1) if isinstance(number, int) else 1
        return {"version": str(version), "solution_version": "1", "revision": "1"}

    def _address(self, row: Row, ownership: str) -> tuple[str, Values]:
        """Return a path of the row's route, and its arguments."""
        if ownership == NO_OWNER:
            return row.route, {}
        rule = next(
            rule
            for rule in self.app.url_map.iter_rules()
            if rule.rule == row.route and row.method in (rule.methods or ())
        )
        values = self.objects.values_for(row.route, rule.arguments, ownership)
        return self.app.url_map.bind(HOST).build(rule.endpoint, dict(values), method=row.method), values


def open_personas(app: Flask, portal: Portal, cast: Cast) -> Personas:
    """Create all people and objects, sign everybody in, deactivate daniel."""
    for member in EXTRAS:
        cast.accounts[member.email.partition("@")[0]] = bring_in(portal, member, cast.clock())
    with capture_logs() as logged:
        objects = create_objects(portal, cast)
        move = Position(Role.CUSTOMER, MENDI)
        portal.accounts.change_role(cast.context("root"), email=cast["emma"].email, position=move)
    sessions = {who: _session(signed_in(app, cast, name)) for who, name in PERSON_OF.items()}
    portal.accounts.deactivate(cast.context("root"), email=cast["daniel"].email)
    sessions["anonymous"] = _session(Browser(app))
    canaries = forbidden_words(cast, objects.line)
    return Personas(portal, cast, app, objects, sessions, _copy_of(portal), _stored(portal), canaries, logged)


def _session(browser: Browser) -> Session:
    token, cookie = browser.token(), browser.client.get_cookie(COOKIE, HOST)
    assert cookie is not None
    return Session(cookie.value, token)


def _stored(portal: Portal) -> tuple[int, int]:
    # An administrator's export leaves an event by design.
    recorded = select(func.count()).select_from(events).where(events.c.topic != DirectoryExported.TOPIC)
    with portal.database.query() as connection:
        return connection.scalar(recorded) or 0, connection.scalar(select(func.count()).select_from(outbox.outbox)) or 0


def _copy_of(portal: Portal) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(portal.settings.data_dir / "izarlink.db")) as live:
        live.backup(copy)
    return copy


def _masked(response: TestResponse, words: Sequence[str]) -> Answer:
    """Remove what may differ: fresh values and words of the request."""
    # A length may contain a ticket's number by chance, as 9924 contains 24.
    unmasked = {"Content-Length"}
    pairs = response.headers.items()
    headers = tuple(sorted((name, value if name in unmasked else _without(value, words)) for name, value in pairs))
    # A thumbnail is no text.
    body = GIVEN_BACK.sub(r"\1", FRESH.sub(r"\1", response.get_data().decode(errors="replace")))
    # A ticket's number occurs on many pages.
    return Answer(response.status_code, headers, _without(body, [word for word in words if len(word) > LONGEST_NUMBER]))


def _without(text: str, words: Sequence[str]) -> str:
    for word in words:
        text = text.replace(word, "/…" if word.startswith("/") else "…")
    return text
