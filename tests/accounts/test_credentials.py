"""Initial and chosen passwords at sign-in."""

from time import thread_time

import pytest
from tests.accounts.moments import DAY, HOUR, NOW, SECOND

from izarlink_tickets.accounts import (
    InitialPasswordExpired,
    LinkNotValid,
    PasswordAlreadyChosen,
    PasswordFault,
    PasswordTooLong,
    PasswordTooWeak,
    Purpose,
    create_initial_password,
    create_token,
    credentials_of,
    deactivate,
    drop_expired_initial_passwords,
    find_account,
    find_accounts,
    find_credentials,
    find_token,
    forget_password,
    hash_password,
    request_email,
    set_password,
)
from izarlink_tickets.accounts.credentials import initial_passwords

CHOSEN = "le chat dort au soleil"
OTHER = "la pluie tombe sur Bayonne"


@pytest.fixture(scope="module")
def chosen_hash() -> str:
    return hash_password(CHOSEN)


@pytest.fixture
def initial(database, alice) -> str:
    with database.command() as connection:
        return create_initial_password(connection, account_id=alice.id, now=NOW)


@pytest.fixture
def settled_alice(database, alice, chosen_hash):
    """Return alice with a chosen password."""
    with database.command() as connection:
        set_password(connection, account_id=alice.id, password_hash=chosen_hash, now=NOW)
        return find_account(connection, account_id=alice.id)


def sign_in(database, password, *, email="alice@etxea.example", now=NOW):
    with database.query() as connection:
        credentials = find_credentials(connection, email=email, now=now)
    return credentials.check(password)


def test_the_initial_password_signs_in_and_must_be_changed(database, alice, initial):
    signed_in = sign_in(database, initial)

    assert signed_in == alice
    assert signed_in.must_change_password


def test_the_initial_password_is_stored_nowhere(database, alice, initial):
    with database.query() as connection:
        row = connection.execute(initial_passwords.select()).one()

    assert initial not in repr(row)


def test_the_initial_password_lives_for_seven_days(database, alice, initial):
    assert sign_in(database, initial, now=NOW + 7 * DAY - SECOND)
    with pytest.raises(InitialPasswordExpired):
        sign_in(database, initial, now=NOW + 7 * DAY)


def test_several_initial_passwords_live_side_by_side(database, alice, initial):
    with database.command() as connection:
        later = create_initial_password(connection, account_id=alice.id, now=NOW + HOUR)

    assert sign_in(database, initial, now=NOW + HOUR).must_change_password
    assert sign_in(database, later, now=NOW + HOUR).must_change_password


def test_the_chosen_password_opens_and_the_initial_ones_no_longer_do(database, initial, settled_alice):
    signed_in = sign_in(database, CHOSEN)

    assert signed_in == settled_alice
    assert not settled_alice.must_change_password
    assert settled_alice.password_changed_at == NOW
    assert sign_in(database, initial) is None


@pytest.mark.parametrize("password", ["", "LE CHAT DORT AU SOLEIL", CHOSEN + " ", CHOSEN[:-1], "%", "\x00", "\ud800"])
def test_a_wrong_password_opens_nothing(database, settled_alice, password):
    assert sign_in(database, password) is None


@pytest.mark.parametrize("email", ["", "bob@etxea.example", "%", "*", "alice@etxea.example' OR 1=1 --"])
def test_an_unknown_identifier_opens_nothing(database, settled_alice, email):
    assert sign_in(database, CHOSEN, email=email) is None


def test_the_identifier_may_be_typed_in_any_capitals(database, settled_alice):
    assert sign_in(database, CHOSEN, email=" Alice@Etxea.example ") == settled_alice


def test_a_deactivated_account_opens_nothing(database, settled_alice):
    with database.command() as connection:
        deactivate(connection, account_id=settled_alice.id)

    assert sign_in(database, CHOSEN) is None


@pytest.mark.parametrize("email", ["alice@etxea.example", "nobody@etxea.example"])
def test_a_giant_password_is_refused_before_it_is_hashed_for_known_and_unknown_alike(database, settled_alice, email):
    with pytest.raises(PasswordTooLong):
        sign_in(database, "a" * 1_025, email=email)


def test_an_account_that_has_chosen_gets_no_initial_password(database, settled_alice):
    with pytest.raises(PasswordAlreadyChosen), database.command() as connection:
        create_initial_password(connection, account_id=settled_alice.id, now=NOW)


def test_after_a_reset_by_an_administrator_only_a_new_initial_password_opens(database, settled_alice):
    with database.command() as connection:
        forget_password(connection, account_id=settled_alice.id)
        initial = create_initial_password(connection, account_id=settled_alice.id, now=NOW)

    assert sign_in(database, CHOSEN) is None
    assert sign_in(database, initial).must_change_password


