"""Sign-ins of IzarLink's people through their provider."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.application.second_factor_holders import LOCALHOST, Holder, portal_with
from tests.application.signing_in import account_events, enqueued, sign_in
from tests.cast import Cast, Clock
from tests.identity_provider.scripted_provider import SUBJECT, ScriptedProvider, scripted_provider, with_provider
from tests.stage import Stage

from izarlink_tickets.accounts import (
    Account,
    IdentityTaken,
    InvalidSubject,
    NotAdministrator,
    NotOfStaff,
    SignsInByProvider,
    find_account,
    link_identity,
)
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.application.sign_ins import SingleSignOnRequired, WrongCredentials
from izarlink_tickets.application.single_sign_on import (
    SIGN_ON_ADDRESS,
    AccountClosed,
    AnotherPerson,
    IdentityNotLinked,
    RoleNotMapped,
    SingleSignOn,
)
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.config import Settings
from izarlink_tickets.domain.errors import LastAdministrator
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.identity_provider import SignOnNotStarted, SignOnRejected
from izarlink_tickets.outbox import MailKind
from izarlink_tickets.sessions import SignInStep, SignInWay


@pytest.fixture
def provider(clock: Clock) -> Iterator[ScriptedProvider]:
    with scripted_provider(now=lambda: clock().timestamp(), claims={"amr": ["pwd", "mfa"]}) as provider:
        yield provider


@pytest.fixture
def settings(stage: Stage, tmp_path: Path, provider: ScriptedProvider) -> Settings:
    return with_provider(stage.settings(tmp_path), provider)


@pytest.fixture
def linked(portal: Portal, cast: Cast) -> Account:
    """Return sam, linked to the provider's person."""
    return portal.accounts.link_identity(cast.context("root"), email="sam@izarlink.example", subject=SUBJECT)


def single_sign_on(portal: Portal) -> SingleSignOn:
    assert portal.single_sign_on is not None
    return portal.single_sign_on


def sign_on(portal: Portal, clock: Clock, provider: ScriptedProvider) -> Visitor:
    url, pending = single_sign_on(portal).begin(now=clock())
    return single_sign_on(portal).sign_in(
        pending, provider.authorize(url), remote_address="192.0.2.7", user_agent="Firefox", now=clock()
    )


def is_live(portal: Portal, visitor: Visitor, clock: Clock) -> bool:
    return portal.sign_ins.visitor(visitor.session_id, now=clock()) is not None


def account_of(portal: Portal, account_id: str) -> Account:
    with portal.database.query() as connection:
        account = find_account(connection, account_id=account_id)
    assert account is not None
    return account


def test_a_linked_person_signs_in(portal: Portal, clock: Clock, provider: ScriptedProvider, linked: Account):
    visitor = sign_on(portal, clock, provider)

    assert (visitor.account.id, visitor.session.way) == (linked.id, SignInWay.SINGLE_SIGN_ON)
    assert account_events(portal)[-2:] == ["IdentityLinked", "SignedIn"]


def test_the_address_links_nobody(portal: Portal, clock: Clock, provider: ScriptedProvider):
    with pytest.raises(IdentityNotLinked):
        sign_on(portal, clock, provider)


def test_the_same_subject_of_another_issuer_is_another_person(
    portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider
):
    with portal.database.command() as connection:
        link_identity(
            connection, account_id=cast["sam"].id, issuer="https://another.example", subject=SUBJECT, now=clock()
        )

    with pytest.raises(IdentityNotLinked):
        sign_on(portal, clock, provider)


def test_a_subject_is_compared_to_the_letter(portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider):
    portal.accounts.link_identity(cast.context("root"), email="sam@izarlink.example", subject="Sam")
    provider.subject = "sam"

    with pytest.raises(IdentityNotLinked):
        sign_on(portal, clock, provider)


def test_a_person_without_a_role_is_refused_and_their_sessions_end(
    portal: Portal, clock: Clock, provider: ScriptedProvider, linked: Account
):
    before = sign_on(portal, clock, provider)
    provider.claims |= {"roles": ["telephone"]}

    with pytest.raises(RoleNotMapped):
        sign_on(portal, clock, provider)

    assert not is_live(portal, before, clock)


