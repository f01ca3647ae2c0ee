"""Everybody's browser, on a portal where everything that an address can name exists: everybody's but the missing."""

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
from tests.web.rights.canaries import kept_from
from tests.web.rights.objects import Objects, Values, furnish
from tests.web.rights.table import NOBODY_S, Row
from werkzeug.test import TestResponse

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount, Position
from izarlink_tickets.domain.account import DirectoryExported
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.event_store import events

# Who plays whom. dora decides for the other company, so that nobody of it could see more than she does. emma asked for
# tickets and watched one before she went to the other company.
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
# What each page makes anew, whatever it is about.
FRESH = re.compile(r'(name="(?:csrf_token|command_id|form_id)" value=")[^"]+')
# What a page to sign in on gives back of the form that was sent: which version its author had read.
GIVEN_BACK = re.compile(r'(name="garde\.version" value=")[^"]+')


@dataclass(frozen=True)
class Session:
    """What a browser sends along. token: of the forms."""

    cookie: str = ""
    token: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer without what may differ between two of the same: tokens, and the address that was asked."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def differences(self, other: "Answer") -> list[str]:
        """Say how the two can be told apart."""
        lines = zip(self.body.splitlines(), other.body.splitlines(), strict=False)
        heads = [str(sorted(set(self.headers) ^ set(other.headers)))] if self.headers != other.headers else []
        told = heads + [f"{one!r} / {another!r}" for one, another in lines if one != another]
        return told if self.status == other.status else [f"{self.status} / {other.status}", *told]

    @cached_property
    def text(self) -> str:
        """Give all of it, in small letters."""
        return f"{self.headers} {self.body}".lower()

    @property
    def location(self) -> str:
        return dict(self.headers).get("Location", "")


