"""A portal with objects of every kind, and visitors of every role."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from sqlalchemy import func, select
from tests.attack.page_forms import PageForm, page_forms
from tests.cast import MENDI, Cast, Clock, bring_in
from tests.stage import Stage
from tests.web.browsing import FIREFOX, Browser, signed_in
from tests.web.rights.matrix import NO_OWNER, Row, rows
from tests.web.rights.objects import Objects, Values, create_objects
from tests.web.rights.personas import EXTRAS, HERE, HOST, PERSON_OF
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client, TestResponse

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.accounts import Position
from izarlink_tickets.config import load_keys
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.event_store import events
from izarlink_tickets.web import create_app

# The people who try everything; the deactivated one is as good as anonymous.
ROLES = tuple(who for who in PERSON_OF if who != "deactivated")
VISITORS = ("anonymous", *ROLES)
ROWS = rows()
GET_ROWS = [row for row in ROWS if row.method == "GET"]


@dataclass(frozen=True)
class Seen:
    """A response, and the form or link that led to it."""

    who: str
    path: str
    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def location(self) -> str:
        return self.response.headers.get("Location", "")

    @property
    def html(self) -> str:
        return self.response.text

    @property
    def is_page(self) -> bool:
        return self.response.mimetype == "text/html" and "Location" not in self.response.headers

    def tree(self) -> Element:
        tree = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False).parse(self.html)
        assert isinstance(tree, Element)
        return tree


@dataclass
class Visitor:
    """A visitor with cookies, who sends forms as their pages hold them."""

    who: str
    client: Client
    token: str = ""

    def get(self, path: str, **options: Any) -> Seen:
        return self.open(path, method="GET", **options)

    def open(self, path: str, **options: Any) -> Seen:
        headers = {"User-Agent": FIREFOX, **options.pop("headers", {})}
        response = self.client.open(path, base_url=HERE, headers=headers, **options)
        # To its end, as browsers do.
        response.get_data()
        response.request.environ["wsgi.input"].close()
        return Seen(self.who, path, response)

    def send(self, form: PageForm, pairs: Sequence[tuple[str, Any]]) -> Seen:
        """Send a form; each time it is another command."""
        fields: MultiDict[str, Any] = MultiDict(pairs)
        if form.method == "GET":
            return self.open(form.path.partition("?")[0], method="GET", query_string=fields)
        for name in ("command_id", "form_id"):
            if name in fields:
                fields[name] = str(uuid4())
        return self.open(form.path, method=form.method, data=fields)


@dataclass
class World:
    """A portal, its visitors, and all pages that they have seen."""

    portal: Portal
    cast: Cast
    app: Flask
    objects: Objects
    visitors: Mapping[str, Visitor]
    _rules: dict[tuple[str, str], Any] = field(default_factory=dict)

    def address(self, row: Row, ownership: str) -> str:
        """Return the path of the row's route for an object."""
        if ownership == NO_OWNER:
            return row.route
        rule = self._rule(row)
        values: Values = self.objects.values_for(row.route, rule.arguments, ownership)
        return str(self.app.url_map.bind(HOST).build(rule.endpoint, dict(values), method=row.method))

    def addresses(self, who: str) -> Iterator[tuple[Row, str]]:
        """Yield the pages that this visitor is answered, each once."""
        seen = set()
        for row in GET_ROWS:
            for ownership in dict.fromkeys(owner for person, owner in row.cells if person == who):
                path = self.address(row, ownership)
                if row.cells[who, ownership].startswith("200") and path not in seen:
                    seen.add(path)
                    yield row, path
        for row, number in self._tickets(who):
            path = row.route.replace("<ticket:number>", str(number))
            if path not in seen:
                yield row, path

    def rule_of(self, method: str, path: str) -> str:
        """Return the route that answers a path, or the path itself."""
        try:
            rule, _ = self.app.url_map.bind(HOST).match(path.partition("?")[0], method=method, return_rule=True)
        except Exception:  # noqa: BLE001 - redirects and missing pages alike
            return path
        return rule.rule

    def renew(self, who: str) -> Visitor:
        """Sign the visitor in anew, where their session has ended."""
        visitor = visitor_of(self.app, self.cast, who)
        self.visitors[who].client, self.visitors[who].token = visitor.client, visitor.token
        return self.visitors[who]

    def renew_all(self) -> None:
        for who in self.visitors:
            self.renew(who)

    def copy(self) -> sqlite3.Connection:
        """Copy the database, which must be SQLite."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(self.portal.settings.data_dir / "izarlink.db")) as live:
            live.backup(copy)
        return copy

    def restore(self, copy: sqlite3.Connection) -> None:
        """Restore the database, and drop the copy."""
        with closing(sqlite3.connect(self.portal.settings.data_dir / "izarlink.db")) as live, closing(copy):
            live.execute("PRAGMA synchronous = OFF")
            copy.backup(live)

    def recorded(self) -> int:
        """Count the stored events."""
        with self.portal.database.query() as connection:
            return connection.scalar(select(func.count()).select_from(events)) or 0

    def _tickets(self, who: str) -> Iterator[tuple[Row, int]]:
        routes = {"/tickets/<ticket:number>", "/bureau/tickets/<ticket:number>", "/audit/tickets/<ticket:number>"}
        for row in GET_ROWS:
            if row.route in routes:
                owners = [owner for person, owner in row.cells if person == who]
                shown = {owner for owner in owners if row.cells[who, owner].startswith("200")}
                for (_, ownership), number in self.objects.numbers.items():
                    if ownership in shown:
                        yield row, number

    def _rule(self, row: Row) -> Any:
        if not self._rules:
            self._rules = {
                (method, rule.rule): rule for rule in self.app.url_map.iter_rules() for method in rule.methods or ()
            }
        return self._rules[row.method, row.route]


@contextmanager
def open_world(stage: Stage, folder: Path, *, clock: Clock | None = None) -> Iterator[World]:
    """Open a portal of its own, with everybody signed in."""
    settings, cast = stage.settings(folder), stage.people(clock or Clock())
    portal = open_portal(settings, load_keys(settings))
    app = create_app(portal, clock=cast.clock)
    # A failure is the attack's to see.
    app.config["TESTING"] = True
    for member in EXTRAS:
        cast.accounts[member.email.partition("@")[0]] = bring_in(portal, member, cast.clock())
    objects = create_objects(portal, cast)
    move = Position(Role.CUSTOMER, MENDI)
    portal.accounts.change_role(cast.context("root"), email=cast["emma"].email, position=move)
    yield World(portal, cast, app, objects, {who: visitor_of(app, cast, who) for who in VISITORS})
    portal.database.close()


def visitor_of(app: Flask, cast: Cast, who: str) -> Visitor:
    """Sign a persona in."""
    browser = Browser(app) if who == "anonymous" else signed_in(app, cast, PERSON_OF[who])
    return Visitor(who, browser.client, browser.token())


def forms_on(seen: Seen) -> list[PageForm]:
    """Return the forms of a page, except the one that signs out."""
    return [form for form in page_forms(seen.path, seen.html) if form.path != "/deconnexion"] if seen.is_page else []