def test_a_role_changed_at_the_provider_ends_older_sessions(
    portal: Portal, clock: Clock, provider: ScriptedProvider, linked: Account
):
    before = sign_on(portal, clock, provider)
    provider.claims |= {"roles": ["auditor"]}

    after = sign_on(portal, clock, provider)

    assert (after.account.role, account_of(portal, linked.id).role) == (Role.AUDITOR, Role.AUDITOR)
    assert (is_live(portal, before, clock), is_live(portal, after, clock)) == (False, True)
    assert account_events(portal)[-2:] == ["RoleChanged", "SignedIn"]


def test_the_last_administrator_keeps_the_role(portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider):
    portal.accounts.link_identity(cast.context("root"), email="root@izarlink.example", subject=SUBJECT)

    with pytest.raises(LastAdministrator):
        sign_on(portal, clock, provider)

    assert account_of(portal, cast["root"].id).role is Role.ADMINISTRATOR


def test_a_deactivated_account_stays_closed(
    portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider, linked: Account
):
    portal.accounts.deactivate(cast.context("root"), email=linked.email)

    with pytest.raises(AccountClosed):
        sign_on(portal, clock, provider)


def test_a_refused_token_opens_no_session(
    portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider, linked: Account
):
    provider.claims = {"nonce": "another"}
    before = account_events(portal)

    with pytest.raises(SignOnRejected):
        sign_on(portal, clock, provider)

    assert account_events(portal) == before


@pytest.fixture
def demanding_portal(portal: Portal, settings: Settings) -> Iterator[Portal]:
    """Open the portal again with the default of its setting."""
    demanding = open_portal(settings.model_copy(update={"second_factor": "staff"}), portal.keys)
    yield demanding
    demanding.database.close()


@pytest.mark.parametrize(
    ("claims", "awaits"), [({}, SignInStep.SECOND_FACTOR), ({"amr": ["pwd", "mfa"]}, None)], ids=["one", "several"]
)
@pytest.mark.usefixtures("linked")
def test_the_second_factor_is_ours_unless_the_provider_asked_for_one(
    demanding_portal: Portal,
    clock: Clock,
    provider: ScriptedProvider,
    claims: dict[str, Any],
    awaits: SignInStep | None,
):
    provider.claims = claims

    assert sign_on(demanding_portal, clock, provider).session.awaits is awaits


# --- accounts made at the first sign-in -------------------------------------------------------------------------------


@pytest.fixture
def creating_portal(portal: Portal, settings: Settings) -> Iterator[Portal]:
    creating = open_portal(settings.model_copy(update={"oidc_create_accounts": "on"}), portal.keys)
    yield creating
    creating.database.close()


def test_the_first_sign_in_makes_the_account(creating_portal: Portal, clock: Clock, provider: ScriptedProvider):
    provider.claims |= {"email": "maite@izarlink.example", "name": "Maite Iriart"}

    first = sign_on(creating_portal, clock, provider).account
    second = sign_on(creating_portal, clock, provider).account

    assert (first.email, first.name, first.role) == ("maite@izarlink.example", "Maite Iriart", Role.SUPPORT)
    assert first.id == second.id
    assert account_events(creating_portal)[-4:] == ["AccountCreated", "IdentityLinked", "SignedIn", "SignedIn"]
    assert enqueued(creating_portal, MailKind.CREDENTIALS) == []


@pytest.mark.parametrize("claims", [{}, {"email": None}, {"email": "not an address"}, {"email_verified": False}])
def test_no_account_is_made_for_an_address_that_is_taken_or_none(
    creating_portal: Portal, clock: Clock, provider: ScriptedProvider, claims: dict[str, Any]
):
    provider.claims = claims
    before = account_events(creating_portal)

    with pytest.raises(IdentityNotLinked):
        sign_on(creating_portal, clock, provider)

    assert account_events(creating_portal) == before


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_person_is_linked_to_one_account(portal: Portal, cast: Cast, linked: Account):
    with pytest.raises(IdentityTaken):
        portal.accounts.link_identity(cast.context("root"), email="nora@izarlink.example", subject=SUBJECT)


def test_another_link_replaces_the_first_and_ends_sessions(
    portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider, linked: Account
):
    before = sign_on(portal, clock, provider)
    portal.accounts.link_identity(cast.context("root"), email=linked.email, subject="another")

    with pytest.raises(IdentityNotLinked):
        sign_on(portal, clock, provider)

    assert not is_live(portal, before, clock)


