"""The client of the provider: metadata, keys, code exchange, tokens.

Only `provider` imports it, where it is used: authlib and requests take memory.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2.claims import ClaimsOption
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from joserfc.jws import JWSRegistry
from requests import RequestException

from izarlink_tickets.config import OidcSettings
from izarlink_tickets.identity_provider.bounded_transport import BoundedTransport, trusted_certificates
from izarlink_tickets.identity_provider.metadata import WELL_KNOWN, ProviderMetadata, metadata_of
from izarlink_tickets.identity_provider.pending_sign_on import PendingSignOn
from izarlink_tickets.identity_provider.refusals import ProviderUnavailable, SignOnRejected

# For both documents; a changed key is found earlier by its new name.
KEPT_SECONDS = 3600.0
# A forged token with an unknown key's name fetches the keys once a minute at most.
RELOAD_PAUSE_SECONDS = 60.0
# After a failure the next sign-ons are refused at once instead of waiting one after the other.
FAILURE_PAUSE_SECONDS = 10.0
LEEWAY_SECONDS = 60
# 2048 bits in base64.
MIN_RSA_MODULUS = 342
# The tokens of a person with hundreds of groups have 12 kB.
MAX_TOKEN = 32_768
MAX_SUBJECT = 255
# A longer one would not fit into an address.
MAX_HINT = 2_048
_FUTURE = 2**33
# Source: RFC 6749 §5.2. Of other words none reaches the log.
_CODE_ERRORS = {"invalid_client", "invalid_grant", "invalid_request", "unauthorized_client", "unsupported_grant_type"}
_NEVER: Final = -1e9


class ProviderClient:
    """A client for all threads of a process."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._metadata: ProviderMetadata | None = None
        self._keys: KeySet | None = None
        self._metadata_at = self._keys_at = self._failed_at = _NEVER

    def authorization_url(self, pending: PendingSignOn) -> str:
        """Build the address that asks the provider for the person.

        Raises: ProviderUnavailable.
        """
        metadata = self._current_metadata()
        options = {"prompt": "login", "max_age": "0"} if pending.renews else {}
        if self._settings.multi_factor_acr:
            options["acr_values"] = " ".join(self._settings.multi_factor_acr)
        with self._session(metadata) as session:
            url, _ = session.create_authorization_url(
                metadata.authorization_endpoint,
                state=pending.state,
                code_verifier=pending.verifier,
                nonce=pending.nonce,
                **options,
            )
        return str(url)

    def exchange(self, pending: PendingSignOn, code: str, *, now: datetime) -> tuple[dict[str, Any], str]:
        """Exchange the code; return the verified ID token's claims and text.

        The other tokens are forgotten: nothing is asked in the person's name.
        Raises: SignOnRejected, ProviderUnavailable.
        """
        metadata = self._current_metadata()
        try:
            with self._session(metadata) as session:
                tokens = session.fetch_token(metadata.token_endpoint, code=code, code_verifier=pending.verifier)
        except OAuthError as error:
            raise SignOnRejected(f"code: {error.error if error.error in _CODE_ERRORS else 'refused'}") from error
        except (RequestException, ValueError) as error:
            raise self._failed(error) from error
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str) or len(id_token) > MAX_TOKEN:
            raise SignOnRejected("no ID token")
        return self._claims(id_token, tokens.get("access_token"), pending, metadata, now), id_token

    def sign_out_url(self, id_token: str | None) -> str | None:
        """Build the address that ends the provider's session.

        Source: OpenID Connect RP-Initiated Logout 1.0. Raises: ProviderUnavailable.
        """
        endpoint = self._current_metadata().end_session_endpoint
        if endpoint is None:
            return None
        parameters = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": self._settings.sign_out_uri,
            **({"id_token_hint": id_token} if id_token and len(id_token) <= MAX_HINT else {}),
        }
        return str(add_params_to_uri(endpoint, list(parameters.items())))

    def check(self) -> str:
        """Load metadata and keys anew. Raises: ProviderUnavailable."""
        self._metadata_at = self._keys_at = self._failed_at = _NEVER
        keys = self._current_keys(self._current_metadata())
        return f"{self._settings.issuer} answers, with keys: {len(keys.keys)}"

    def _claims(
        self, id_token: str, access_token: object, pending: PendingSignOn, metadata: ProviderMetadata, now: datetime
    ) -> dict[str, Any]:
        """Verify the ID token. Source: OpenID Connect Core §3.1.3.7."""
        token = self._verified(id_token, metadata)
        params = {"client_id": self._settings.client_id, "nonce": pending.nonce, "access_token": access_token}
        options: dict[str, ClaimsOption] = {"iss": {"essential": True, "value": self._settings.issuer}}
        claims = CodeIDToken(token.claims, token.header, options, params)
        try:
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        except JoseError as error:
            raise SignOnRejected(f"ID token: {error.error}") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise SignOnRejected("ID token: a claim of another type") from error
        _require_claims(claims, client_id=self._settings.client_id)
        return dict(claims)

    def _verified(self, token: str, metadata: ProviderMetadata) -> jwt.Token:
        """Check a token's signature by the provider's keys."""
        # Headers of its own, such as « x5t » of some directories, are ignored; « crit » is not.
        registry = JWSRegistry(algorithms=metadata.algorithms, strict_check_header=False)
        try:
            try:
                return jwt.decode(token, self._current_keys(metadata), registry=registry)
            except InvalidKeyIdError:
                return jwt.decode(token, self._reloaded_keys(metadata), registry=registry)
        except JoseError as error:
            raise SignOnRejected(f"ID token: {error.error}") from error
        except (TypeError, ValueError) as error:
            raise SignOnRejected("ID token: unreadable") from error

    # --- what the provider publishes ----------------------------------------------------------------------------------

    def _current_metadata(self) -> ProviderMetadata:
        with self._lock:
            if self._metadata is None or time.monotonic() - self._metadata_at > KEPT_SECONDS:
                document = self._load(self._settings.issuer.rstrip("/") + WELL_KNOWN)
                self._metadata, self._metadata_at = (
                    metadata_of(document, issuer=self._settings.issuer),
                    time.monotonic(),
                )
            return self._metadata

    def _current_keys(self, metadata: ProviderMetadata) -> KeySet:
        with self._lock:
            if self._keys is None or time.monotonic() - self._keys_at > KEPT_SECONDS:
                self._load_keys(metadata)
            return self._keys or KeySet([])

    def _reloaded_keys(self, metadata: ProviderMetadata) -> KeySet:
        """Return the keys, loaded again unless that was a moment ago."""
        with self._lock:
            if time.monotonic() - self._keys_at > RELOAD_PAUSE_SECONDS:
                self._load_keys(metadata)
            return self._keys or KeySet([])

    def _load_keys(self, metadata: ProviderMetadata) -> None:
        self._keys, self._keys_at = _signing_keys(self._load(metadata.jwks_uri)), time.monotonic()

    def _load(self, url: str) -> Mapping[str, Any]:
        if time.monotonic() - self._failed_at < FAILURE_PAUSE_SECONDS:
            raise ProviderUnavailable("it didn't answer a moment ago")
        try:
            with self._session() as session:
                response = session.request("GET", url, withhold_token=True, headers={"Accept": "application/json"})
                response.raise_for_status()
                document = response.json()
        except (RequestException, ValueError) as error:
            raise self._failed(error) from error
        if not isinstance(document, dict):
            raise ProviderUnavailable("its document is no object")
        return document

    def _failed(self, error: Exception) -> ProviderUnavailable:
        """Remember the failure, and return the refusal."""
        self._failed_at = time.monotonic()
        return ProviderUnavailable(type(error).__name__)

    def _session(self, metadata: ProviderMetadata | None = None) -> OAuth2Session:
        settings = self._settings
        is_basic = metadata is None or metadata.takes_basic_auth
        session = OAuth2Session(
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            token_endpoint_auth_method="client_secret_basic" if is_basic else "client_secret_post",
            scope=settings.scopes,
            redirect_uri=settings.redirect_uri,
            code_challenge_method="S256",
        )
        session.verify = trusted_certificates()
        for scheme in ("https://", "http://"):
            session.mount(scheme, BoundedTransport())
        return session


