"""Accounts as administrators manage them: once, recorded without a name."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from tests.application.directory_records import EMILE, account, last_event, on_sqlite, organisation
from tests.application.signing_in import account_events, enqueued, sign_in
from tests.cast import ETXEA, Cast, Clock

from izarlink_tickets import outbox
from izarlink_tickets.accounts import EmailTaken, OrganisationMissing, OrganisationNotAllowed, PasswordAlreadyChosen
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import Contact, NewAccount, Position
from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.directory import UnknownOrganisation
from izarlink_tickets.domain.errors import LastAdministrator, NothingChanges, OwnAccount, OwnAddress, Refusal
from izarlink_tickets.domain.vocabulary import Role


@on_sqlite
def test_the_same_form_sent_twice_makes_one_account_and_one_mail(portal: Portal, cast: Cast) -> None:
    context = cast.context("root")

    first = portal.accounts.create_account(context, EMILE)
    again = portal.accounts.create_account(context, EMILE)

    assert first.id == again.id
    assert enqueued(portal, outbox.MailKind.CREDENTIALS) == [first.id]


@on_sqlite
def test_only_a_person_who_never_signed_in_is_invited_again(portal: Portal, cast: Cast) -> None:
    emile = portal.accounts.create_account(cast.context("root"), EMILE)

    portal.accounts.invite(cast.context("root"), email=EMILE.email)

    assert enqueued(portal, outbox.MailKind.CREDENTIALS) == [emile.id, emile.id]
    with pytest.raises(PasswordAlreadyChosen):
        portal.accounts.invite(cast.context("root"), email="alice@etxea.example")


def test_a_corrected_contact_is_recorded_without_its_values(portal: Portal, cast: Cast) -> None:
    contact = Contact("Alice Etcheberry", "alice@etxea.example", "05 59 00 00 09")

    changed = portal.accounts.correct_contact(cast.context("root"), email="alice@etxea.example", contact=contact)

    assert (changed.name, changed.phone) == ("Alice Etcheberry", "05 59 00 00 09")
    stream, fields = last_event(portal)
    assert (stream, fields["changed"]) == (cast["alice"].id, ["name", "phone"])
    assert "Etcheberry" not in str(fields)


def test_another_address_counts_once_its_owner_confirms_it(portal: Portal, cast: Cast, clock: Clock) -> None:
    contact = Contact("Alice Etcheverry", "alice.e@etxea.example", "05 59 00 00 09")

    changed = portal.accounts.correct_contact(cast.context("root"), email="alice@etxea.example", contact=contact)

    assert (changed.email, changed.pending_email, changed.phone) == (
        "alice@etxea.example",
        "alice.e@etxea.example",
        "05 59 00 00 09",
    )
    assert enqueued(portal, outbox.MailKind.EMAIL_CONFIRMATION) == [cast["alice"].id]
    assert enqueued(portal, outbox.MailKind.CREDENTIALS) == []
    assert account_events(portal)[-2:] == ["ContactCorrected", "EmailChangeRequested"]
    assert sign_in(portal, clock, "alice@etxea.example")


@on_sqlite
def test_a_reset_password_leaves_the_address_to_be_confirmed(portal: Portal, cast: Cast, clock: Clock) -> None:
    sign_in(portal, clock, "alice@etxea.example")
    portal.accounts.renew_password(cast.context("root"), email="alice@etxea.example")
    contact = Contact("Alice Etcheverry", "alice.e@etxea.example", "05 59 00 00 01")

    changed = portal.accounts.correct_contact(cast.context("root"), email="alice@etxea.example", contact=contact)

    assert changed.email == "alice@etxea.example"
    assert enqueued(portal, outbox.MailKind.CREDENTIALS) == []


@on_sqlite
def test_nobody_changes_their_own_address_as_an_administrator(portal: Portal, cast: Cast) -> None:
    contact = Contact("Root Iriart", "root@ailleurs.example", "")

    with pytest.raises(OwnAddress):
        portal.accounts.correct_contact(cast.context("root"), email="root@izarlink.example", contact=contact)

    assert account(portal, cast["root"].id) == cast["root"]


@on_sqlite
def test_a_mistyped_address_of_a_newcomer_is_corrected_and_its_password_dies(
    portal: Portal, cast: Cast, clock: Clock
) -> None:
    created, initial = portal.accounts.create_account_with_password(cast.context("root"), EMILE)

    portal.accounts.correct_contact(
        cast.context("root"), email=EMILE.email, contact=Contact(EMILE.name, "emile.h@etxea.example", "")
    )

    assert enqueued(portal, outbox.MailKind.CREDENTIALS) == [created.id]
    assert enqueued(portal, outbox.MailKind.EMAIL_CHANGED) == []
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "emile.h@etxea.example", initial)


@on_sqlite
def test_the_address_of_another_account_is_refused(portal: Portal, cast: Cast) -> None:
    contact = Contact("Alice Etcheverry", "BOB@etxea.example", "")

    with pytest.raises(EmailTaken):
        portal.accounts.correct_contact(cast.context("root"), email="alice@etxea.example", contact=contact)

    assert account(portal, cast["alice"].id) == cast["alice"]


@on_sqlite
def test_two_equal_edits_of_a_field_are_no_conflict(portal: Portal, cast: Cast) -> None:
    seen = Contact("Alice Etcheverry", "alice@etxea.example", "05 59 00 00 01")
    moved = Contact("Alice Etcheverry", "alice@etxea.example", "06 00 00 00 00")
    portal.accounts.correct_contact(cast.context("root"), email="alice@etxea.example", contact=moved, seen=seen)
    both = Contact("Alice Harispe", "alice@etxea.example", "06 00 00 00 00")

    changed = portal.accounts.correct_contact(
        cast.context("root"), email="alice@etxea.example", contact=both, seen=seen
    )

    assert (changed.name, changed.phone) == ("Alice Harispe", "06 00 00 00 00")


def test_a_changed_role_ends_the_sessions_and_records_both_roles(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "charlie@mendi.example")
    etxea = organisation(portal, ETXEA)

    portal.accounts.change_role(
        cast.context("root"), email="charlie@mendi.example", position=Position("company", ETXEA)
    )

    moved = account(portal, cast["charlie"].id)
    assert (moved.role, moved.organisation_id) == (Role.COMPANY, etxea.id)
    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    fields = last_event(portal)[1]
    assert (fields["previous_account_role"], fields["account_role"]) == ("customer", "company")
    assert fields["previous_organisation_id"] == cast["charlie"].organisation_id


@on_sqlite
@pytest.mark.parametrize(
    ("name", "position", "refusal"),
    [
        ("alice", Position("customer", ""), OrganisationMissing),
        ("alice", Position("support", ETXEA), OrganisationNotAllowed),
        ("alice", Position("customer", "Nadie"), UnknownOrganisation),
        ("alice", Position("customer", ETXEA), NothingChanges),
        ("root", Position("support", ""), LastAdministrator),
    ],
)
def test_an_invalid_role_is_refused(
    portal: Portal, cast: Cast, name: str, position: Position, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        portal.accounts.change_role(cast.context("root"), email=cast[name].email, position=position)

    assert account(portal, cast[name].id).role == cast[name].role


def test_ones_own_account_and_the_last_administrator_cannot_be_deactivated(portal: Portal, cast: Cast) -> None:
    with pytest.raises(OwnAccount):
        portal.accounts.deactivate(cast.context("root"), email="root@izarlink.example")
    with pytest.raises(LastAdministrator):
        portal.accounts.deactivate(cast.context("system"), email="root@izarlink.example")

    assert account(portal, cast["root"].id).active


def test_two_administrators_cannot_deactivate_each_other_at_once(portal: Portal, cast: Cast) -> None:
    second = portal.accounts.create_account(
        cast.context("root"), NewAccount("maia@izarlink.example", "Maia Iriart", Role.ADMINISTRATOR)
    )
    cast.accounts["maia"] = second
    commands = [(cast.context("root"), second.email), (cast.context("maia"), cast["root"].email)]

    def deactivate(pair: tuple[Any, str]) -> None:
        with suppress(Refusal):
            portal.accounts.deactivate(pair[0], email=pair[1])

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(deactivate, commands))

    assert [account(portal, account_id).active for account_id in (cast["root"].id, second.id)].count(True) == 1
