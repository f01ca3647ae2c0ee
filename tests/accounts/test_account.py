"""Accounts: creation, look-up and changes."""

from dataclasses import replace

import pytest
from tests.accounts.moments import HOUR, NOW

from izarlink_tickets.accounts import (
    EmailTaken,
    InvalidEmail,
    InvalidPhone,
    OrganisationMissing,
    OrganisationNotAllowed,
    Preferences,
    Recipient,
    Theme,
    activate,
    active_staff,
    change_contact,
    change_preferences,
    confirm_contact,
    confirm_email,
    create_account,
    deactivate,
    find_account,
    find_account_by_email,
    find_accounts,
    find_recipients,
    list_accounts,
    list_accounts_of_organisation,
    record_sign_in,
    request_email,
)
from izarlink_tickets.directory import UnknownOrganisation
from izarlink_tickets.domain.errors import TextMissing, UnknownChoice
from izarlink_tickets.domain.vocabulary import Actor, Role


def reread(connection, account):
    return find_account(connection, account_id=account.id)


def test_a_new_account_is_active_without_a_password_and_with_the_defaults(alice, etxea):
    assert alice.active
    assert alice.must_change_password
    assert alice.actor == Actor(alice.id, Role.CUSTOMER, etxea.id, is_active=True)
    assert (alice.locale, alice.timezone, alice.theme) == ("fr", "Europe/Paris", Theme.AUTO)
    assert (alice.mails_own_acts, alice.mails_new_tickets) == (True, True)
    assert (alice.created_at, alice.confirmed_at, alice.last_signed_in_at) == (NOW, None, None)
    assert (alice.phone, alice.pending_email) == ("", None)


def test_an_account_is_found_by_id_and_by_address_in_any_capitals(database, alice):
    with database.query() as connection:
        assert find_account(connection, account_id=alice.id) == alice
        assert find_account_by_email(connection, email=" ALICE@etxea.example") == alice


@pytest.mark.parametrize("typed", ["", "bob@etxea.example", "%", "alice@etxea.example\x00x", "\ud800", "a" * 100_000])
def test_an_unknown_address_finds_nobody(database, alice, typed):
    with database.query() as connection:
        assert find_account_by_email(connection, email=typed) is None


def test_several_accounts_are_found_at_once(database, alice, bob, sam):
    with database.query() as connection:
        assert find_accounts(connection, ids={sam.id, alice.id, "another"}) == [alice, sam]
        assert find_accounts(connection, ids=set()) == []


def test_accounts_are_listed_by_address_and_by_organisation(database, alice, bob, sam, etxea):
    with database.query() as connection:
        assert list_accounts(connection) == [alice, bob, sam]
        assert list_accounts_of_organisation(connection, organisation_id=etxea.id) == [alice, bob]


@pytest.mark.parametrize("email", ["alice@etxea.example", "Alice@ETXEA.example"])
def test_two_accounts_cannot_have_one_address(database, alice, email):
    with pytest.raises(EmailTaken), database.command() as connection:
        create_account(connection, email=email, name="Alicia", role=Role.SUPPORT, now=NOW)


@pytest.mark.parametrize(
    ("invalid", "refusal"),
    [
        ({"email": "nobody"}, InvalidEmail),
        ({"name": " "}, TextMissing),
        ({"phone": "call me"}, InvalidPhone),
        ({"role": Role.SYSTEM}, UnknownChoice),
        ({"role": Role.CUSTOMER}, OrganisationMissing),
        ({"role": Role.COMPANY}, OrganisationMissing),
        ({"role": Role.CUSTOMER, "organisation_id": "another"}, UnknownOrganisation),
    ],
)
def test_an_invalid_account_is_not_created(database, invalid, refusal):
    fields = {"email": "ada@izarlink.example", "name": "Ada", "role": Role.AUDITOR, "now": NOW} | invalid

    with pytest.raises(refusal), database.command() as connection:
        create_account(connection, **fields)


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.ADMINISTRATOR, Role.AUDITOR])
def test_nobody_of_izarlink_belongs_to_a_customer(database, etxea, role):
    with pytest.raises(OrganisationNotAllowed), database.command() as connection:
        create_account(
            connection, email="ada@izarlink.example", name="Ada", role=role, organisation_id=etxea.id, now=NOW
        )


def test_name_and_telephone_can_be_changed(database, alice):
    with database.command() as connection:
        change_contact(connection, account_id=alice.id, name=" Alice  Etxe ", phone="05 59 00 00 00")

        assert reread(connection, alice) == replace(alice, name="Alice Etxe", phone="05 59 00 00 00")