def _require_claims(claims: Mapping[str, Any], *, client_id: str) -> None:
    """Check what the library leaves open."""
    subject, authenticated_at = claims["sub"], claims.get("auth_time", 0)
    if claims["aud"] not in (client_id, [client_id]):
        # For others too: then one of them could pass it on.
        raise SignOnRejected("ID token: invalid aud")
    if not subject or len(subject) > MAX_SUBJECT or not subject.isprintable():
        raise SignOnRejected("ID token: invalid sub")
    if not 0 <= authenticated_at < _FUTURE:
        raise SignOnRejected("ID token: invalid auth_time")


def _signing_keys(document: Mapping[str, Any]) -> KeySet:
    """Return the keys that may sign.

    Weak, shared and unknown ones are left out. Raises: ProviderUnavailable.
    """
    listed = document.get("keys")
    stored = listed if isinstance(listed, list) else []
    keys: list[Key] = [key for one in stored if (key := _signing_key(one))]
    if not keys:
        raise ProviderUnavailable("it has no key that may sign")
    return KeySet(keys)


def _signing_key(stored: object) -> RSAKey | ECKey | None:
    if not isinstance(stored, dict) or stored.get("use", "sig") != "sig":
        return None
    try:
        match stored.get("kty"):
            case "RSA" if len(stored["n"]) >= MIN_RSA_MODULUS:
                return RSAKey.import_key(stored)
            case "EC":
                return ECKey.import_key(stored)
    except (JoseError, KeyError, TypeError, ValueError):
        return None
    return None