@dataclass(repr=False)
class Scene:
    """Everybody's browser, before everybody's things. canaries: what is kept from each persona; logged: all lines."""

    portal: Portal
    cast: Cast
    app: Flask
    objects: Objects
    sessions: Mapping[str, Session]
    first_state: sqlite3.Connection
    stored_at_first: tuple[int, int]
    canaries: Mapping[str, frozenset[str]]
    logged: list[Any]
    _seen: dict[str, dict[tuple[str, str], Answer]] = field(default_factory=dict)

    def answers(self, row: Row) -> dict[tuple[str, str], Answer]:
        """Ask the row's route as everybody about everything; a form goes out with nothing typed in."""
        if row.name not in self._seen:
            # What is of one company, or nobody's, has one address for several.
            asked = {(who, self.address(row, whose)): (who, whose) for who, whose in row.cells}
            answers = {by_address: self.ask(row, *cell) for by_address, cell in asked.items()}
            self._seen[row.name] = {cell: answers[cell[0], self.address(row, cell[1])] for cell in row.cells}
        return self._seen[row.name]

    def ask(self, row: Row, who: str, whose: str, *, method: str = "", **typed: str) -> Answer:
        """Ask for one cell of the row. method: another than the row's; typed: into the form."""
        path, place = self._address(row, whose)
        # The page of the thing whose form this is: an address that takes a form alone leads back there.
        pages = [path.partition(f"/{value}")[0] + f"/{value}" for value in place.values()]
        words = [path, quote(path), *pages, *(f"/{value}" for value in place.values())] if place else []
        return self.visit(who, path, method=method or row.method, masked=words, **{**self._unseen(place), **typed})

    def visit(self, who: str, path: str, *, method: str = "GET", masked: Sequence[str] = (), **typed: object) -> Answer:
        """Send one request, and put everything back as it was if something was done.

        masked: what to take out of the answer, because it only says what was asked.
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
            self.put_back()
        return _masked(response, masked)

    def put_back(self) -> None:
        """Make everything stored what it was at first."""
        with closing(sqlite3.connect(self.portal.settings.data_dir / "izarlink.db")) as live:
            live.execute("PRAGMA synchronous = OFF")
            self.first_state.backup(live)

    def address(self, row: Row, whose: str) -> str:
        """Give the path of the row's route about somebody's thing."""
        return self._address(row, whose)[0]

    def stored(self) -> tuple[int, int]:
        """Count events and mails."""
        return _stored(self.portal)

    def routes(self) -> set[tuple[str, str]]:
        """List the methods and routes of the portal. HEAD goes with GET."""
        return {(method, rule.rule) for rule in self.app.url_map.iter_rules() for method in rule.methods or ()} - {
            ("HEAD", rule.rule) for rule in self.app.url_map.iter_rules()
        }

    def _unseen(self, place: Values) -> dict[str, str]:
        """Give what a form carries along of somebody who has read everything."""
        number = place.get("number")
        version = self.objects.versions.get(number, 1) if isinstance(number, int) else 1
        return {"version": str(version), "solution_version": "1", "revision": "1"}

    def _address(self, row: Row, whose: str) -> tuple[str, Values]:
        """Give a path of the route, and what it names."""
        if whose == NOBODY_S:
            return row.route, {}
        rule = next(
            one for one in self.app.url_map.iter_rules() if one.rule == row.route and row.method in (one.methods or ())
        )
        place = self.objects.place(row.route, rule.arguments, whose)
        return self.app.url_map.bind(HOST).build(rule.endpoint, dict(place), method=row.method), place


def open_scene(app: Flask, portal: Portal, cast: Cast) -> Scene:
    """Bring everybody and everything in, sign everybody in, and deactivate who is to be."""
    for member in EXTRAS:
        cast.accounts[member.email.partition("@")[0]] = bring_in(portal, member, cast.clock())
    with capture_logs() as logged:
        objects = furnish(portal, cast)
        move = Position(Role.CUSTOMER, MENDI)
        portal.accounts.change_role(cast.context("root"), email=cast["emma"].email, position=move)
    sessions = {who: _session(signed_in(app, cast, name)) for who, name in PLAYED_BY.items()}
    portal.accounts.deactivate(cast.context("root"), email=cast["daniel"].email)
    sessions["anonymous"] = _session(Browser(app))
    kept = kept_from(cast, objects.line)
    return Scene(portal, cast, app, objects, sessions, _copy_of(portal), _stored(portal), kept, logged)


def _session(browser: Browser) -> Session:
    token, cookie = browser.token(), browser.client.get_cookie(COOKIE, HOST)
    assert cookie is not None
    return Session(cookie.value, token)


def _stored(portal: Portal) -> tuple[int, int]:
    # That an administrator takes a list away leaves its trace by design.
    done = select(func.count()).select_from(events).where(events.c.topic != DirectoryExported.TOPIC)
    with portal.database.query() as connection:
        return connection.scalar(done) or 0, connection.scalar(select(func.count()).select_from(outbox.outbox)) or 0


def _copy_of(portal: Portal) -> sqlite3.Connection:
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(portal.settings.data_dir / "izarlink.db")) as live:
        live.backup(kept)
    return kept


def _masked(response: TestResponse, words: Sequence[str]) -> Answer:
    """Take out what may differ: what each page makes anew, and what was asked for."""
    # Nobody asked for a length; but the number of a ticket may stand in it, as 24 does in 9924.
    unmasked = {"Content-Length"}
    pairs = response.headers.items()
    headers = tuple(sorted((name, value if name in unmasked else _without(value, words)) for name, value in pairs))
    body = GIVEN_BACK.sub(r"\1", FRESH.sub(r"\1", response.get_data(as_text=True)))
    # The number of a ticket is a word of many pages.
    return Answer(response.status_code, headers, _without(body, [word for word in words if len(word) > LONGEST_NUMBER]))


def _without(text: str, words: Sequence[str]) -> str:
    for word in words:
        text = text.replace(word, "/…" if word.startswith("/") else "…")
    return text