def test_the_demo_can_choose_the_initial_password(database, alice):
    with database.command() as connection:
        password = create_initial_password(connection, account_id=alice.id, now=NOW, password="premiere-connexion-2026")

    assert password == "premiere-connexion-2026"
    assert sign_in(database, password).must_change_password


@pytest.mark.parametrize(
    "change",
    [
        lambda connection, account: set_password(
            connection, account_id=account.id, password_hash=hash_password(OTHER), now=NOW
        ),
        lambda connection, account: forget_password(connection, account_id=account.id),
        lambda connection, account: request_email(connection, account_id=account.id, email="alice@mendi.example"),
        lambda connection, account: deactivate(connection, account_id=account.id),
    ],
    ids=["password", "reset", "address", "deactivation"],
)
def test_links_die_when_the_password_or_the_address_changes(database, settled_alice, change):
    with database.command() as connection:
        token = create_token(connection, account_id=settled_alice.id, purpose=Purpose.RESET, now=NOW)
        change(connection, settled_alice)

        with pytest.raises(LinkNotValid):
            find_token(connection, token=token, purpose=Purpose.RESET, now=NOW)


def test_a_new_password_drops_the_pending_address(database, settled_alice):
    with database.command() as connection:
        request_email(connection, account_id=settled_alice.id, email="thief@mendi.example")
        set_password(connection, account_id=settled_alice.id, password_hash=hash_password(OTHER), now=NOW)

        [alice] = find_accounts(connection, ids=[settled_alice.id])

    assert alice.pending_email is None


def refusal_of(database, account, password, *, now=NOW) -> PasswordFault:
    with database.query() as connection:
        credentials = credentials_of(connection, account_id=account.id, now=now)
    with pytest.raises(PasswordTooWeak) as refused:
        credentials.hash_of_choice(password, words=["Boulangerie Etxea"])
    return refused.value.reason


def test_a_good_choice_becomes_the_password(database, alice, initial):
    with database.command() as connection:
        choice = credentials_of(connection, account_id=alice.id, now=NOW).hash_of_choice(OTHER)
        set_password(connection, account_id=alice.id, password_hash=choice, now=NOW)

    assert not sign_in(database, OTHER).must_change_password


def test_the_password_may_not_stay_the_same(database, settled_alice):
    assert refusal_of(database, settled_alice, CHOSEN) is PasswordFault.SAME_AS_BEFORE


@pytest.mark.parametrize("now", [NOW, NOW + 8 * DAY], ids=["living", "expired"])
def test_no_initial_password_can_be_chosen(database, alice, initial, now):
    assert refusal_of(database, alice, initial, now=now) is PasswordFault.SAME_AS_INITIAL


@pytest.mark.parametrize("password", ["Etcheverry-2026", "alice12345", "Boulangerie!"])
def test_a_password_of_personal_words_is_refused(database, settled_alice, password):
    assert refusal_of(database, settled_alice, password) is PasswordFault.CONTEXT


def test_expired_initial_passwords_can_be_thrown_away(database, alice, initial):
    with database.command() as connection:
        assert drop_expired_initial_passwords(connection, now=NOW + (7 + 90) * DAY - SECOND) == 0
        assert drop_expired_initial_passwords(connection, now=NOW + (7 + 90) * DAY) == 1


def test_credentials_can_be_printed_without_their_hashes(database, settled_alice):
    with database.query() as connection:
        credentials = find_credentials(connection, email="alice@etxea.example", now=NOW)

    assert "argon2" not in repr(credentials)


def test_a_sign_in_takes_as_long_for_an_unknown_account(database, alice, bob, chosen_hash):
    with database.command() as connection:
        set_password(connection, account_id=bob.id, password_hash=chosen_hash, now=NOW)
        initial = {create_initial_password(connection, account_id=alice.id, now=NOW) for _ in range(4)}

    nobody, settled, new = (
        seconds_for(database, email) for email in ("nobody@etxea.example", "bob@etxea.example", "alice@etxea.example")
    )

    assert len(initial) == 4
    # Tolerant of loaded machines; without constant-time checks the ratios are 0, 1 and 4.
    assert 0.5 < settled / nobody < 2
    assert 0.5 < new / nobody < 2


def seconds_for(database, email) -> float:
    with database.query() as connection:
        credentials = find_credentials(connection, email=email, now=NOW)
    times = []
    for _ in range(9):
        begin = thread_time()
        credentials.check("wrong password")
        times.append(thread_time() - begin)
    # The best time is the least disturbed.
    return min(times)
