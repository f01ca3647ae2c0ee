"""The directory's lists: search, filters, pages."""

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

# Sorted without accents and case.
NAMES = ["Eloi", "etxe 2", "Étxea 10 %", "Ûrrugne", "Zuberoa"]


def add(connection: Connection, number: int, name: str) -> None:
    """Add an organisation with one account and one service."""
    organisation = create_organisation(connection, name=name, now=NOW)
    create_service(connection, reference=f"R-{number}", organisation_id=organisation.id, label=f"Fibre {name}")
    email = f"m{number}@ossau.example"
    create_account(
        connection, email=email, name=f"Maddi {name}", role=Role.CUSTOMER, now=NOW, organisation_id=organisation.id
    )


@pytest.fixture
def filled_directory(database: Database) -> Database:
    with database.command() as connection:
        for number, name in enumerate(reversed(NAMES)):
            add(connection, number, name)
    return database


def test_pages_lead_on_and_back(filled_directory: Database) -> None:
    with filled_directory.query() as connection:
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
        invalid = list_organisation_rows(
            connection, filtered=DirectoryFilter(), page_request=PageRequest(after="nobody"), size=2
        )

    assert [[row.name for row in page.rows] for page in (first, second, third)] == [NAMES[:2], NAMES[2:4], NAMES[4:]]
    assert (first.before, third.after) == (None, None)
    assert (back.rows, invalid.rows) == (second.rows, first.rows)
    assert [(row.accounts, row.services) for row in first.rows] == [(1, 1), (1, 1)]


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
def test_words_are_found_without_accents_and_case(filled_directory: Database, words: str, expected: list[str]) -> None:
    with filled_directory.query() as connection:
        organisations = list_organisation_rows(connection, filtered=DirectoryFilter(words))
        accounts = list_account_rows(connection, filtered=DirectoryFilter(words))
        services = list_service_rows(connection, filtered=DirectoryFilter(words))

    assert [row.name for row in organisations.rows] == expected
    assert [row.name for row in accounts.rows] == [f"Maddi {name}" for name in expected]
    assert {row.organisation_name for row in services.rows} == set(expected)


def test_lists_are_filtered(filled_directory: Database) -> None:
    with filled_directory.command() as connection:
        everybody = list_account_rows(connection, filtered=DirectoryFilter()).rows
        deactivate(connection, account_id=everybody[0].id)
        filters = [
            DirectoryFilter(is_active=False),
            DirectoryFilter(roles=[Role.COMPANY]),
            DirectoryFilter(organisation_id=everybody[1].organisation_id or ""),
        ]
        found = [list_account_rows(connection, filtered=filtered).rows for filtered in filters]

    assert [[row.name for row in rows] for rows in found] == [["Maddi Eloi"], [], ["Maddi etxe 2"]]