def test_the_date_of_the_confirmation_is_kept(database, alice):
    with database.command() as connection:
        confirm_contact(connection, account_id=alice.id, now=NOW + HOUR)

        assert reread(connection, alice).confirmed_at == NOW + HOUR


def test_the_date_of_the_last_sign_in_is_kept(database, alice):
    with database.command() as connection:
        record_sign_in(connection, account_id=alice.id, now=NOW + HOUR)

        assert reread(connection, alice).last_signed_in_at == NOW + HOUR


def test_a_new_address_counts_once_it_is_confirmed(database, alice):
    with database.command() as connection:
        address = request_email(connection, account_id=alice.id, email="Alice@Mendi.example")
        requested = reread(connection, alice)
        confirm_email(connection, account_id=alice.id, email=address)
        confirmed = reread(connection, alice)

        assert find_account_by_email(connection, email="alice@mendi.example") == confirmed
        assert find_account_by_email(connection, email="alice@etxea.example") is None
    assert (requested.email, requested.pending_email) == ("alice@etxea.example", "Alice@mendi.example")
    assert (confirmed.email, confirmed.pending_email) == ("Alice@mendi.example", None)


def test_an_address_may_change_its_capitals_only(database, alice):
    with database.command() as connection:
        confirm_email(connection, account_id=alice.id, email="Alice@etxea.example")

        assert reread(connection, alice).email == "Alice@etxea.example"


def test_another_account_s_address_can_be_requested_but_not_confirmed(database, alice, bob):
    with database.command() as connection:
        request_email(connection, account_id=alice.id, email="bob@etxea.example")

    with pytest.raises(EmailTaken), database.command() as connection:
        confirm_email(connection, account_id=alice.id, email="bob@etxea.example")


def test_an_invalid_address_can_not_be_requested(database, alice):
    with pytest.raises(InvalidEmail), database.command() as connection:
        request_email(connection, account_id=alice.id, email="a@b.fr\nBcc: c@d.fr")


def test_preferences_can_be_changed_and_restored(database, alice):
    chosen = Preferences(
        locale="en", timezone="Indian/Reunion", theme=Theme.DARK, mails_own_acts=False, mails_new_tickets=False
    )
    with database.command() as connection:
        change_preferences(connection, account_id=alice.id, preferences=chosen)
        changed = reread(connection, alice)
        change_preferences(connection, account_id=alice.id, preferences=Preferences())

        assert reread(connection, alice) == alice
    assert (changed.locale, changed.timezone, changed.theme) == ("en", "Indian/Reunion", Theme.DARK)
    assert (changed.mails_own_acts, changed.mails_new_tickets) == (False, False)


@pytest.mark.parametrize(
    ("field", "preferences"),
    [("locale", Preferences(locale="de")), ("timezone", Preferences(timezone="../../etc/passwd"))],
)
def test_an_unknown_preference_is_refused(database, alice, field, preferences):
    with pytest.raises(UnknownChoice) as refused, database.command() as connection:
        change_preferences(connection, account_id=alice.id, preferences=preferences)

    assert refused.value.field == field


def test_a_deactivated_account_stays_known_and_can_come_back(database, alice):
    with database.command() as connection:
        deactivate(connection, account_id=alice.id)
        deactivated = reread(connection, alice)
        activate(connection, account_id=alice.id)

        assert reread(connection, alice) == alice
    assert not deactivated.actor.is_active


def team_in(connection, *ids):
    return [recipient.actor for recipient in find_recipients(connection, ids=ids, with_team=True)]


def test_the_team_is_the_active_support_that_wants_to_hear_of_new_tickets(database, alice, sam):
    with database.command() as connection:
        nora = create_account(connection, email="nora@izarlink.example", name="Nora", role=Role.SUPPORT, now=NOW)
        root = create_account(connection, email="root@izarlink.example", name="Root", role=Role.ADMINISTRATOR, now=NOW)
        before = team_in(connection)
        change_preferences(connection, account_id=nora.id, preferences=Preferences(mails_new_tickets=False))
        quieter = team_in(connection)
        deactivate(connection, account_id=sam.id)

        assert team_in(connection) == []
        assert [account.id for account in active_staff(connection)] == [nora.id, root.id]
    assert before == [nora.actor, sam.actor]
    assert quieter == [sam.actor]


def test_the_recipients_are_the_team_and_the_accounts_with_these_ids(database, alice, sam):
    with database.query() as connection:
        assert team_in(connection, alice.id, sam.id, "another") == [alice.actor, sam.actor]
        assert find_recipients(connection, ids={alice.id}, with_team=False) == [
            Recipient(alice.actor, mails_own_acts=True)
        ]
        assert find_recipients(connection, ids=(), with_team=False) == []
