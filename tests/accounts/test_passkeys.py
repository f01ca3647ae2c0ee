"""Passkeys: what is asked, what is accepted, what is stored."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.accounts.authenticator import Authenticator, decoded, encoded
from tests.accounts.moments import HOUR, MINUTE, NOW

from izarlink_tickets.accounts.passkey_ceremony import (
    PasskeyCloned,
    PasskeyRefused,
    RelyingParty,
    check_creation,
    check_request,
    creation_options,
    credential_id_of,
    new_challenge,
    request_options,
    require_challenge,
)
from izarlink_tickets.accounts.passkeys import (
    MAX_PASSKEYS,
    PasskeyTaken,
    PasskeyUnknown,
    TooManyPasskeys,
    drop_passkey,
    find_passkey,
    list_passkeys,
    passkeys,
    store_passkey,
    use_passkey,
)
from izarlink_tickets.config import SealingKey
from izarlink_tickets.sealing import Keys, create_key

SECRET, MASTER_KEY = bytes(range(1, 33)), SealingKey(bytes(range(32)))
PARTY = RelyingParty("support.example", "https://support.example")
PURPOSE = "session x"
ALICE = "a0000000-0000-4000-8000-000000000001"


@pytest.fixture
def challenge() -> str:
    return new_challenge(SECRET, purpose=PURPOSE, now=NOW)


@pytest.fixture
def key() -> Authenticator:
    return Authenticator(PARTY.origin)


def asked(challenge, **known):
    return creation_options(
        PARTY, account_id=ALICE, email="alice@etxea.example", name="Alice", challenge=challenge, **known
    )


def created(key, challenge):
    answer = key.create(asked(challenge))
    return check_creation(PARTY, answer, challenge=decoded(challenge))


def signed(key, challenge, public_key, *, sign_count=0, demands_verification=True, change=lambda answer: answer):
    options = request_options(PARTY, challenge=challenge, demands_verification=demands_verification)
    return check_request(
        PARTY,
        change(key.sign(options)),
        challenge=decoded(challenge),
        public_key=public_key,
        sign_count=sign_count,
        demands_verification=demands_verification,
    )


# --- the portal's address ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "party_id"),
    [
        ("https://support.example", "support.example"),
        ("https://support.example:8443", "support.example"),
        ("http://localhost:8000", "localhost"),
        ("http://support.example", None),
        ("http://127.0.0.1:8000", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::7]", None),
    ],
)
def test_passkeys_are_bound_to_the_host_of_the_portal(base_url, party_id):
    party = RelyingParty.of(base_url)

    assert (party and party.id, party and party.origin) == (party_id, base_url if party_id else None)


# --- challenges -------------------------------------------------------------------------------------------------------


def test_challenges_are_random(challenge):
    assert require_challenge([SECRET], challenge, purpose=PURPOSE, now=NOW) == decoded(challenge)
    assert new_challenge(SECRET, purpose=PURPOSE, now=NOW) != challenge


@pytest.mark.parametrize(
    ("secret", "purpose", "later"),
    [
        pytest.param(SECRET, "session y", timedelta(0), id="of another session"),
        pytest.param(bytes(32), PURPOSE, timedelta(0), id="of another key"),
        pytest.param(SECRET, PURPOSE, 11 * MINUTE, id="too old"),
        pytest.param(SECRET, PURPOSE, -HOUR, id="of the future"),
    ],
)
def test_a_challenge_serves_one_purpose_for_ten_minutes(challenge, secret, purpose, later):
    with pytest.raises(PasskeyRefused):
        require_challenge([secret], challenge, purpose=purpose, now=NOW + later)


@pytest.mark.parametrize("challenge", ["", "é", "\ud800", "AAAA", "A" * 100])
def test_a_challenge_that_is_not_ours_is_refused(challenge):
    with pytest.raises(PasskeyRefused):
        require_challenge([SECRET], challenge, purpose=PURPOSE, now=NOW)


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_a_passkey_alone_is_asked_to_recognise_its_person(challenge):
    options = json.loads(request_options(PARTY, challenge=challenge, demands_verification=True))

    assert (options["rpId"], options["userVerification"]) == ("support.example", "required")
    assert options["allowCredentials"] == []


def test_a_new_passkey_is_discoverable_where_the_device_can(challenge):
    options = json.loads(asked(challenge, known=[b"known"]))

    assert options["authenticatorSelection"]["residentKey"] == "preferred"
    assert options["excludeCredentials"] == [{"id": encoded(b"known"), "type": "public-key"}]
    assert options["attestation"] == "none"


# --- what is accepted -------------------------------------------------------------------------------------------------


def test_a_created_passkey_signs(key, challenge):
    new = created(key, challenge)

    assert (new.credential_id, signed(key, challenge, new.public_key)) == (key.credential_id, 1)


def test_a_device_that_recognises_nobody_is_no_passkey_alone(key, challenge):
    key.verifies = False
    new = created(key, challenge)

    assert signed(key, challenge, new.public_key, demands_verification=False) == 1
    with pytest.raises(PasskeyRefused):
        signed(key, challenge, new.public_key)


def test_a_count_that_does_not_grow_betrays_a_copy(key, challenge):
    new = created(key, challenge)

    with pytest.raises(PasskeyCloned):
        signed(key, challenge, new.public_key, sign_count=1)


def test_a_device_that_does_not_count_says_zero_for_ever(key, challenge):
    key.counts = False
    new = created(key, challenge)

    assert [signed(key, challenge, new.public_key) for _ in "12"] == [0, 0]


def test_the_signature_of_another_key_is_refused(key, challenge):
    new = created(key, challenge)

    with pytest.raises(PasskeyRefused):
        signed(Authenticator(PARTY.origin), challenge, new.public_key)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://support.example", "https://a.support.example"])
def test_an_answer_from_another_origin_is_refused(challenge, origin):
    with pytest.raises(PasskeyRefused):
        created(Authenticator(origin), challenge)


def test_an_answer_to_another_challenge_is_refused(key, challenge):
    new = created(key, challenge)
    other = new_challenge(SECRET, purpose=PURPOSE, now=NOW)
    options = request_options(PARTY, challenge=other, demands_verification=True)

    with pytest.raises(PasskeyRefused):
        signed(key, challenge, new.public_key, change=lambda _: key.sign(options))


DEEP = "[" * 4_000 + "]" * 4_000


@pytest.mark.parametrize(
    "answer",
    ["", "null", "[]", "{}", "\ud800", DEEP, '{"id":"' + "A" * 9_000 + '"}', '{"id":"é","rawId":"é","response":{}}'],
    ids=["empty", "null", "list", "object", "surrogate", "deep", "long", "accents"],
)
def test_an_answer_that_cannot_be_read_is_refused(challenge, answer):
    with pytest.raises(PasskeyRefused):
        check_creation(PARTY, answer, challenge=decoded(challenge))
    with pytest.raises(PasskeyRefused):
        credential_id_of(answer)


@pytest.mark.parametrize("member", ["clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("value", [None, 7, "", "AAAA", "é", encoded(b"\xff" * 60)])
def test_a_damaged_answer_is_refused(key, challenge, member, value):
    answer = json.loads(key.create(asked(challenge)))
    answer["response"][member] = value

    with pytest.raises(PasskeyRefused):
        check_creation(PARTY, json.dumps(answer), challenge=decoded(challenge))


# --- what is stored ---------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(database, alice, key, challenge):
    with database.command() as connection:
        create_key(connection, alice.id, master_key=MASTER_KEY, now=NOW)
        keys = Keys(connection, MASTER_KEY)
        new = created(key, challenge)
        store_passkey(connection, keys, account_id=alice.id, name="Téléphone", new=new, now=NOW)
        return list_passkeys(connection, keys, account_id=alice.id)[0]


def test_a_passkey_is_found_by_what_the_browser_answers(database, alice, key, stored):
    with database.query() as connection:
        found = find_passkey(connection, Keys(connection, MASTER_KEY), credential_id=key.credential_id)

    assert found == stored
    assert (stored.account_id, stored.name) == (alice.id, "Téléphone")


def test_name_and_key_are_sealed(database, stored):
    with database.query() as connection:
        row = connection.execute(select(passkeys)).one()

    assert row.sealed.startswith("s1.")
    assert not [value for value in row if "Téléphone" in str(value) or encoded(stored.public_key) in str(value)]


def test_each_count_is_used_once(database, stored):
    with database.command() as connection:
        uses = [use_passkey(connection, passkey_id=stored.id, sign_count=count, now=NOW) for count in (3, 3, 2, 4)]

    assert uses == [True, False, False, True]


def test_a_passkey_is_stored_once(database, bob, key, challenge, stored):
    new = created(key, challenge)

    with pytest.raises(PasskeyTaken), database.command() as connection:
        store_passkey(connection, Keys(connection, MASTER_KEY), account_id=bob.id, name="x", new=new, now=NOW)


def test_an_account_has_ten_passkeys_at_most(database, alice, challenge, stored):
    def add() -> None:
        new = created(Authenticator(PARTY.origin), challenge)
        with database.command() as connection:
            store_passkey(connection, Keys(connection, MASTER_KEY), account_id=alice.id, name="x", new=new, now=NOW)

    for _ in range(MAX_PASSKEYS - 1):
        add()

    with pytest.raises(TooManyPasskeys):
        add()


def test_nobody_removes_another_persons_passkey(database, bob, stored):
    with pytest.raises(PasskeyUnknown), database.command() as connection:
        drop_passkey(connection, account_id=bob.id, passkey_id=stored.id)
