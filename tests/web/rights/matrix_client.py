"""Requests to the portal as each persona, about the records of each owner."""

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
from tests.web.rights.canaries import hidden_words
from tests.web.rights.records import Records, Values, create_records
from tests.web.rights.table import OWNERLESS, Row
from werkzeug.test import TestResponse

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount, Position
from izarlink_tickets.domain.account import DirectoryExported
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.event_store import events

# The account of each persona. dora has the company role, which sees the most of her company. emma opened tickets, and
# watched one, before she moved to dora's company.
PLAYED_BY = {
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
# Values that are new on every page.
FRESH = re.compile(r'(name="(?:csrf_token|command_id|form_id)" value=")[^"]+')
# The version that the author of a form had read, returned by the sign-in page.
RETURNED_VERSION = re.compile(r'(name="garde\.version" value=")[^"]+')


@dataclass(frozen=True)
class Session:
    """The session of a browser. token: of its forms."""

    cookie: str = ""
    token: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer without tokens and without the requested address."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def differences(self, other: "Answer") -> list[str]:
        """List the differences from another answer."""
        lines = zip(self.body.splitlines(), other.body.splitlines(), strict=False)
        heads = [str(sorted(set(self.headers) ^ set(other.headers)))] if self.headers != other.headers else []
        differences = heads + [f"{own!r} / {others!r}" for own, others in lines if own != others]
        return differences if self.status == other.status else [f"{self.status} / {other.status}", *differences]

    @cached_property
    def text(self) -> str:
        """Headers and body in lower case."""
        return f"{self.headers} {self.body}".lower()

    @property
    def location(self) -> str:
        return dict(self.headers).get("Location", "")


@dataclass(repr=False)
class MatrixClient:
    """The browsers of all personas.

    initial_database: restored after each executed command. initial_counts: of its events and mails.
    canaries: the words hidden from each persona. logged: all log lines.
    """

    portal: Portal
    cast: Cast
    app: Flask
    records: Records
    sessions: Mapping[str, Session]
    initial_database: sqlite3.Connection
    initial_counts: tuple[int, int]
    canaries: Mapping[str, frozenset[str]]
    logged: list[Any]
    _answers: dict[str, dict[tuple[str, str], Answer]] = field(default_factory=dict)

    def answers(self, row: Row) -> dict[tuple[str, str], Answer]:
        """Send the row's request as every persona about every owner, once."""
        if row.name not in self._answers:
            # Owners of one company share some addresses.
            requests = {(who, self.address(row, whose)): (who, whose) for who, whose in row.cells}
            answers = {by_address: self.request(row, *cell) for by_address, cell in requests.items()}
            self._answers[row.name] = {cell: answers[cell[0], self.address(row, cell[1])] for cell in row.cells}
        return self._answers[row.name]

    def request(self, row: Row, who: str, whose: str, *, method: str = "", **typed: str) -> Answer:
        """Send the request of one cell.

        method: instead of the row's. typed: the form's fields.
        """
        path, arguments = self._address(row, whose)
        # An address that only receives a form redirects to its record's page.
        pages = [path.partition(f"/{value}")[0] + f"/{value}" for value in arguments.values()]
        words = [path, quote(path), *pages, *(f"/{value}" for value in arguments.values())] if arguments else []
        return self.send(
            who, path, method=method or row.method, masked=words, **{**self._hidden_fields(arguments), **typed}
        )

    def send(self, who: str, path: str, *, method: str = "GET", masked: Sequence[str] = (), **typed: object) -> Answer:
        """Send one request; restore the database after a command.

        masked: words of the request, removed from the answer.
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
            self.initial_database.backup(live)

    def address(self, row: Row, whose: str) -> str:
        """Build the path of the row's route for an owner's record."""
        return self._address(row, whose)[0]

    def counts(self) -> tuple[int, int]:
        """Count events and mails."""
        return _counts(self.portal)

    def routes(self) -> set[tuple[str, str]]:
        """List the methods and routes of the portal. HEAD goes with GET."""
        return {(method, rule.rule) for rule in self.app.url_map.iter_rules() for method in rule.methods or ()} - {
            ("HEAD", rule.rule) for rule in self.app.url_map.iter_rules()
        }

    def _hidden_fields(self, arguments: Values) -> dict[str, str]:
        """Return the hidden fields of a form on a page that is up to date."""
        number = arguments.get("number")
        version = self.records.versions.get(number, 1) if isinstance(number, int) else 1
        return {"version": str(version), "solution_version": "1", "revision": "1"}

    def _address(self, row: Row, whose: str) -> tuple[str, Values]:
        """Build the path of a route, and return its arguments."""
        if whose == OWNERLESS:
            return row.route, {}
        rule = next(
            rule
            for rule in self.app.url_map.iter_rules()
            if rule.rule == row.route and row.method in (rule.methods or ())
        )
        arguments = self.records.arguments_for(row.route, rule.arguments, whose)
        return self.app.url_map.bind(HOST).build(rule.endpoint, dict(arguments), method=row.method), arguments


def open_matrix_client(app: Flask, portal: Portal, cast: Cast) -> MatrixClient:
    """Create the accounts and records, and sign every persona in."""
    for member in EXTRAS:
        cast.accounts[member.email.partition("@")[0]] = bring_in(portal, member, cast.clock())
    with capture_logs() as logged:
        records = create_records(portal, cast)
        move = Position(Role.CUSTOMER, MENDI)
        portal.accounts.change_role(cast.context("root"), email=cast["emma"].email, position=move)
    sessions = {who: _session(signed_in(app, cast, name)) for who, name in PLAYED_BY.items()}
    portal.accounts.deactivate(cast.context("root"), email=cast["daniel"].email)
    sessions["anonymous"] = _session(Browser(app))
    hidden = hidden_words(cast, records.service)
    return MatrixClient(portal, cast, app, records, sessions, _copy_of(portal), _counts(portal), hidden, logged)


def _session(browser: Browser) -> Session:
    token, cookie = browser.token(), browser.client.get_cookie(COOKIE, HOST)
    assert cookie is not None
    return Session(cookie.value, token)


def _counts(portal: Portal) -> tuple[int, int]:
    # An export is recorded by design, although it is a GET.
    done = select(func.count()).select_from(events).where(events.c.topic != DirectoryExported.TOPIC)
    with portal.database.query() as connection:
        return connection.scalar(done) or 0, connection.scalar(select(func.count()).select_from(outbox.outbox)) or 0


def _copy_of(portal: Portal) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(portal.settings.data_dir / "izarlink.db")) as live:
        live.backup(copy)
    return copy


def _masked(response: TestResponse, words: Sequence[str]) -> Answer:
    """Remove the words of the request, and the values that are new on every page."""
    # A ticket number may be a part of the length, as 24 is of 9924.
    unmasked = {"Content-Length"}
    pairs = response.headers.items()
    headers = tuple(sorted((name, value if name in unmasked else _without(value, words)) for name, value in pairs))
    body = RETURNED_VERSION.sub(r"\1", FRESH.sub(r"\1", response.get_data(as_text=True)))
    # A bare ticket number is a word of many pages.
    return Answer(response.status_code, headers, _without(body, [word for word in words if len(word) > LONGEST_NUMBER]))


def _without(text: str, words: Sequence[str]) -> str:
    for word in words:
        text = text.replace(word, "/…" if word.startswith("/") else "…")
    return text
