"""Signing in, passwords, addresses and links."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from tests.application.signing_in import ANOTHER_PASSWORD, account_events, enqueued, link, sign_in
from tests.cast import ETXEA, PASSWORD, Cast, Clock

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
    EmailTaken,
    InitialPasswordExpired,
    LinkNotValid,
    PasswordTooWeak,
    Purpose,
    TooManyAttempts,
)
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import Contact, NewAccount, UnknownAccount
from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.event_store import events


def guess(portal: Portal, clock: Clock, times: int, *, email: str = "alice@etxea.example", browsers: str = "") -> None:
    """Try wrong passwords, whether they are checked or refused."""
    for _ in range(times):
        with suppress(WrongCredentials, TooManyAttempts):
            sign_in(portal, clock, email, "faux", browsers=browsers)


def ask_for_link(portal: Portal, now: datetime, *, address: str = "192.0.2.7", browsers: str = "") -> None:
    portal.profiles.request_password_reset(
        identifier="alice@etxea.example", remote_address=address, now=now, known_browsers=browsers
    )


def test_the_right_password_opens_a_session(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "Alice@ETXEA.example ")

    seen = portal.sign_ins.visitor(visitor.session_id, now=clock())

    assert seen is not None
    assert (seen.account.id, seen.must_change_password) == (cast["alice"].id, False)
    assert account_events(portal)[-1] == "SignedIn"


def test_a_chosen_password_never_expires(portal: Portal, cast: Cast, clock: Clock) -> None:
    clock.advance(days=3650)

    assert sign_in(portal, clock, "alice@etxea.example").must_change_password is False


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@etxea.example", "faux"),
        ("nobody@etxea.example", PASSWORD),
        ("alice@etxea.example", ""),
        ("\x00", "\ud800"),
    ],
)
def test_every_cause_of_a_refused_sign_in_answers_alike(
    portal: Portal, clock: Clock, email: str, password: str
) -> None:
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, email, password)


def test_a_deactivated_account_has_no_session_and_cannot_sign_in(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    portal.accounts.deactivate(cast.context("root"), email="alice@etxea.example")

    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "alice@etxea.example")
    assert account_events(portal)[-1] == "Deactivated"


def test_the_sixth_failure_locks_even_the_right_password_out_for_a_while(portal: Portal, clock: Clock) -> None:
    guess(portal, clock, 5)

    with pytest.raises(TooManyAttempts):
        sign_in(portal, clock, "alice@etxea.example")

    assert account_events(portal)[-1] == "Locked"
    clock.advance(minutes=15, seconds=1)
    assert sign_in(portal, clock, "alice@etxea.example")


def test_40_wrong_passwords_from_one_address_lock_neither_known_browsers_nor_other_networks(
    portal: Portal, cast: Cast, clock: Clock
) -> None:
    browsers = portal.sign_ins.remember_browser("", cast["alice"], now=clock())
    guess(portal, clock, 40)

    assert sign_in(portal, clock, "alice@etxea.example", browsers=browsers)
    assert sign_in(portal, clock, "alice@etxea.example", address="198.51.100.7")


def test_a_known_browser_has_attempts_of_its_own_and_no_more(portal: Portal, cast: Cast, clock: Clock) -> None:
    browsers = portal.sign_ins.remember_browser("", cast["alice"], now=clock())
    guess(portal, clock, 10, browsers=browsers)

    with pytest.raises(TooManyAttempts):
        sign_in(portal, clock, "alice@etxea.example", browsers=browsers)

    assert sign_in(portal, clock, "alice@etxea.example")


def test_a_browser_that_knows_another_account_is_unknown_to_this_one(portal: Portal, cast: Cast, clock: Clock) -> None:
    browsers = portal.sign_ins.remember_browser("", cast["bob"], now=clock())
    guess(portal, clock, 5)

    with pytest.raises(TooManyAttempts):
        sign_in(portal, clock, "alice@etxea.example", browsers=browsers)


def test_a_lock_is_told_once_a_day(portal: Portal, cast: Cast, clock: Clock) -> None:
    mails = []
    for _ in range(3):
        guess(portal, clock, 5)
        mails.append(len(enqueued(portal, outbox.MailKind.SIGN_IN_LOCKED)))
        clock.advance(hours=13)

    assert mails == [1, 1, 2]
    assert account_events(portal).count("Locked") == 3


def test_nobody_is_told_of_a_lock_of_no_account(portal: Portal, clock: Clock) -> None:
    guess(portal, clock, 10, email="nobody@etxea.example")

    assert enqueued(portal, outbox.MailKind.SIGN_IN_LOCKED) == []


@pytest.mark.parametrize(("idle", "is_there"), [(timedelta(minutes=29), True), (timedelta(minutes=31), False)])
def test_an_idle_session_ends(portal: Portal, clock: Clock, idle: timedelta, *, is_there: bool) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    seen = portal.sign_ins.visitor(visitor.session_id, now=clock() + idle)

    assert (seen is not None) is is_there


def test_a_session_that_is_used_goes_on_until_its_absolute_end(portal: Portal, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    seen = [portal.sign_ins.visitor(visitor.session_id, now=clock.advance(minutes=20)) is not None for _ in range(37)]

    assert seen == [True] * 35 + [False] * 2


@pytest.mark.cve("CVE-2020-1768")
def test_automatic_requests_do_not_extend_the_session(portal: Portal, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    seen = [
        portal.sign_ins.background_visitor(visitor.session_id, now=clock.advance(minutes=12)) is not None for _ in "123"
    ]

    assert seen == [True, True, False]


def test_a_copied_cookie_is_dead_after_signing_out(portal: Portal, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    portal.sign_ins.sign_out(visitor.session_id)

    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None


def test_an_initial_password_must_be_changed_first(portal: Portal, cast: Cast, clock: Clock) -> None:
    newcomer = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA)
    _, initial = portal.accounts.create_account_with_password(cast.context("root"), newcomer)
    visitor = sign_in(portal, clock, "denis@etxea.example", initial)
    assert visitor.must_change_password

    with pytest.raises(PasswordTooWeak):
        portal.profiles.choose_first_password(visitor, password=initial, user_agent="Firefox", now=clock())
    changed = portal.profiles.choose_first_password(
        visitor, password=ANOTHER_PASSWORD, user_agent="Firefox", now=clock()
    )

    assert (changed.must_change_password, changed.session_id != visitor.session_id) == (False, True)
    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "denis@etxea.example", initial)
    assert sign_in(portal, clock, "denis@etxea.example", ANOTHER_PASSWORD)


@pytest.mark.cve("CVE-2026-41902")
def test_an_initial_password_dies_after_seven_days(portal: Portal, cast: Cast, clock: Clock) -> None:
    newcomer = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA)
    _, initial = portal.accounts.create_account_with_password(cast.context("root"), newcomer)

    clock.advance(days=7, seconds=1)
    portal.housekeeping.run(clock())

    with pytest.raises(InitialPasswordExpired):
        sign_in(portal, clock, "denis@etxea.example", initial)


def test_only_who_types_the_right_initial_password_learns_that_it_has_expired(
    portal: Portal, cast: Cast, clock: Clock
) -> None:
    newcomer = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA)
    _, initial = portal.accounts.create_account_with_password(cast.context("root"), newcomer)
    clock.advance(days=8)

    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "denis@etxea.example", "faux")
    portal.accounts.deactivate(cast.context("root"), email="denis@etxea.example")
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "denis@etxea.example", initial)


def test_a_changed_password_closes_the_other_sessions_and_mails(portal: Portal, cast: Cast, clock: Clock) -> None:
    elsewhere = sign_in(portal, clock, "alice@etxea.example")
    here = sign_in(portal, clock, "alice@etxea.example")

    now_here = portal.profiles.change_password(
        here, current=PASSWORD, password=ANOTHER_PASSWORD, user_agent="Firefox", now=clock()
    )

    assert portal.sign_ins.visitor(elsewhere.session_id, now=clock()) is None
    assert portal.sign_ins.visitor(now_here.session_id, now=clock()) is not None
    assert enqueued(portal, outbox.MailKind.PASSWORD_CHANGED) == [cast["alice"].id]


def test_failures_of_others_do_not_keep_anybody_from_changing_a_password(portal: Portal, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")
    guess(portal, clock, 40)

    portal.sign_ins.require_password(visitor.account, PASSWORD, now=clock())


def test_the_current_password_can_be_guessed_ten_times(portal: Portal, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            portal.sign_ins.require_password(visitor.account, "faux", now=clock())

    with pytest.raises(TooManyAttempts):
        portal.sign_ins.require_password(visitor.account, PASSWORD, now=clock())


def test_a_password_change_requires_the_current_password(portal: Portal, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    with pytest.raises(WrongCredentials):
        portal.profiles.change_password(
            visitor, current="faux", password=ANOTHER_PASSWORD, user_agent="Firefox", now=clock()
        )


@pytest.mark.parametrize(("email", "mails"), [("alice@etxea.example", 1), ("nobody@etxea.example", 0)])
def test_a_password_reset_reveals_no_account(portal: Portal, clock: Clock, email: str, mails: int) -> None:
    portal.profiles.request_password_reset(identifier=email, remote_address="192.0.2.7", now=clock())

    assert len(enqueued(portal, outbox.MailKind.PASSWORD_RESET)) == mails


def test_a_mailbox_is_not_filled_with_links_from_many_networks(portal: Portal, clock: Clock) -> None:
    for number in range(60):
        ask_for_link(portal, clock.advance(minutes=1), address=f"192.0.2.{number}")

    assert len(enqueued(portal, outbox.MailKind.PASSWORD_RESET)) == 6


def test_nobody_blocks_the_link_of_another(portal: Portal, cast: Cast, clock: Clock) -> None:
    browsers = portal.sign_ins.remember_browser("", cast["alice"], now=clock())
    for number in range(60):
        ask_for_link(portal, clock(), address=f"192.0.2.{number}")

    ask_for_link(portal, clock.advance(minutes=1), address="198.51.100.7", browsers=browsers)
    ask_for_link(portal, clock.advance(minutes=10), address="198.51.100.7")

    assert len(enqueued(portal, outbox.MailKind.PASSWORD_RESET)) == 3


def test_a_used_link_makes_room_for_another(portal: Portal, cast: Cast, clock: Clock) -> None:
    ask_for_link(portal, clock())
    token = link(portal, cast["alice"].id, Purpose.RESET, clock)
    portal.profiles.reset_password(token, password=ANOTHER_PASSWORD, now=clock())

    ask_for_link(portal, clock())

    assert len(enqueued(portal, outbox.MailKind.PASSWORD_RESET)) == 2


def test_a_reset_link_works_once(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")
    token = link(portal, cast["alice"].id, Purpose.RESET, clock)

    portal.profiles.reset_password(token, password=ANOTHER_PASSWORD, now=clock())

    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    assert sign_in(portal, clock, "alice@etxea.example", ANOTHER_PASSWORD)
    with pytest.raises(LinkNotValid):
        portal.profiles.reset_password(token, password=PASSWORD, now=clock())


def test_a_reset_link_dies_after_half_an_hour(portal: Portal, cast: Cast, clock: Clock) -> None:
    token = link(portal, cast["alice"].id, Purpose.RESET, clock)

    clock.advance(minutes=31)

    with pytest.raises(LinkNotValid):
        portal.profiles.find_reset(token, now=clock())


def test_a_confirmed_address_is_stored_and_the_old_one_gets_a_notice(portal: Portal, cast: Cast, clock: Clock) -> None:
    portal.profiles.request_email_change(cast["alice"].id, email="alice.e@etxea.example", now=clock())
    assert enqueued(portal, outbox.MailKind.EMAIL_CONFIRMATION) == [cast["alice"].id]
    visitor = sign_in(portal, clock, "alice@etxea.example")
    token = link(portal, cast["alice"].id, Purpose.EMAIL, clock, data="alice.e@etxea.example")

    account = portal.profiles.confirm_email(token, now=clock())

    assert account.email == "alice.e@etxea.example"
    assert enqueued(portal, outbox.MailKind.EMAIL_CHANGED) == [cast["alice"].id]
    assert account_events(portal)[-1] == "EmailChanged"
    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None


def test_a_reset_password_of_the_old_address_dies_with_it(portal: Portal, cast: Cast, clock: Clock) -> None:
    sign_in(portal, clock, "alice@etxea.example")
    _, initial = portal.accounts.renew_password_without_mail(cast.context("root"), email="alice@etxea.example")
    moved = Contact("Alice Etcheverry", "alice.e@etxea.example", "")
    portal.accounts.correct_contact(cast.context("root"), email="alice@etxea.example", contact=moved)
    token = link(portal, cast["alice"].id, Purpose.EMAIL, clock, data="alice.e@etxea.example")

    account = portal.profiles.confirm_email(token, now=clock())

    assert account.email == "alice.e@etxea.example"
    assert enqueued(portal, outbox.MailKind.CREDENTIALS) == [account.id]
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "alice.e@etxea.example", initial)


def test_strangers_are_not_flooded_with_links(portal: Portal, cast: Cast, clock: Clock) -> None:
    for _ in range(3):
        portal.profiles.request_email_change(
            cast["alice"].id, email="stranger@other.example", now=clock.advance(minutes=1)
        )

    with pytest.raises(TooManyAttempts):
        portal.profiles.request_email_change(cast["alice"].id, email="stranger@other.example", now=clock())

    assert len(enqueued(portal, outbox.MailKind.EMAIL_CONFIRMATION)) == 3


def test_an_address_that_another_account_has_is_refused(portal: Portal, cast: Cast, clock: Clock) -> None:
    token = link(portal, cast["alice"].id, Purpose.EMAIL, clock, data="bob@etxea.example")

    with pytest.raises(EmailTaken):
        portal.profiles.confirm_email(token, now=clock())


def test_a_renewed_password_replaces_the_old_one(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    _, initial = portal.accounts.renew_password_without_mail(cast.context("root"), email="alice@etxea.example")

    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "alice@etxea.example")
    assert sign_in(portal, clock, "alice@etxea.example", initial).must_change_password


def test_the_password_of_an_unknown_account_cannot_be_renewed(portal: Portal, cast: Cast) -> None:
    with pytest.raises(UnknownAccount):
        portal.accounts.renew_password(cast.context("root"), email="nobody@etxea.example")


def test_credentials_are_mailed_once_per_creation(portal: Portal, cast: Cast) -> None:
    account = portal.accounts.create_account(
        cast.context("root"), NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA)
    )

    assert enqueued(portal, outbox.MailKind.CREDENTIALS) == [account.id]


def test_the_other_devices_can_be_closed(portal: Portal, clock: Clock) -> None:
    elsewhere = sign_in(portal, clock, "alice@etxea.example")
    here = sign_in(portal, clock, "alice@etxea.example")
    both = len(portal.sign_ins.devices(here, now=clock()))

    portal.sign_ins.end_other_devices(here, now=clock())

    assert (both, len(portal.sign_ins.devices(here, now=clock()))) == (2, 1)
    assert portal.sign_ins.visitor(elsewhere.session_id, now=clock()) is None
    assert account_events(portal)[-1] == "SessionsEnded"


def test_an_administrator_ends_all_sessions_of_a_person(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    for _ in range(2):
        portal.accounts.end_sessions(cast.context("root"), email="alice@etxea.example")

    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    assert account_events(portal)[-2:] == ["SignedIn", "SessionsEnded"]


def test_a_sign_in_ends_the_session_that_it_replaces(portal: Portal, clock: Clock) -> None:
    replaced = sign_in(portal, clock, "alice@etxea.example")

    portal.sign_ins.sign_in(
        identifier="bob@etxea.example",
        password=PASSWORD,
        remote_address="192.0.2.7",
        user_agent="",
        now=clock(),
        replaces=replaced.session_id,
    )

    assert portal.sign_ins.visitor(replaced.session_id, now=clock()) is None


def test_account_events_contain_no_name_or_address(portal: Portal, clock: Clock) -> None:
    sign_in(portal, clock, "alice@etxea.example")

    with portal.database.query() as connection:
        states = [bytes(state) for state in connection.execute(select(events.c.state)).scalars()]
    assert not [state for state in states if b"etxea" in state.lower() or b"alice" in state.lower()]
