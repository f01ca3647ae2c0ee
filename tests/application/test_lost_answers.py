"""Commands on accounts run once, even after an unanswered COMMIT."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from tests.application.signing_in import ANOTHER_PASSWORD, account_events, enqueued, link, sign_in
from tests.cast import ETXEA, PASSWORD, Cast, Clock

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Purpose
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.attachments import Upload
from izarlink_tickets.database import CommitUnknown, OptimisticTransaction
from izarlink_tickets.domain.vocabulary import Role

DENIS = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA)


def lose_one_answer(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose the answer to the next COMMIT that stores an account event.

    The event is stored all the same.
    """
    command, known = portal.database.optimistic_command, account_events(portal)

    @contextmanager
    def losing() -> Iterator[OptimisticTransaction]:
        with command() as transaction:
            yield transaction
        if account_events(portal) != known:
            monkeypatch.setattr(portal.database, "optimistic_command", command)
            raise CommitUnknown

    monkeypatch.setattr(portal.database, "optimistic_command", losing)


def lose_answer_after(portal: Portal, monkeypatch: pytest.MonkeyPatch, *, passing: int) -> None:
    """Lose the answer to one COMMIT, which is stored.

    passing: how many COMMITs are answered before it.
    """
    command, left = portal.database.optimistic_command, iter(range(passing + 1))

    @contextmanager
    def losing() -> Iterator[OptimisticTransaction]:
        with command() as transaction:
            yield transaction
        if next(left, None) == passing:
            raise CommitUnknown

    monkeypatch.setattr(portal.database, "optimistic_command", losing)


@pytest.fixture
def lossy(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Portal:
    lose_one_answer(portal, monkeypatch)
    return portal


def test_signing_in_is_recorded_once(lossy: Portal, clock: Clock) -> None:
    before = account_events(lossy)

    visitor = sign_in(lossy, clock, "alice@etxea.example")

    assert lossy.sign_ins.visitor(visitor.session_id, now=clock()) is not None
    assert account_events(lossy) == [*before, "SignedIn"]


def test_a_reset_link_works_despite_a_lost_answer(lossy: Portal, cast: Cast, clock: Clock) -> None:
    before = account_events(lossy)
    token = link(lossy, cast["alice"].id, Purpose.RESET, clock)

    lossy.profiles.reset_password(token, password=ANOTHER_PASSWORD, now=clock())

    assert account_events(lossy) == [*before, "PasswordChanged"]
    assert enqueued(lossy, outbox.MailKind.PASSWORD_CHANGED) == [cast["alice"].id]
    assert sign_in(lossy, clock, "alice@etxea.example", ANOTHER_PASSWORD)


def test_an_address_is_confirmed_despite_a_lost_answer(lossy: Portal, cast: Cast, clock: Clock) -> None:
    token = link(lossy, cast["alice"].id, Purpose.EMAIL, clock, data="alice.e@etxea.example")

    account = lossy.profiles.confirm_email(token, now=clock())

    assert account.email == "alice.e@etxea.example"
    assert enqueued(lossy, outbox.MailKind.EMAIL_CHANGED) == [cast["alice"].id]
    assert account_events(lossy).count("EmailChanged") == 1


def test_a_changed_password_sends_one_mail_and_leaves_a_live_session(
    portal: Portal, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")
    lose_one_answer(portal, monkeypatch)

    changed = portal.profiles.change_password(
        visitor, current=PASSWORD, password=ANOTHER_PASSWORD, user_agent="Firefox", now=clock()
    )

    assert portal.sign_ins.visitor(changed.session_id, now=clock()) is not None
    assert enqueued(portal, outbox.MailKind.PASSWORD_CHANGED) == [cast["alice"].id]


def test_an_account_is_created_once(lossy: Portal, cast: Cast) -> None:
    account = lossy.accounts.create_account(cast.context("root"), DENIS)

    assert enqueued(lossy, outbox.MailKind.CREDENTIALS) == [account.id]


def test_the_returned_password_of_a_new_account_is_valid(lossy: Portal, cast: Cast, clock: Clock) -> None:
    _, initial = lossy.accounts.create_account_with_password(cast.context("root"), DENIS)

    assert sign_in(lossy, clock, DENIS.email, initial).must_change_password


def test_renewed_credentials_are_mailed_once(lossy: Portal, cast: Cast) -> None:
    lossy.accounts.renew_password(cast.context("root"), email="alice@etxea.example")

    assert enqueued(lossy, outbox.MailKind.PASSWORD_RENEWED) == [cast["alice"].id]
    assert account_events(lossy)[-1] == "InitialPasswordIssued"


def test_the_returned_renewed_password_is_valid(lossy: Portal, cast: Cast, clock: Clock) -> None:
    _, initial = lossy.accounts.renew_password_without_mail(cast.context("root"), email="alice@etxea.example")

    assert sign_in(lossy, clock, "alice@etxea.example", initial).must_change_password


def test_a_pending_upload_is_stored_once_and_deleted(
    portal: Portal, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sign_in(portal, clock, "alice@etxea.example").session
    form_id = str(uuid4())
    checked = portal.files.check([Upload("mesure.txt", b"2 Mbit/s")])

    # The first COMMIT is of sealing.
    lose_answer_after(portal, monkeypatch, passing=1)
    portal.pending_uploads.keep(session, checked, form_id=form_id, now=clock())
    uploads = portal.pending_uploads.list_for_form(session, form_id=form_id)
    lose_answer_after(portal, monkeypatch, passing=0)
    portal.pending_uploads.drop(session, form_id=form_id, file_id=uploads[0].file_id)

    assert [file.name for file in uploads] == ["mesure.txt"]
    assert portal.pending_uploads.list_for_form(session, form_id=form_id) == []