def test_an_unlinked_person_no_longer_signs_in(
    portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider, linked: Account
):
    before = sign_on(portal, clock, provider)
    portal.accounts.unlink_identity(cast.context("root"), email=linked.email)

    with pytest.raises(IdentityNotLinked):
        sign_on(portal, clock, provider)

    assert not is_live(portal, before, clock)
    assert account_events(portal)[-1] == "IdentityUnlinked"


def test_a_customer_is_never_linked(portal: Portal, cast: Cast):
    with pytest.raises(NotOfStaff):
        portal.accounts.link_identity(cast.context("root"), email="alice@etxea.example", subject=SUBJECT)


@pytest.mark.parametrize("subject", ["", " ", "x" * 256, "a\nb"])
def test_an_odd_subject_is_refused(portal: Portal, cast: Cast, subject: str):
    with pytest.raises(InvalidSubject):
        portal.accounts.link_identity(cast.context("root"), email="sam@izarlink.example", subject=subject)


# --- passwords --------------------------------------------------------------------------------------------------------


def test_staff_no_longer_sign_in_with_a_password(portal: Portal, cast: Cast, clock: Clock):
    with pytest.raises(SingleSignOnRequired):
        sign_in(portal, clock, "sam@izarlink.example")


def test_a_wrong_password_of_staff_gets_the_usual_answer(portal: Portal, cast: Cast, clock: Clock):
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "sam@izarlink.example", "faux")


def test_customers_sign_in_as_before(portal: Portal, cast: Cast, clock: Clock):
    assert sign_in(portal, clock, "alice@etxea.example").account.id == cast["alice"].id


@pytest.mark.parametrize(("email", "mailed"), [("alice@etxea.example", 1), ("sam@izarlink.example", 0)])
def test_only_customers_reset_a_password(portal: Portal, cast: Cast, clock: Clock, email: str, mailed: int):
    portal.profiles.request_password_reset(identifier=email, remote_address="192.0.2.7", now=clock())

    assert len(enqueued(portal, MailKind.PASSWORD_RESET)) == mailed


def test_administrators_send_no_password_to_staff(portal: Portal, cast: Cast):
    with pytest.raises(SignsInByProvider):
        portal.accounts.renew_password(cast.context("root"), email="sam@izarlink.example")


def test_a_new_account_of_staff_gets_no_credentials(portal: Portal, cast: Cast):
    new = NewAccount("maite@izarlink.example", "Maite Iriart", Role.SUPPORT)
    portal.accounts.create_account(cast.context("root"), new)

    assert enqueued(portal, MailKind.CREDENTIALS) == []


# --- break-glass ------------------------------------------------------------------------------------------------------


@pytest.fixture
def second_administrator(portal: Portal, cast: Cast) -> Account:
    new = NewAccount("maite@izarlink.example", "Maite Iriart", Role.ADMINISTRATOR)
    return portal.accounts.create_account(cast.context("root"), new)


def test_the_break_glass_account_signs_in_and_the_others_are_told(
    portal: Portal, cast: Cast, clock: Clock, second_administrator: Account
):
    portal.accounts.grant_break_glass(cast.context("system"), email="root@izarlink.example")

    visitor = sign_in(portal, clock, "root@izarlink.example")

    assert visitor.account.id == cast["root"].id
    assert enqueued(portal, MailKind.BREAK_GLASS_USED) == [second_administrator.id]


def test_the_others_are_told_of_its_passkey_too(
    portal: Portal, cast: Cast, clock: Clock, second_administrator: Account
):
    portal.accounts.grant_break_glass(cast.context("system"), email="root@izarlink.example")
    root = Holder(portal_with(portal, base_url=LOCALHOST), clock, "root@izarlink.example")
    root.add_passkey(root.begin())

    root.sign_in_by_passkey()

    assert enqueued(portal, MailKind.BREAK_GLASS_USED) == [second_administrator.id] * 2


