"""The provider's metadata. Source: OpenID Connect Discovery 1.0 §3, §4."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from izarlink_tickets.identity_provider.refusals import ProviderUnavailable

WELL_KNOWN = "/.well-known/openid-configuration"
# Signatures by a key pair alone: with a shared secret, whoever knows a public key could sign. Source: RFC 8725 §2.1.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """A provider's addresses, and what it can do.

    end_session_endpoint: None where it ends no session for us.
    takes_basic_auth: whether it takes the client's secret in a header; else in the form.
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    algorithms: frozenset[str]
    takes_basic_auth: bool


def metadata_of(document: Mapping[str, Any], *, issuer: str) -> ProviderMetadata:
    """Check the document of the issuer. Raises: ProviderUnavailable."""
    if document.get("issuer") != issuer:
        raise ProviderUnavailable("its document names another issuer")
    algorithms = ALGORITHMS & set(_texts(document, "id_token_signing_alg_values_supported", default=["RS256"]))
    if not algorithms:
        raise ProviderUnavailable("it signs by no algorithm that is accepted here")
    if "S256" not in _texts(document, "code_challenge_methods_supported", default=["S256"]):
        raise ProviderUnavailable("it doesn't support PKCE with S256")
    methods = _texts(document, "token_endpoint_auth_methods_supported", default=["client_secret_basic"])
    ends_sessions = document.get("end_session_endpoint") is not None
    return ProviderMetadata(
        authorization_endpoint=_address(document, "authorization_endpoint", issuer),
        token_endpoint=_address(document, "token_endpoint", issuer),
        jwks_uri=_address(document, "jwks_uri", issuer),
        end_session_endpoint=_address(document, "end_session_endpoint", issuer) if ends_sessions else None,
        algorithms=frozenset(algorithms),
        takes_basic_auth="client_secret_basic" in methods,
    )


def _address(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """Return an address, which is as encrypted as the issuer's."""
    value = document.get(name)
    try:
        url = urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        url = urlsplit("")
    if not url.hostname or url.scheme not in {"https", urlsplit(issuer).scheme}:
        raise ProviderUnavailable(f"its {name} is no address")
    return str(value)


def _texts(document: Mapping[str, Any], name: str, *, default: list[str]) -> list[str]:
    value = document.get(name, default)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
