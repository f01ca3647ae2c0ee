"""List queries.

Parsed from a URL, and written back to the same URL.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from tests.cast import Cast

from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.web.audit.pages import AuditQuery
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.directory.directory_query import AccountsQuery
from izarlink_tickets.web.list_query import ListQuery
from izarlink_tickets.web.tickets.list_query import TicketListQuery

pytestmark = pytest.mark.sqlite_only("URLs")

Parse = Callable[[dict[str, str], Actor], ListQuery]

PARSERS: dict[str, Parse] = {
    "/tickets": lambda arguments, viewer: TicketListQuery.parse(arguments, viewer, timezone="Europe/Paris"),
    "/bureau": QueueQuery.parse,
    "/bureau/comptes": lambda arguments, _: AccountsQuery.parse(arguments),
    "/audit": lambda arguments, _: AuditQuery().with_arguments(arguments),
}


def parsed(url: str, viewer: Actor) -> ListQuery:
    parts = urlsplit(url)
    return PARSERS[parts.path](dict(parse_qsl(parts.query)), viewer)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("alice", "/tickets"),
        (
            "alice",
            "/tickets?etat=NOUVEAU&q=d%C3%A9bit+lent&type=INCIDENT&categorie=DEBIT&du=2026-11-02&au=2026-11-03&tri=titre&apres=abc",
        ),
        ("bob", "/tickets?portee=moi&avant=abc"),
        ("sam", "/bureau?vue=a-traiter"),
        (
            "sam",
            "/bureau?vue=tous&q=lent&etat=OUVERT&type=DEMANDE&urgence=4&organisation=o&affecte=personne&tri=-numero&avant=b",
        ),
        ("root", "/bureau/comptes?q=etxea&client=o&role=support&etat=desactive&apres=abc"),
        ("ada", "/audit?q=atelier&apres=abc"),
    ],
)
def test_a_query_is_written_back_to_its_url(app: Flask, cast: Cast, name: str, url: str):
    with app.test_request_context():
        query = parsed(url, cast[name].actor)

        assert query.url() == url
    assert not query.has_unknown_values


@pytest.mark.parametrize(
    ("url", "without"),
    [
        ("/tickets?etat=PERDU&q=lent", "/tickets?q=lent"),
        ("/bureau?vue=perdue", "/bureau?vue=a-traiter"),
        ("/bureau?vue=resolus&etat=NOUVEAU", "/bureau?vue=resolus"),
        ("/bureau/comptes?role=system", "/bureau/comptes"),
    ],
)
def test_an_unknown_value_is_ignored_and_flagged(app: Flask, cast: Cast, url: str, without: str):
    with app.test_request_context():
        query = parsed(url, cast["sam"].actor)

        assert query.url() == without
    assert query.has_unknown_values


@pytest.mark.parametrize("path", PARSERS)
def test_a_long_cursor_stays_whole(app: Flask, cast: Cast, path: str):
    with app.test_request_context():
        query = parsed(f"{path}?apres={'x' * 700}", cast["sam"].actor)

    assert query.page_request.after == "x" * 700