def test_there_is_one_break_glass_account(portal: Portal, cast: Cast, clock: Clock, second_administrator: Account):
    portal.accounts.grant_break_glass(cast.context("system"), email="root@izarlink.example")
    portal.accounts.grant_break_glass(cast.context("system"), email=second_administrator.email)

    with pytest.raises(SingleSignOnRequired):
        sign_in(portal, clock, "root@izarlink.example")

    assert account_events(portal)[-2:] == ["BreakGlassRevoked", "BreakGlassGranted"]


@pytest.mark.parametrize("email", ["sam@izarlink.example", "alice@etxea.example", "ada@izarlink.example"])
def test_only_an_administrator_is_the_break_glass_account(portal: Portal, cast: Cast, email: str):
    with pytest.raises(NotAdministrator):
        portal.accounts.grant_break_glass(cast.context("system"), email=email)


def test_the_break_glass_account_works_while_the_provider_is_down(
    portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider
):
    provider.answers["/.well-known/openid-configuration"] = lambda: (503, {}, b"")
    portal.accounts.grant_break_glass(cast.context("system"), email="root@izarlink.example")

    assert sign_in(portal, clock, "root@izarlink.example").account.id == cast["root"].id


# --- renewed proof and sign-out ---------------------------------------------------------------------------------------


def prove(portal: Portal, clock: Clock, provider: ScriptedProvider, visitor: Visitor) -> Visitor:
    url, pending = single_sign_on(portal).begin(now=clock(), renews=True)
    return single_sign_on(portal).prove_identity(visitor, pending, provider.authorize(url), now=clock())


def test_the_provider_renews_a_proof(portal: Portal, clock: Clock, provider: ScriptedProvider, linked: Account):
    before = sign_on(portal, clock, provider)
    clock.advance(minutes=20)

    after = prove(portal, clock, provider, before)

    assert (before.session.is_fresh(clock()), after.session.is_fresh(clock())) == (False, True)
    assert not is_live(portal, before, clock)
    assert single_sign_on(portal).sign_out_url(after) == single_sign_on(portal).sign_out_url(after)


@pytest.mark.parametrize(("minutes_ago", "is_fresh"), [(0, True), (20, False)])
@pytest.mark.usefixtures("linked")
def test_a_sign_on_without_a_question_is_no_recent_proof(
    portal: Portal, clock: Clock, provider: ScriptedProvider, minutes_ago: int, *, is_fresh: bool
):
    provider.claims = {"auth_time": int(clock().timestamp()) - 60 * minutes_ago}

    assert sign_on(portal, clock, provider).session.is_fresh(clock()) is is_fresh


@pytest.mark.usefixtures("linked")
def test_answers_that_nobody_asked_for_use_up_no_turn(portal: Portal, clock: Clock, provider: ScriptedProvider):
    _, pending = single_sign_on(portal).begin(now=clock())
    foreign = {"state": "foreign", "code": "x"}
    for started in (None, pending) * SIGN_ON_ADDRESS.attempts:
        with pytest.raises((SignOnNotStarted, SignOnRejected)):
            single_sign_on(portal).sign_in(
                started, foreign, remote_address="192.0.2.7", user_agent="Firefox", now=clock()
            )

    assert sign_on(portal, clock, provider)


def test_another_person_renews_nothing(
    portal: Portal, cast: Cast, clock: Clock, provider: ScriptedProvider, linked: Account
):
    visitor = sign_on(portal, clock, provider)
    portal.accounts.link_identity(cast.context("root"), email="nora@izarlink.example", subject="another")
    provider.subject = "another"

    with pytest.raises(AnotherPerson):
        prove(portal, clock, provider, visitor)


def test_signing_out_leads_to_the_provider_with_its_token(
    portal: Portal, clock: Clock, provider: ScriptedProvider, linked: Account
):
    visitor = sign_on(portal, clock, provider)

    url = single_sign_on(portal).sign_out_url(visitor)

    assert url is not None
    assert url.startswith(f"{provider.issuer}/logout?client_id=")
    assert "id_token_hint=ey" in url


def test_the_stored_token_is_sealed(portal: Portal, clock: Clock, provider: ScriptedProvider, linked: Account):
    from izarlink_tickets.sessions import find_sealed_id_token  # noqa: PLC0415

    visitor = sign_on(portal, clock, provider)

    with portal.database.query() as connection:
        stored = find_sealed_id_token(connection, session_hash=visitor.session.id_hash)
    assert stored is not None
    assert stored.startswith("s1.")
