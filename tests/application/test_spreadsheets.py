"""Imports: planned line by line, then written as a whole."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.application.import_reports import HEAD, count_rows, reasons, verdicts
from tests.application.signing_in import account_events, enqueued, sign_in
from tests.cast import ETXEA, MENDI, Cast, Clock
from tests.faults.children import killed_at

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Account, find_account_by_email
from izarlink_tickets.application import Portal
from izarlink_tickets.application.account_events import recent_account_events
from izarlink_tickets.application.spreadsheets import (
    ACCOUNTS,
    ORGANISATIONS,
    SERVICES,
    ImportRefused,
    ImportResult,
    SpreadsheetKind,
)
from izarlink_tickets.config import Settings
from izarlink_tickets.directory import OrganisationInactive, UnknownOrganisation, organisation_by_name
from izarlink_tickets.domain.account import DirectoryExported
from izarlink_tickets.domain.errors import CommandAlreadyUsed, NotAllowed
from izarlink_tickets.domain.vocabulary import CommandContext, Role
from izarlink_tickets.failpoints import EXIT_CODE, Point

# For tests whose SQL is the same on both databases.
on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


def account_with(portal: Portal, email: str) -> Account:
    with portal.database.query() as connection:
        account = find_account_by_email(connection, email=email)
    assert account is not None
    return account


# --- planning ---------------------------------------------------------------------------------------------------------


@on_sqlite
def test_customers_are_added_or_unchanged(portal: Portal, cast: Cast) -> None:
    lines = ["Fromagerie Ossau;", f"{ETXEA.upper()};Actif", f"{MENDI};Désactivé", " ;", "Aspe;actif", "Soule;parti"]
    data = "\n".join(["Nom;État", *lines])

    report = portal.spreadsheets.check(cast["root"].actor, ORGANISATIONS, data.encode())

    assert verdicts(report) == {2: "create", 3: "unchanged", 4: "refused", 6: "create", 7: "refused"}
    assert reasons(report) == {4: ["StateNotImported"], 7: ["UnknownState"]}


def test_accounts_are_created_changed_left_or_refused(portal: Portal, cast: Cast) -> None:
    data = HEAD + "\n".join(
        [
            f"emile@etxea.example;Émile Harispe;;Client;{ETXEA}",
            f"ALICE@etxea.example;Alice Etcheverry;05 59 00 00 01;customer;{ETXEA.lower()}",
            f"bob@etxea.example;Bob Etcheverry;06 00 00 00 00;client;{ETXEA}",
            "sam@izarlink.example;Sam Iriart;;Support;",
            f"emile@etxea.example;Émile Harispe;;Client;{ETXEA}",
            "nora@izarlink.example;Nora Iriart;;Chef;",
            "root@izarlink.example;Root Iriart;;Support;",
            f"ada@izarlink.example;Ada Iriart;;Auditeur;{ETXEA}",
            "maia@ossau.example;;abc;Client;Nadie",
            "not an address;Maia;;Client;",
        ]
    )

    report = portal.spreadsheets.check(cast["root"].actor, ACCOUNTS, data.encode())

    assert [verdicts(report)[line] for line in range(2, 7)] == ["create", "unchanged", "change", "unchanged", "refused"]
    assert report.outcomes[2].changed == ("phone", "role")
    assert reasons(report) == {
        6: ["DuplicateLine"],
        7: ["UnknownRole"],
        8: ["LastAdministrator"],
        9: ["OrganisationNotAllowed"],
        10: ["TextMissing", "InvalidPhone", "UnknownOrganisation"],
        11: ["InvalidEmail", "OrganisationMissing"],
    }
    assert report.outcomes[4].reasons[0].first == 2  # type: ignore[attr-defined] # the reason is a DuplicateLine


@on_sqlite
def test_connections_stay_with_their_customers(portal: Portal, cast: Cast) -> None:
    lines = [
        f"FTTO-00417;{ETXEA};Fibre du fournil;",
        f"ftto-00500;{ETXEA};Fibre de la cave;Laruns",
        f"FTTH-00981;{ETXEA};Fibre de l’atelier;",
        f"A B;{ETXEA};;",
        "FTTO-00417;Nadie;Fibre;",
    ]

    report = portal.spreadsheets.check(
        cast["root"].actor, SERVICES, "\n".join(["Référence;Client;Libellé;Site", *lines]).encode()
    )

    assert verdicts(report) == {2: "unchanged", 3: "create", 4: "refused", 5: "refused", 6: "refused"}
    assert reasons(report) == {4: ["ServiceOfAnother"], 5: ["InvalidReference", "TextMissing"], 6: ["DuplicateLine"]}


@on_sqlite
def test_an_absent_column_leaves_the_current_values(portal: Portal, cast: Cast) -> None:
    data = "email,name,role\nalice@etxea.example,Alice Harispe,customer\n"

    portal.spreadsheets.run(cast.context("root"), ACCOUNTS, data.encode())

    alice = account_with(portal, "alice@etxea.example")
    assert (alice.name, alice.phone, alice.organisation_id) == (
        "Alice Harispe",
        "05 59 00 00 01",
        cast["alice"].organisation_id,
    )


@on_sqlite
def test_an_import_adds_no_account_to_a_deactivated_customer(portal: Portal, cast: Cast) -> None:
    with portal.database.query() as connection:
        mendi = organisation_by_name(connection, name=MENDI)
    portal.directory.deactivate_organisation(cast.context("root"), organisation_id=mendi.id)
    data = HEAD + f"x@mendi.example;X;;Client;{MENDI}\n"

    report = portal.spreadsheets.check(cast["root"].actor, ACCOUNTS, data.encode())

    assert reasons(report) == {2: [OrganisationInactive.__name__]}


# --- importing --------------------------------------------------------------------------------------------------------


def test_an_import_writes_accounts_mails_and_events(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor, before = sign_in(portal, clock, "bob@etxea.example"), account_events(portal)
    data = HEAD + f"emile@etxea.example;Émile Harispe;;Client;{ETXEA}\nbob@etxea.example;Bob;;Client;{ETXEA}\n"

    done = portal.spreadsheets.run(cast.context("root"), ACCOUNTS, data.encode())

    emile, bob = account_with(portal, "emile@etxea.example"), account_with(portal, "bob@etxea.example")
    assert done == ImportResult(created=1, changed=1, unchanged=0)
    assert (emile.role, emile.must_change_password, bob.name, bob.role) == (Role.CUSTOMER, True, "Bob", Role.CUSTOMER)
    assert enqueued(portal, outbox.MailKind.CREDENTIALS) == [emile.id]
    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    assert account_events(portal) == [*before, "AccountCreated", "ContactCorrected", "RoleChanged"]


def test_the_same_import_is_carried_out_once(portal: Portal, cast: Cast) -> None:
    context, data = cast.context("root"), b"Nom\nFromagerie Ossau\n"
    portal.spreadsheets.run(context, ORGANISATIONS, data)
    after = count_rows(portal)

    assert portal.spreadsheets.run(context, ORGANISATIONS, data).is_repeated
    assert count_rows(portal) == after
    with pytest.raises(CommandAlreadyUsed):
        portal.spreadsheets.run(context, ORGANISATIONS, b"Nom\nFromagerie Aspe\n")


@on_sqlite
def test_one_wrong_line_refuses_the_whole_file(portal: Portal, cast: Cast) -> None:
    before, data = count_rows(portal), f"Référence;Client;Libellé\nA-1;{ETXEA};Fibre\nA-2;Nadie;Fibre\n"

    with pytest.raises(ImportRefused) as refused:
        portal.spreadsheets.run(cast.context("root"), SERVICES, data.encode())

    assert reasons(refused.value.report) == {3: [UnknownOrganisation.__name__]}
    assert count_rows(portal) == before


def import_customers(portal: Portal, *, context: CommandContext) -> object:
    data = "Nom\n" + "".join(f"Société {number}\n" for number in range(50))
    return portal.spreadsheets.run(context, ORGANISATIONS, data.encode())


@pytest.mark.parametrize(("point", "added"), [(Point.BEFORE_COMMIT, 0), (Point.BEFORE_ANSWER, 50)])
def test_an_import_that_is_killed_is_done_whole_or_not_at_all(
    portal: Portal, cast: Cast, settings: Settings, point: Point, added: int
) -> None:
    context, before = cast.context("root"), count_rows(portal)

    exit_code = killed_at(point, partial(import_customers, context=context), settings=settings)

    assert (exit_code, count_rows(portal)[0] - before[0]) == (EXIT_CODE, added)
    import_customers(portal, context=context)
    assert count_rows(portal)[0] - before[0] == 50


@pytest.mark.parametrize("kind", [ORGANISATIONS, ACCOUNTS, SERVICES], ids=lambda kind: kind.name)
def test_an_imported_export_changes_nothing(portal: Portal, cast: Cast, kind: SpreadsheetKind) -> None:
    portal.directory.create_organisation(cast.context("root"), name="=cmd|' /C calc'!A0; \"fils\"")
    portal.accounts.deactivate(cast.context("root"), email="carol@etxea.example")

    data = portal.spreadsheets.export(cast.context("root"), kind)

    report = portal.spreadsheets.check(cast["root"].actor, kind, data)
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\n=" not in data
    assert b";=" not in data
    assert (report.changes_nothing, len(report.outcomes)) == (True, data.count(b"\r\n") - 1)


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "headings"),
    [
        (ORGANISATIONS, "Name;State"),
        (ACCOUNTS, "Email;Name;Phone;Role;Customer;State"),
        (SERVICES, "Reference;Customer;Label;Site;Plan;State"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_an_english_export_is_imported_whatever_the_language(
    portal: Portal, cast: Cast, kind: SpreadsheetKind, headings: str
) -> None:
    data = portal.spreadsheets.export(cast.context("root"), kind, language="en")

    report = portal.spreadsheets.check(cast["root"].actor, kind, data)
    assert data.decode("utf-8-sig").splitlines()[0] == headings
    assert report.changes_nothing


@on_sqlite
@pytest.mark.parametrize("role", ["Company manager", "company", "Responsable client", "Customer manager"])
def test_a_role_is_read_in_both_languages(portal: Portal, cast: Cast, role: str) -> None:
    data = f"Email address;Name;Phone number;Role;Customer\nemile@etxea.example;Émile;;{role};{ETXEA}"

    report = portal.spreadsheets.check(cast["root"].actor, ACCOUNTS, data.encode())

    assert verdicts(report) == {2: "create"}


def test_each_export_is_recorded_once_with_its_actor(portal: Portal, cast: Cast) -> None:
    context = cast.context("root")

    portal.spreadsheets.export(context, ACCOUNTS)
    portal.spreadsheets.export(context, ACCOUNTS)

    with portal.database.query() as connection:
        recorded = recent_account_events(connection, account_id=cast["root"].id, kinds=[DirectoryExported])
    assert [(event.command_id, event.actor_id) for event in recorded] == [(context.command_id, cast["root"].id)]


@on_sqlite
@pytest.mark.parametrize(
    "attempt",
    [
        lambda sheets, cast: sheets.check(cast["sam"].actor, ORGANISATIONS, b"Nom\nX\n"),
        lambda sheets, cast: sheets.run(cast.context("sam"), ORGANISATIONS, b"Nom\nX\n"),
        lambda sheets, cast: sheets.export(cast.context("ada"), ACCOUNTS),
    ],
    ids=["check", "run", "export"],
)
def test_only_administrators_import_and_export(
    portal: Portal, cast: Cast, attempt: Callable[[Any, Cast], object]
) -> None:
    with pytest.raises(NotAllowed):
        attempt(portal.spreadsheets, cast)
