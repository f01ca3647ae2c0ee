"""The directory's lists: searched without accents or case, and paged by the row that a page begins behind."""

import pytest
from sqlalchemy import Connection
from tests.accounts.moments import NOW

from izarlink_tickets.accounts import create_account, deactivate
from izarlink_tickets.accounts.listing import (
    DirectoryFilter,
    list_account_rows,
    list_organisation_rows,
    list_service_rows,
)
from izarlink_tickets.database import Database
from izarlink_tickets.database.paging import PageRequest
from izarlink_tickets.directory import create_organisation, create_service
from izarlink_tickets.domain.vocabulary import Role

# As a reader sorts them, whatever accents and capitals.
NAMES = ["Eloi", "etxe 2", "Étxea 10 %", "Ûrrugne", "Zuberoa"]


def add(connection: Connection, number: int, name: str) -> None:
    """Add a customer with one account and one connection."""
    one = create_organisation(connection, name=name, now=NOW)
    create_service(connection, reference=f"R-{number}", organisation_id=one.id, label=f"Fibre {name}")
    email = f"m{number}@ossau.example"
    create_account(connection, email=email, name=f"Maddi {name}", role=Role.CUSTOMER, now=NOW, organisation_id=one.id)


@pytest.fixture
def full(database: Database) -> Database:
    with database.command() as connection:
        for number, name in enumerate(reversed(NAMES)):
            add(connection, number, name)
    return database


def test_pages_go_on_and_come_back(full: Database) -> None:
    with full.query() as connection:
        first = list_organisation_rows(connection, filtered=DirectoryFilter(), size=2)
        second = list_organisation_rows(
            connection, filtered=DirectoryFilter(), page_request=PageRequest(after=first.after), size=2
        )
        third = list_organisation_rows(
            connection, filtered=DirectoryFilter(), page_request=PageRequest(after=second.after), size=2
        )
        back = list_organisation_rows(
            connection, filtered=DirectoryFilter(), page_request=PageRequest(before=third.before), size=2
        )
        lost = list_organisation_rows(
            connection, filtered=DirectoryFilter(), page_request=PageRequest(after="nobody"), size=2
        )

    assert [[one.name for one in page.rows] for page in (first, second, third)] == [NAMES[:2], NAMES[2:4], NAMES[4:]]
    assert (first.before, third.after) == (None, None)
    assert (back.rows, lost.rows) == (second.rows, first.rows)
    assert [(one.accounts, one.services) for one in first.rows] == [(1, 1), (1, 1)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ETXE", NAMES[1:3]),
        ("urrugne", ["Ûrrugne"]),
        ("10 %", ["Étxea 10 %"]),
        ("%", ["Étxea 10 %"]),
        ("_", []),
        ("", NAMES),
    ],
)
def test_words_are_found_whatever_accents_and_capitals(full: Database, words: str, expected: list[str]) -> None:
    with full.query() as connection:
        clients = list_organisation_rows(connection, filtered=DirectoryFilter(words))
        people = list_account_rows(connection, filtered=DirectoryFilter(words))
        lines = list_service_rows(connection, filtered=DirectoryFilter(words))

    assert [one.name for one in clients.rows] == expected
    assert [one.name for one in people.rows] == [f"Maddi {name}" for name in expected]
    assert {one.organisation_name for one in lines.rows} == set(expected)


def test_lists_are_narrowed(full: Database) -> None:
    with full.command() as connection:
        everybody = list_account_rows(connection, filtered=DirectoryFilter()).rows
        deactivate(connection, account_id=everybody[0].id)
        filters = [
            DirectoryFilter(is_active=False),
            DirectoryFilter(roles=[Role.COMPANY]),
            DirectoryFilter(organisation_id=everybody[1].organisation_id or ""),
        ]
        found = [list_account_rows(connection, filtered=filtered).rows for filtered in filters]

    assert [[one.name for one in rows] for rows in found] == [["Maddi Eloi"], [], ["Maddi etxe 2"]]
