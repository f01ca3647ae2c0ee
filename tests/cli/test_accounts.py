"""`account`: create, list, disable, reset-password, reset-second-factor."""

import json

import pytest
from tests.application.second_factor_holders import LOCALHOST, Holder, portal_with
from tests.application.signing_in import account_events, enqueued
from tests.cast import ETXEA, Cast, Clock
from tests.cli.conftest import Command, is_one_line, on_sqlite

from izarlink_tickets import outbox
from izarlink_tickets.accounts import EnrolledFactors, find_account_by_email, find_enrolled_factors
from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailKind, MailStatus

EMILE = ("emile@etxea.example", "--name", "Émile Harispe", "--role", "customer", "--organisation", ETXEA)


def test_creating_an_account_mails_its_credentials(command: Command, portal: Portal):
    ended = command("account", "create", *EMILE)

    assert (ended.code, ended.err) == (0, "")
    assert [(message.kind, message.status) for message in _waiting(portal)] == [
        (MailKind.CREDENTIALS, MailStatus.WAITING)
    ]


def test_the_password_is_printed_only_when_asked_for_and_then_not_mailed(command: Command, portal: Portal):
    ended = command("account", "create", *EMILE, "--print-password")

    visitor = portal.sign_ins.sign_in(
        identifier=EMILE[0],
        password=ended.out.strip(),
        remote_address="127.0.0.1",
        user_agent="test",
        now=_account(portal, EMILE[0]).created_at,
    )
    assert visitor.must_change_password
    assert _waiting(portal) == []


@on_sqlite
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("emile@etxea.example", "--name", "Émile", "--role", "customer"), "--organisation"),
        (("emile@etxea.example", "--name", "Émile", "--role", "company"), "--organisation"),
        (
            ("emile@etxea.example", "--name", "Émile", "--role", "customer", "--organisation", "Nadie"),
            "No customer has this name",
        ),
        (("emile@izarlink.example", "--name", "Émile", "--role", "support", "--organisation", ETXEA), "organisation"),
        (("ALICE@etxea.example", "--name", "Alice", "--role", "customer", "--organisation", ETXEA), "Another account"),
        (("no address", "--name", "Émile", "--role", "auditor"), "email address"),
        (("emile@etxea.example", "--name", "  ", "--role", "auditor"), "name"),
    ],
)
def test_an_invalid_account_is_refused_in_one_line(
    command: Command, portal: Portal, arguments: tuple[str, ...], word: str
):
    ended = command("account", "create", *arguments)

    assert (ended.code, ended.out) == (1, "")
    assert is_one_line(ended.err)
    assert word in ended.err
    assert _waiting(portal) == []


@on_sqlite
def test_the_role_of_the_portal_itself_is_not_offered(command: Command):
    ended = command("account", "create", "emile@etxea.example", "--name", "Émile", "--role", "system")

    assert ended.code == 2
    assert "'system' is not one of" in ended.err


def test_accounts_are_listed_for_scripts(command: Command, cast: Cast):
    ended = command("account", "list", "--json")

    alice = json.loads(ended.out)[1]
    assert (alice["email"], alice["role"], alice["organisation"]) == ("alice@etxea.example", "customer", ETXEA)
    assert (alice["id"], alice["active"], alice["must_change_password"]) == (cast["alice"].id, True, False)
    assert alice["created_at"] == "2026-11-02T08:00:00Z"


@on_sqlite
def test_accounts_are_listed_for_people(command: Command):
    ended = command("account", "list")

    assert ended.out.splitlines()[0].split() == ["EMAIL", "NAME", "ROLE", "ORGANISATION", "ACTIVE", "SIGNED", "IN"]
    assert len(ended.out.splitlines()) == 9


def test_a_disabled_account_is_inactive(command: Command, portal: Portal):
    ended = command("account", "disable", "alice@etxea.example")

    assert ended.code == 0
    assert not _account(portal, "alice@etxea.example").active


def test_resetting_a_password_revokes_it_and_mails_another(command: Command, portal: Portal):
    ended = command("account", "reset-password", "alice@etxea.example")

    assert ended.code == 0
    assert _account(portal, "alice@etxea.example").must_change_password
    assert [message.kind for message in _waiting(portal)] == [MailKind.PASSWORD_RENEWED]


def test_a_reset_password_is_printed_only_when_asked_for(command: Command, portal: Portal):
    ended = command("account", "reset-password", "alice@etxea.example", "--print-password")

    assert len(ended.out.strip()) > 12
    assert _waiting(portal) == []


# root is the last administrator, whom no other one can help.
@pytest.mark.parametrize("name", ["sam", "root"])
def test_resetting_a_second_factor_removes_all_of_it_and_ends_the_sessions(
    command: Command, portal: Portal, cast: Cast, clock: Clock, name: str
):
    holder = Holder(portal_with(portal, second_factor="staff", base_url=LOCALHOST), clock, cast[name].email)
    visitor = holder.add_passkey(holder.add_app(holder.begin()))
    portal.second_factors.create_recovery_codes(visitor, now=clock())
    assert _enrolled(portal, cast, name) == EnrolledFactors(has_app=True, passkeys=1, recovery_codes=10)

    first, second = [
        command("account", "reset-second-factor", holder.email, "--command-id", "7f1c0000-0000-4000-8000-000000000001")
        for _ in "12"
    ]

    assert (first.code, first.out) == (0, f"Reset {holder.email}; a mail tells this person.\n")
    assert (second.code, second.out) == (first.code, first.out)
    assert _enrolled(portal, cast, name) == EnrolledFactors(has_app=False, passkeys=0, recovery_codes=0)
    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    assert account_events(portal).count("SecondFactorReset") == 1
    assert enqueued(portal, MailKind.SECOND_FACTOR_RESET) == [cast[name].id]


@on_sqlite
def test_without_a_second_factor_there_is_none_to_reset(command: Command, portal: Portal):
    ended = command("account", "reset-second-factor", "sam@izarlink.example")

    assert (ended.code, is_one_line(ended.err)) == (1, True)
    assert "no second factor" in ended.err
    assert _waiting(portal) == []


@on_sqlite
@pytest.mark.parametrize("name", ["disable", "reset-password", "reset-second-factor"])
def test_an_unknown_address_is_refused(command: Command, name: str):
    ended = command("account", name, "nobody@etxea.example")

    assert (ended.code, ended.err) == (1, "izarlink-tickets: No account has this email address.\n")


def _waiting(portal: Portal) -> list[outbox.OutboxMessage]:
    with portal.database.query() as connection:
        return outbox.list_messages(connection, outbox.outbox.c.status == MailStatus.WAITING.value)


def _enrolled(portal: Portal, cast: Cast, name: str) -> EnrolledFactors:
    with portal.database.query() as connection:
        return find_enrolled_factors(connection, account_id=cast[name].id)


def _account(portal: Portal, email: str):
    with portal.database.query() as connection:
        account = find_account_by_email(connection, email=email)
    assert account is not None
    return account
