"""Imports of ten thousand lines with every kind of error."""

from collections import Counter
from collections.abc import Iterator

import pytest
from tests.application.import_reports import HEAD, count_rows, reasons, verdicts
from tests.cast import ETXEA, Cast

from izarlink_tickets import outbox
from izarlink_tickets.accounts import InvalidEmail, InvalidPhone, OrganisationMissing, OrganisationNotAllowed
from izarlink_tickets.application import Portal
from izarlink_tickets.application.spreadsheets import ACCOUNTS, ImportRefused, import_errors
from izarlink_tickets.directory import UnknownOrganisation
from izarlink_tickets.domain.errors import LastAdministrator, TextMissing

# For tests whose SQL is the same on both databases.
on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)

LINES = 10_000
# The contents of every hundredth line in turn, with their refusals.
WRONG = [
    ("not an address;Maia;;Client;%s", InvalidEmail),
    ("maia{n}@ossau.example;;;Client;%s", TextMissing),
    ("maia{n}@ossau.example;Maia;zéro;Client;%s", InvalidPhone),
    ("maia{n}@ossau.example;Maia;;Chef;%s", import_errors.UnknownRole),
    ("maia{n}@ossau.example;Maia;;Client;", OrganisationMissing),
    ("maia{n}@ossau.example;Maia;;Support;%s", OrganisationNotAllowed),
    ("maia{n}@ossau.example;Maia;;Client;Nadie", UnknownOrganisation),
    ("p2@ossau.example;Maia;;Client;%s", import_errors.DuplicateLine),
    ("root@izarlink.example;Root;;Support;", LastAdministrator),
    ("maia{n}@ossau.example;Maia;;Client", import_errors.WrongWidth),
    ('maia{n}@ossau.example;"Maia;;Client;%s', import_errors.BadQuotes),
    ("maia{n}@ossau.example;Maia\udce9;;Client;%s", import_errors.NotDecodable),
]


def the_file() -> Iterator[str]:
    yield HEAD.strip()
    for number in range(2, LINES + 2):
        if number % 100:
            yield f"p{number}@ossau.example;Personne nº {number};05 59 00 00 00;Client;{ETXEA}"
        else:
            text, _ = WRONG[number // 100 % len(WRONG)]
            yield text.replace("%s", ETXEA).replace("{n}", str(number))


@on_sqlite
def test_ten_thousand_lines_are_planned_and_none_is_written(portal: Portal, cast: Cast) -> None:
    # A lone surrogate encodes an invalid UTF-8 byte.
    data = "\r\n".join(the_file()).encode("utf-8", "surrogateescape")
    before = count_rows(portal)

    with pytest.raises(ImportRefused) as refused:
        portal.spreadsheets.run(cast.context("root"), ACCOUNTS, data)

    report = refused.value.report
    expected = {line: WRONG[line // 100 % len(WRONG)][1].__name__ for line in range(100, LINES + 2, 100)}
    # Repeated addresses are refused as duplicates.
    again = {line: "DuplicateLine" for line, name in list(expected.items())[9:] if name == "LastAdministrator"}
    invalid = {line: "DuplicateLine" for line, name in list(expected.items())[12:] if name == "InvalidEmail"}
    assert {line: names[0] for line, names in reasons(report).items()} == expected | again | invalid
    assert Counter(verdicts(report).values()) == {"create": LINES - 100, "refused": 100}
    assert count_rows(portal) == before


@on_sqlite
def test_ten_thousand_accounts_are_imported_at_once(portal: Portal, cast: Cast) -> None:
    good = [line for line in the_file() if line.startswith(("Mail", "p")) and "Maia" not in line]

    done = portal.spreadsheets.run(cast.context("root"), ACCOUNTS, "\n".join(good).encode())

    assert done.created == LINES - 100
    with portal.database.query() as connection:
        assert outbox.backlog(connection)[0] == LINES - 100
