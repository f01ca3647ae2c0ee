"""The person whom the provider has named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from izarlink_tickets.config import OidcSettings

# Of each factor one value, and the one for several. Source: RFC 8176 §2.
_MULTI_FACTOR = "mfa"


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the provider knows them.

    issuer, subject: identify them for ever; an address may pass to somebody else.
    role: None where no claim stands for a role.
    authenticated_at: when they last proved who they are, aware UTC; None where the provider doesn't say.
    is_multi_factor: whether the provider says that they proved it by several factors.
    session: the provider's name of its session, if any.
    """

    issuer: str
    subject: str
    role: str | None
    name: str
    email: str
    authenticated_at: datetime | None
    is_multi_factor: bool
    session: str | None
    id_token: str = field(repr=False)


def identity_of(claims: Mapping[str, Any], id_token: str, settings: OidcSettings) -> Identity:
    """Build the identity from verified claims."""
    authenticated_at = claims.get("auth_time")
    return Identity(
        issuer=claims["iss"],
        subject=claims["sub"],
        role=_role(claims, settings),
        name=_text(claims.get("name")),
        # Only where the provider says so is an address somebody else's. Most company directories don't say anything.
        email=_text(claims.get("email")) if claims.get("email_verified") is not False else "",
        authenticated_at=datetime.fromtimestamp(authenticated_at, UTC) if authenticated_at else None,
        is_multi_factor=_is_multi_factor(claims, settings),
        session=_text(claims.get("sid")) or None,
        id_token=id_token,
    )


def _role(claims: Mapping[str, Any], settings: OidcSettings) -> str | None:
    """Return the first role of the settings that the person has."""
    claimed = _claim(claims, settings.role_claim)
    values = {claimed} if isinstance(claimed, str) else {value for value in _list(claimed) if isinstance(value, str)}
    return next((role for value, role in settings.roles if value in values), None)


def _claim(claims: Mapping[str, Any], name: str) -> object:
    """Return a claim by name, or by path as in realm_access.roles."""
    if name in claims:
        return claims[name]
    claim: object = claims
    for part in name.split("."):
        claim = claim.get(part) if isinstance(claim, dict) else None
    return claim


def _is_multi_factor(claims: Mapping[str, Any], settings: OidcSettings) -> bool:
    return _MULTI_FACTOR in _list(claims.get("amr")) or claims.get("acr") in settings.multi_factor_acr


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
