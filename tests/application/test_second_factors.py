"""Second factors: set up, proved, lost, reset."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import select
from tests.application.second_factor_holders import LOCALHOST, Holder, asked, portal_with
from tests.application.signing_in import ANOTHER_PASSWORD, account_events, enqueued, sign_in
from tests.cast import Cast, Clock

from izarlink_tickets.accounts import TooManyAttempts, find_enrolled_factors
from izarlink_tickets.accounts.passkey_ceremony import PasskeyCloned, PasskeyRefused
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount, NoSecondFactor, OwnSecondFactor
from izarlink_tickets.application.second_factors import EnrolmentInvalid, SecondFactorRequired
from izarlink_tickets.application.second_steps import PasskeyAnswer, WrongCode
from izarlink_tickets.database import metadata
from izarlink_tickets.domain.errors import NotAllowed
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.outbox import MailKind
from izarlink_tickets.sessions import SignInStep, SignInWay

# The statements are tried on both databases by `tests/accounts`.
pytestmark = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


@pytest.fixture
def strict(portal: Portal) -> Portal:
    """Return a portal that demands second factors, at an address with passkeys."""
    return portal_with(portal, second_factor="staff", base_url=LOCALHOST)


@pytest.fixture
def sam(strict: Portal, cast: Cast, clock: Clock) -> Holder:
    """Return sam, who has an app."""
    sam = Holder(strict, clock, cast["sam"].email)
    sam.add_app(sam.begin())
    return sam


@pytest.fixture
def keen_sam(strict: Portal, cast: Cast, clock: Clock) -> Holder:
    """Return sam, who has a passkey."""
    sam = Holder(strict, clock, cast["sam"].email)
    sam.add_passkey(sam.begin())
    return sam


def last_events(portal: Portal, count: int) -> list[str]:
    return account_events(portal)[-count:]


# --- who needs one ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "awaits"),
    [
        ("sam", SignInStep.SECOND_FACTOR),
        ("root", SignInStep.SECOND_FACTOR),
        ("ada", SignInStep.SECOND_FACTOR),
        ("alice", None),
        ("bob", None),
    ],
)
def test_people_of_the_operator_need_a_second_factor(strict: Portal, cast: Cast, clock: Clock, name, awaits) -> None:
    visitor = sign_in(strict, clock, cast[name].email)

    assert visitor.session.awaits is awaits
    assert (account_events(strict)[-1] == "SignedIn") is (awaits is None)


def test_nobody_needs_one_where_it_is_off(portal: Portal, cast: Cast, clock: Clock) -> None:
    assert sign_in(portal, clock, cast["root"].email).session.awaits is None


def test_who_has_one_proves_it_even_where_it_is_off(portal: Portal, cast: Cast, clock: Clock) -> None:
    alice = Holder(portal, clock, cast["alice"].email)
    alice.add_app(alice.begin())

    assert alice.begin().session.awaits is SignInStep.SECOND_FACTOR


def test_a_first_password_is_followed_by_the_second_factor(strict: Portal, cast: Cast, clock: Clock) -> None:
    newcomer = NewAccount("iker@izarlink.example", "Iker Iriart", Role.SUPPORT)
    _, initial = strict.accounts.create_account_with_password(cast.context("root"), newcomer)
    visitor = sign_in(strict, clock, newcomer.email, initial)

    chosen = strict.profiles.choose_first_password(
        visitor, password=ANOTHER_PASSWORD, user_agent="Firefox", now=clock()
    )

    assert (chosen.must_change_password, chosen.session.awaits) == (False, SignInStep.SECOND_FACTOR)


# --- setting one up ---------------------------------------------------------------------------------------------------


def test_setting_an_app_up_finishes_the_sign_in_under_a_new_id(strict: Portal, cast: Cast, clock: Clock) -> None:
    sam = Holder(strict, clock, cast["sam"].email)
    begun = sam.begin()

    finished = sam.add_app(begun)

    assert (finished.session.awaits, finished.session_id != begun.session_id) == (None, True)
    assert strict.sign_ins.visitor(begun.session_id, now=clock()) is None
    assert last_events(strict, 2) == ["SecondFactorAdded", "SignedIn"]
    assert enqueued(strict, MailKind.SECOND_FACTOR_ADDED) == [cast["sam"].id]


def test_a_sign_in_without_its_second_factor_adds_no_other_one(strict: Portal, sam: Holder) -> None:
    thief = sam.begin()
    begun = strict.second_factors.begin_app(thief)

    with pytest.raises(NotAllowed):
        Holder(strict, sam.clock, sam.email).add_app(thief)
    with pytest.raises(NotAllowed):
        Holder(strict, sam.clock, sam.email).add_passkey(thief)
    assert begun.secret not in begun.token


def test_a_wrong_code_stores_no_app(strict: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(strict, clock, cast["sam"].email)
    begun = strict.second_factors.begin_app(visitor)

    with pytest.raises(WrongCode):
        strict.second_factors.add_app(visitor, token=begun.token, typed="000000", now=clock())
    assert not strict.second_factors.has_any(visitor.account)


@pytest.mark.parametrize("token", ["", "x", "s1.x.y", "\ud800"])
def test_a_secret_of_ones_own_choice_is_refused(strict: Portal, cast: Cast, clock: Clock, token: str) -> None:
    visitor = sign_in(strict, clock, cast["sam"].email)

    with pytest.raises(EnrolmentInvalid):
        strict.second_factors.add_app(visitor, token=token, typed="123456", now=clock())


def test_a_secret_of_another_person_is_refused(strict: Portal, cast: Cast, clock: Clock) -> None:
    token = strict.second_factors.begin_app(sign_in(strict, clock, cast["nora"].email)).token

    with pytest.raises(EnrolmentInvalid):
        strict.second_factors.add_app(
            sign_in(strict, clock, cast["sam"].email), token=token, typed="123456", now=clock()
        )


def test_a_change_ends_the_other_sessions(portal: Portal, cast: Cast, clock: Clock) -> None:
    alice = Holder(portal, clock, cast["alice"].email)
    elsewhere, here = alice.begin(), alice.begin()

    alice.add_app(here)

    assert portal.sign_ins.visitor(elsewhere.session_id, now=clock()) is None


# --- proving it -------------------------------------------------------------------------------------------------------


def test_a_code_finishes_the_sign_in(strict: Portal, sam: Holder) -> None:
    begun = sam.begin()

    finished = sam.type_code(begun)

    assert (finished.session.awaits, finished.session.way) == (None, SignInWay.PASSWORD)
    assert strict.sign_ins.visitor(begun.session_id, now=sam.clock()) is None
    assert account_events(strict)[-1] == "SignedIn"


def test_a_code_opens_one_session(sam: Holder) -> None:
    first, second, code = sam.begin(), sam.begin(), sam.next_code()
    sam.type_code(first, code)

    with pytest.raises(WrongCode):
        sam.type_code(second, code)


def test_the_sixth_code_from_a_network_is_refused_even_if_it_is_right(strict: Portal, sam: Holder) -> None:
    begun = sam.begin()
    for _ in range(5):
        with pytest.raises(WrongCode):
            sam.type_code(begun, "000000")

    with pytest.raises(TooManyAttempts):
        sam.type_code(begun)

    assert account_events(strict)[-1] == "Locked"
    assert sam.type_code(begun, address="192.0.2.8").session.awaits is None


def test_many_networks_share_twenty_tries_a_day(sam: Holder) -> None:
    begun = sam.begin()
    for network in range(20):
        with pytest.raises(WrongCode):
            sam.type_code(begun, "000000", address=f"192.0.2.{network}")

    with pytest.raises(TooManyAttempts):
        sam.type_code(begun, address="192.0.2.99")


def test_a_recovery_code_works_once(strict: Portal, cast: Cast, sam: Holder) -> None:
    codes = strict.second_factors.create_recovery_codes(sam.type_code(sam.begin()), now=sam.clock())

    finished = sam.type_code(sam.begin(), codes[3].upper())

    assert finished.session.awaits is None
    assert sorted(last_events(strict, 2)) == ["RecoveryCodeUsed", "SignedIn"]
    assert enqueued(strict, MailKind.RECOVERY_CODE_USED) == [cast["sam"].id]
    assert strict.second_factors.of(cast["sam"]).enrolled.recovery_codes == 9
    with pytest.raises(WrongCode):
        sam.type_code(sam.begin(), codes[3])


def test_recovery_codes_need_a_second_factor(portal: Portal, cast: Cast, clock: Clock) -> None:
    with pytest.raises(NoSecondFactor):
        portal.second_factors.create_recovery_codes(sign_in(portal, clock, cast["alice"].email), now=clock())


def test_a_passkey_finishes_the_sign_in(strict: Portal, keen_sam: Holder) -> None:
    begun = keen_sam.begin()
    answer = keen_sam.answer(strict.second_steps.options(begun, now=keen_sam.clock()))

    finished = keen_sam.prove(begun, answer)

    assert finished.session.awaits is None


# The same challenge, as lenient decoders read it.
@pytest.mark.parametrize("disguise", ["", "!", "=", "\n"])
def test_an_answer_of_a_passkey_serves_once(strict: Portal, keen_sam: Holder, disguise: str) -> None:
    assert keen_sam.key
    keen_sam.key.counts = False
    first, second = keen_sam.begin(), keen_sam.begin()
    answer = keen_sam.answer(strict.second_steps.options(first, now=keen_sam.clock()))
    keen_sam.prove(first, answer)

    with pytest.raises(PasskeyRefused):
        keen_sam.prove(second, replace(answer, challenge=answer.challenge + disguise))


def test_a_passkey_of_another_person_is_refused(strict: Portal, cast: Cast, clock: Clock, keen_sam: Holder) -> None:
    nora = Holder(strict, clock, cast["nora"].email)
    nora.add_passkey(nora.begin())
    begun = nora.begin()
    challenge, options = asked(strict.second_steps.options(begun, now=clock()))
    assert keen_sam.key

    with pytest.raises(PasskeyRefused):
        nora.prove(begun, PasskeyAnswer(challenge, keen_sam.key.sign(options)))


def test_a_sign_in_that_awaits_a_second_factor_changes_nothing(strict: Portal, sam: Holder) -> None:
    unfinished = sam.begin()

    with pytest.raises(NotAllowed):
        strict.sign_ins.renew(unfinished, now=sam.clock())
    with pytest.raises(NotAllowed):
        strict.second_factors.remove_app(unfinished, now=sam.clock())


# --- a passkey alone --------------------------------------------------------------------------------------------------


def test_a_passkey_alone_signs_in(strict: Portal, cast: Cast, keen_sam: Holder) -> None:
    visitor = keen_sam.sign_in_by_passkey()

    session = visitor.session
    assert (visitor.account.id, session.awaits, session.way) == (cast["sam"].id, None, SignInWay.PASSKEY)
    assert account_events(strict)[-1] == "SignedIn"


def test_a_device_that_recognises_nobody_does_not_sign_in_alone(keen_sam: Holder) -> None:
    assert keen_sam.key
    keen_sam.key.verifies = False

    with pytest.raises(PasskeyRefused):
        keen_sam.sign_in_by_passkey()


def test_a_copied_device_is_refused(keen_sam: Holder) -> None:
    keen_sam.sign_in_by_passkey()
    assert keen_sam.key
    keen_sam.key.uses = 0

    with pytest.raises(PasskeyCloned):
        keen_sam.sign_in_by_passkey()


def test_the_passkey_of_a_deactivated_account_is_refused(cast: Cast, keen_sam: Holder) -> None:
    keen_sam.portal.accounts.deactivate(cast.context("root"), email=keen_sam.email)

    with pytest.raises(PasskeyRefused):
        keen_sam.sign_in_by_passkey()


def test_of_four_answers_at_once_one_signs_in(keen_sam: Holder) -> None:
    assert keen_sam.key
    keen_sam.key.counts = False
    answer = keen_sam.answer(keen_sam.portal.second_steps.sign_in_options(now=keen_sam.clock()))
    barrier = Barrier(4)

    def hurry(_: int) -> bool:
        barrier.wait()
        try:
            return bool(keen_sam.sign_in_by_passkey(answer))
        except PasskeyRefused:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(hurry, range(4))) == 1


def test_an_answer_lives_ten_minutes(keen_sam: Holder) -> None:
    answer = keen_sam.answer(keen_sam.portal.second_steps.sign_in_options(now=keen_sam.clock()))
    keen_sam.clock.advance(minutes=11)

    with pytest.raises(PasskeyRefused):
        keen_sam.sign_in_by_passkey(answer)


# --- removing, losing -------------------------------------------------------------------------------------------------


def test_staff_keeps_one(strict: Portal, cast: Cast, sam: Holder) -> None:
    visitor = sam.type_code(sam.begin())

    with pytest.raises(SecondFactorRequired):
        strict.second_factors.remove_app(visitor, now=sam.clock())
    both = sam.add_passkey(visitor)
    strict.second_factors.remove_app(both, now=sam.clock())

    own = strict.second_factors.of(cast["sam"])
    assert (own.enrolled.has_app, own.enrolled.passkeys, own.can_remove) == (False, 1, False)
    assert enqueued(strict, MailKind.SECOND_FACTOR_REMOVED) == [cast["sam"].id]


def test_a_customer_removes_the_last_one_and_its_codes(portal: Portal, cast: Cast, clock: Clock) -> None:
    alice = Holder(portal, clock, cast["alice"].email)
    visitor = alice.add_app(alice.begin())
    portal.second_factors.create_recovery_codes(visitor, now=clock())

    portal.second_factors.remove_app(visitor, now=clock())

    with portal.database.query() as connection:
        enrolled = find_enrolled_factors(connection, account_id=cast["alice"].id)
    assert (enrolled.is_any, enrolled.recovery_codes) == (False, 0)
    assert alice.begin().session.awaits is None


def test_an_administrator_resets_a_lost_one(strict: Portal, cast: Cast, sam: Holder) -> None:
    visitor = sam.type_code(sam.begin())
    strict.second_factors.create_recovery_codes(visitor, now=sam.clock())

    strict.accounts.reset_second_factor(cast.context("root"), email=sam.email)

    assert strict.sign_ins.visitor(visitor.session_id, now=sam.clock()) is None
    assert account_events(strict)[-1] == "SecondFactorReset"
    assert enqueued(strict, MailKind.SECOND_FACTOR_RESET) == [cast["sam"].id]
    assert not strict.second_factors.has_any(cast["sam"])
    # They set up another one, and nothing else.
    assert sam.begin().session.awaits is SignInStep.SECOND_FACTOR


def test_nobody_resets_the_own_one_but_the_operator_does(strict: Portal, cast: Cast, clock: Clock) -> None:
    root = Holder(strict, clock, cast["root"].email)
    root.add_app(root.begin())

    with pytest.raises(OwnSecondFactor):
        strict.accounts.reset_second_factor(cast.context("root"), email=root.email)
    strict.accounts.reset_second_factor(cast.context("system"), email=root.email)

    assert not strict.second_factors.has_any(cast["root"])


@pytest.mark.parametrize("name", ["sam", "ada", "bob"])
def test_only_administrators_reset(strict: Portal, cast: Cast, sam: Holder, name: str) -> None:
    with pytest.raises(NotAllowed):
        strict.accounts.reset_second_factor(cast.context(name), email=sam.email)


def test_there_is_nothing_to_reset_without_one(strict: Portal, cast: Cast) -> None:
    with pytest.raises(NoSecondFactor):
        strict.accounts.reset_second_factor(cast.context("root"), email=cast["sam"].email)


def test_a_reset_password_leaves_the_second_factor(strict: Portal, cast: Cast, sam: Holder) -> None:
    _, initial = strict.accounts.renew_password_without_mail(cast.context("root"), email=sam.email)

    visitor = sign_in(strict, sam.clock, sam.email, initial)

    assert (visitor.must_change_password, visitor.session.awaits) == (True, SignInStep.SECOND_FACTOR)


def test_an_unfinished_sign_in_ends_like_any_session(strict: Portal, sam: Holder) -> None:
    begun = sam.begin()

    sam.clock.advance(minutes=31)

    assert strict.sign_ins.visitor(begun.session_id, now=sam.clock()) is None


def test_no_table_holds_a_secret_in_clear(strict: Portal, sam: Holder) -> None:
    codes = strict.second_factors.create_recovery_codes(sam.type_code(sam.begin()), now=sam.clock())
    stored = "".join(str(row) for row in everything(strict))

    assert sam.secret not in stored
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]


def everything(portal: Portal) -> list[object]:
    """Return every row of every table."""
    with portal.database.query() as connection:
        return [row for table in metadata.sorted_tables for row in connection.execute(select(table))]
