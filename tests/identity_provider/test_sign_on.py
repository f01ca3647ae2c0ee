"""A sign-on through a provider, and the answers that prove nobody."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey
from tests.identity_provider.conftest import provider_of
from tests.identity_provider.scripted_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    DISCOVERY,
    KEYS,
    SUBJECT,
    TOKEN,
    Answer,
    ScriptedProvider,
)

from izarlink_tickets.identity_provider import (
    IdentityProvider,
    ProviderUnavailable,
    SignOnCancelled,
    SignOnNotRecent,
    SignOnNotStarted,
    SignOnRejected,
)
from izarlink_tickets.identity_provider import client as provider_client
from izarlink_tickets.identity_provider.identity import Identity


def now() -> datetime:
    return datetime.now(UTC)


def sign_on(client: IdentityProvider, scripted: ScriptedProvider, *, renews: bool = False) -> Identity:
    url, pending = client.begin(now=now(), renews=renews)
    return client.complete(pending, scripted.authorize(url), now=now())


def test_a_sign_on_names_the_person(client: IdentityProvider, scripted: ScriptedProvider):
    identity = sign_on(client, scripted)

    assert (identity.issuer, identity.subject, identity.role) == (scripted.issuer, SUBJECT, "support")
    assert (identity.name, identity.email) == ("Sam Iriart", "sam@izarlink.example")
    assert not identity.is_multi_factor


def test_the_request_binds_the_answer_to_this_browser(client: IdentityProvider):
    url, pending = client.begin(now=now())

    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/connexion/izarlink/retour"
    assert (asked["state"], asked["nonce"]) == (pending.state, pending.nonce)
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", CLIENT_ID)
    assert pending.verifier not in url


def test_no_two_sign_ons_share_a_secret(client: IdentityProvider):
    _, first = client.begin(now=now())
    _, second = client.begin(now=now())

    assert {first.state, first.nonce, first.verifier}.isdisjoint({second.state, second.nonce, second.verifier})


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "nonce of another sign-on": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "another-client"},
    "others in the audience": {"aud": [CLIENT_ID, "another-client"], "azp": CLIENT_ID},
    "no audience": {"aud": None},
    "another authorised party": {"azp": "another-client"},
    "expired": {"exp": int(time.time()) - 120},
    "no expiry": {"exp": None},
    "issued in the future": {"iat": int(time.time()) + 3600},
    "valid later": {"nbf": int(time.time()) + 3600},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "subject is a number": {"sub": 7},
    "subject too long": {"sub": "x" * 256},
    "subject with a line break": {"sub": "a\nb"},
    "another access token": {"at_hash": "bm90IHRoaXMgb25l"},
    "time that is none": {"auth_time": "yesterday"},
    "time out of range": {"auth_time": 1e30},
}


@pytest.mark.parametrize("claims", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_a_wrong_claim_signs_nobody_in(client: IdentityProvider, scripted: ScriptedProvider, claims: dict[str, Any]):
    scripted.claims = claims

    with pytest.raises(SignOnRejected):
        sign_on(client, scripted)


def _unsigned(provider: ScriptedProvider, claims: dict[str, Any]) -> str:
    head = "eyJhbGciOiJub25lIn0"
    return f"{head}.{provider.signed(claims).split('.')[1]}."


def _by_public_key(provider: ScriptedProvider, claims: dict[str, Any]) -> str:
    """Sign as HS256 with the public key, which everybody knows."""
    assert isinstance(provider.key, ECKey)
    return _by_secret(provider.key.as_bytes(private=False), provider, claims)


def _by_client_secret(provider: ScriptedProvider, claims: dict[str, Any]) -> str:
    return _by_secret(CLIENT_SECRET.encode(), provider, claims)


def _by_secret(secret: bytes, provider: ScriptedProvider, claims: dict[str, Any]) -> str:
    head = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "first"}).encode()).decode().rstrip("=")
    signed = f"{head}.{provider.signed(claims).split('.')[1]}"
    digest = urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).decode().rstrip("=")
    return f"{signed}.{digest}"


def _by_stranger(provider: ScriptedProvider, claims: dict[str, Any]) -> str:
    provider.key = ECKey.generate_key("P-256", {"kid": "first"})
    return provider.signed(claims)


def _with_own_key(provider: ScriptedProvider, claims: dict[str, Any]) -> str:
    provider.key = key = ECKey.generate_key("P-256", {"kid": "own"})
    return provider.signed(claims, jwk=key.as_dict(private=False), jku="https://evil.example/keys")


def _altered(provider: ScriptedProvider, claims: dict[str, Any]) -> str:
    other = provider.signed({**claims, "sub": "another"}).split(".")[1]
    head, _, signature = provider.signed(claims).split(".")
    return f"{head}.{other}.{signature}"


def _critical(provider: ScriptedProvider, claims: dict[str, Any]) -> str:
    return provider.signed(claims, crit=["b64"], b64=True)


WRONG_TOKENS: dict[str, Callable[[ScriptedProvider, dict[str, Any]], Any]] = {
    "unsigned": _unsigned,
    "signed by the public key": _by_public_key,
    "signed by a shared secret": _by_client_secret,
    "signed by a stranger": _by_stranger,
    "brings its key along": _with_own_key,
    "altered": _altered,
    "no token": lambda _provider, _claims: "",
    "two parts": lambda provider, claims: provider.signed(claims).rpartition(".")[0],
    "not a text": lambda _provider, _claims: 7,
    "too long": lambda _provider, _claims: "a" * 40_000,
}


@pytest.mark.parametrize("sign", WRONG_TOKENS.values(), ids=WRONG_TOKENS)
def test_a_token_that_the_provider_has_not_signed_is_refused(
    client: IdentityProvider, scripted: ScriptedProvider, sign: Callable[[ScriptedProvider, dict[str, Any]], str]
):
    scripted.sign = sign

    with pytest.raises(SignOnRejected):
        sign_on(client, scripted)


def test_a_weak_key_signs_nobody_in(client: IdentityProvider, scripted: ScriptedProvider):
    weak_key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it must be refused
    pem = weak_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.warns(SecurityWarning):
        weak = RSAKey.import_key(pem, {"kid": "weak"})
    scripted.key, scripted.published, scripted.algorithm = weak, [scripted.key, weak], "RS256"

    with pytest.raises(SignOnRejected):
        sign_on(client, scripted)


# --- the answer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["", "another", "é\ud800"])
def test_an_answer_with_another_state_is_refused(client: IdentityProvider, scripted: ScriptedProvider, state: str):
    url, pending = client.begin(now=now())

    with pytest.raises(SignOnNotStarted):
        client.complete(pending, {**scripted.authorize(url), "state": state}, now=now())

    assert TOKEN not in scripted.asked


def test_an_answer_without_a_sign_on_is_refused(client: IdentityProvider):
    with pytest.raises(SignOnNotStarted):
        client.complete(None, {"code": "stolen", "state": "any"}, now=now())


def test_an_answer_after_ten_minutes_is_refused(client: IdentityProvider, scripted: ScriptedProvider):
    url, pending = client.begin(now=now())

    with pytest.raises(SignOnNotStarted):
        client.complete(pending, scripted.authorize(url), now=now() + timedelta(minutes=10))


def test_a_code_works_once(client: IdentityProvider, scripted: ScriptedProvider):
    url, pending = client.begin(now=now())
    answer = scripted.authorize(url)
    client.complete(pending, answer, now=now())

    with pytest.raises(SignOnRejected, match="invalid_grant"):
        client.complete(pending, answer, now=now())


def test_a_code_of_another_browser_is_refused(client: IdentityProvider, scripted: ScriptedProvider):
    _, pending = client.begin(now=now())
    url, _ = client.begin(now=now())
    code = scripted.authorize(url)["code"]

    with pytest.raises(SignOnRejected, match="invalid_grant"):
        client.complete(pending, {"code": code, "state": pending.state}, now=now())


@pytest.mark.parametrize("code", ["", "x" * 5000, "a\nb", "é"])
def test_an_odd_code_never_reaches_the_provider(client: IdentityProvider, scripted: ScriptedProvider, code: str):
    _, pending = client.begin(now=now())

    with pytest.raises(SignOnRejected):
        client.complete(pending, {"code": code, "state": pending.state}, now=now())

    assert TOKEN not in scripted.asked


def test_the_providers_error_ends_the_sign_on(client: IdentityProvider):
    _, pending = client.begin(now=now())

    with pytest.raises(SignOnCancelled):
        client.complete(pending, {"error": "access_denied", "state": pending.state}, now=now())


def test_another_providers_answer_is_refused(client: IdentityProvider, scripted: ScriptedProvider):
    url, pending = client.begin(now=now())

    with pytest.raises(SignOnRejected):
        client.complete(pending, {**scripted.authorize(url), "iss": "https://evil.example"}, now=now())


# --- what the provider says of the person ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "claims", "role"),
    [
        ({}, {"roles": ["auditor"]}, "auditor"),
        ({}, {"roles": "administrator"}, "administrator"),
        ({}, {"roles": ["support", "administrator"]}, "administrator"),
        ({}, {"roles": ["customer", "company", "system"]}, None),
        ({}, {"roles": None}, None),
        ({}, {"roles": {"support": True}}, None),
        ({"ROLE_CLAIM": "realm_access.roles"}, {"realm_access": {"roles": ["support"]}}, "support"),
        ({"ROLE_CLAIM": "https://izarlink.example/roles"}, {"https://izarlink.example/roles": ["support"]}, "support"),
        ({"ROLES": "support=it-support,auditor=it-audit"}, {"roles": ["it-audit"]}, "auditor"),
        ({"ROLES": "support=it-support"}, {"roles": ["support"]}, None),
    ],
)
def test_a_claim_gives_the_role(
    scripted: ScriptedProvider, settings: dict[str, str], claims: dict[str, Any], role: str | None
):
    scripted.claims = claims

    assert sign_on(provider_of(scripted, **settings), scripted).role == role


@pytest.mark.parametrize(
    ("claims", "is_multi_factor"),
    [
        ({"amr": ["pwd", "otp", "mfa"]}, True),
        ({"acr": "gold"}, True),
        ({"amr": ["pwd"]}, False),
        ({"acr": "1"}, False),
        ({}, False),
    ],
)
def test_several_factors_count_where_the_provider_says_so(
    scripted: ScriptedProvider, claims: dict[str, Any], *, is_multi_factor: bool
):
    scripted.claims = claims

    identity = sign_on(provider_of(scripted, MULTI_FACTOR_ACR="gold,platinum"), scripted)

    assert identity.is_multi_factor is is_multi_factor


def test_an_address_that_is_not_verified_is_left_out(client: IdentityProvider, scripted: ScriptedProvider):
    scripted.claims = {"email_verified": False}

    assert sign_on(client, scripted).email == ""


def test_a_renewed_proof_asks_the_person_again(client: IdentityProvider, scripted: ScriptedProvider):
    url, pending = client.begin(now=now(), renews=True)
    asked = parse_qs(urlsplit(url).query)

    identity = client.complete(pending, scripted.authorize(url), now=now())

    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert identity.authenticated_at is not None


@pytest.mark.parametrize("auth_time", [None, int(time.time()) - 3600], ids=["unknown", "an hour ago"])
def test_a_renewed_proof_that_is_old_is_refused(
    client: IdentityProvider, scripted: ScriptedProvider, auth_time: int | None
):
    scripted.claims = {"auth_time": auth_time}

    with pytest.raises(SignOnNotRecent):
        sign_on(client, scripted, renews=True)


# --- a provider in trouble -------------------------------------------------------------------------------------------

JSON = {"Content-Type": "application/json"}


def test_a_provider_that_is_down_is_unavailable_at_once(client: IdentityProvider, scripted: ScriptedProvider):
    scripted.answers[DISCOVERY] = lambda: (503, {}, b"")

    with pytest.raises(ProviderUnavailable):
        client.begin(now=now())
    with pytest.raises(ProviderUnavailable):
        client.begin(now=now())

    assert len(scripted.asked) == 1


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (TOKEN, (302, {"Location": "http://127.0.0.1:1/"}, b"")),
        (TOKEN, (307, {"Location": "http://127.0.0.1:1/"}, b"")),
        (TOKEN, (500, {}, b"<html>")),
        (TOKEN, (200, JSON, b"[]")),
        (TOKEN, (200, JSON, b"{" * 1000)),
        (TOKEN, (200, JSON, b'{"id_token": "' + b"x" * 300_000 + b'"}')),
        (KEYS, (200, JSON, b'{"keys": []}')),
        (KEYS, (200, JSON, b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}')),
        (KEYS, (200, JSON, b'{"keys": 7}')),
        (KEYS, (302, {"Location": "http://127.0.0.1:1/"}, b"")),
        (KEYS, (404, {}, b"")),
    ],
)
def test_an_answer_beyond_the_limits_is_none(
    client: IdentityProvider, scripted: ScriptedProvider, path: str, answer: Any
):
    scripted.answers[path] = lambda: answer

    with pytest.raises(ProviderUnavailable):
        sign_on(client, scripted)


@pytest.mark.parametrize(("path", "status"), [(TOKEN, 307), (TOKEN, 302), (KEYS, 302), (DISCOVERY, 301)])
def test_no_redirect_is_followed(client: IdentityProvider, scripted: ScriptedProvider, path: str, status: int):
    scripted.answers[path] = lambda: (status, {"Location": f"{scripted.issuer}/elsewhere"}, b"")

    with pytest.raises(ProviderUnavailable):
        sign_on(client, scripted)

    assert "/elsewhere" not in scripted.asked


WRONG_DOCUMENTS: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "issuer with a slash more": {"issuer": "http://127.0.0.1/"},
    "no issuer": {"issuer": None},
    "symmetric signatures only": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    "no PKCE with a hash": {"code_challenge_methods_supported": ["plain"]},
    "token endpoint in a file": {"token_endpoint": "file:///etc/passwd"},
    "no token endpoint": {"token_endpoint": None},
    "keys of another kind": {"jwks_uri": ["https://evil.example"]},
    "broken address": {"authorization_endpoint": "https://[evil"},
}


@pytest.mark.parametrize("document", WRONG_DOCUMENTS.values(), ids=WRONG_DOCUMENTS)
def test_a_wrong_document_is_refused(client: IdentityProvider, scripted: ScriptedProvider, document: dict[str, Any]):
    scripted.document = document

    with pytest.raises(ProviderUnavailable):
        client.begin(now=now())


def test_a_slow_provider_holds_a_thread_for_a_bounded_time(
    client: IdentityProvider, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("izarlink_tickets.identity_provider.bounded_transport.READ_SECONDS", 0.05)
    scripted.answers[TOKEN] = lambda: (200, {"Content-Length": "10"}, b"{")
    began = time.monotonic()

    with pytest.raises(ProviderUnavailable):
        sign_on(client, scripted)

    assert time.monotonic() - began < 2


def test_few_conversations_run_at_once(scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("izarlink_tickets.identity_provider.provider.MOST_AT_ONCE", 1)
    client, is_asked, may_answer = provider_of(scripted), Event(), Event()

    def wait() -> Answer:
        is_asked.set()
        may_answer.wait(10)
        return 503, {}, b""

    def sign_out() -> None:
        with pytest.raises(ProviderUnavailable):
            client.sign_out_url(None)

    scripted.answers[DISCOVERY] = wait
    first = Thread(target=sign_out)
    first.start()
    is_asked.wait(10)
    with pytest.raises(ProviderUnavailable, match="other sign-ons"):
        client.begin(now=now())

    may_answer.set()
    first.join()


def test_changed_keys_are_found_by_their_name(
    client: IdentityProvider, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
):
    sign_on(client, scripted)
    scripted.key = ECKey.generate_key("P-256", {"kid": "second"})
    scripted.published = [scripted.key]
    monkeypatch.setattr(provider_client, "RELOAD_PAUSE_SECONDS", 0.0)

    assert sign_on(client, scripted).subject == SUBJECT


def test_unknown_keys_fetch_the_keys_once_a_minute(client: IdentityProvider, scripted: ScriptedProvider):
    sign_on(client, scripted)
    scripted.key = ECKey.generate_key("P-256", {"kid": "second"})

    with pytest.raises(SignOnRejected):
        sign_on(client, scripted)
    with pytest.raises(SignOnRejected):
        sign_on(client, scripted)

    assert scripted.asked.count(KEYS) == 1


def test_signing_out_names_the_session_that_ends(client: IdentityProvider, scripted: ScriptedProvider):
    identity = sign_on(client, scripted)

    url = urlsplit(str(client.sign_out_url(identity.id_token)))

    assert (url.path, parse_qs(url.query)["id_token_hint"]) == ("/logout", [identity.id_token])
    assert parse_qs(url.query)["post_logout_redirect_uri"] == ["http://127.0.0.1:8000/connexion"]


def test_a_provider_without_sign_out_has_no_address_for_it(client: IdentityProvider, scripted: ScriptedProvider):
    scripted.document = {"end_session_endpoint": None}

    assert client.sign_out_url(None) is None
