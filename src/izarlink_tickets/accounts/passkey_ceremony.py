"""Questions to browsers about passkeys, and the checks of their answers.

A challenge is signed and dated by the portal, so that a page stores none; using it once is the caller's.
The library is imported where it is needed: few processes ever see a passkey. Source: Web Authentication, level 3.
"""

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

from izarlink_tickets.database import CLOCK_TOLERANCE
from izarlink_tickets.domain.errors import Refusal

# Time enough to find a security key, or a telephone.
CHALLENGE_LIFETIME = timedelta(minutes=10)
# An answer weighs some 800 bytes, with an RSA key 1,500.
MAX_ANSWER_CHARACTERS = 8_192
PORTAL_NAME = "Support IzarLink"
_NONCE_BYTES, _TIME_BYTES = 16, 8


class PasskeyRefused(Refusal):
    """The browser's answer is invalid, outdated or of no known passkey."""


class PasskeyCloned(PasskeyRefused):
    """The authenticator counts fewer uses than before: there may be a copy."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The portal, as browsers know it.

    id: the host of BASE_URL, which passkeys are bound to. origin: BASE_URL.
    """

    id: str
    origin: str

    @classmethod
    def of(cls, base_url: str) -> Self | None:
        """Return the portal's; None where browsers offer no passkeys.

        They need https and the name of a host, or localhost.
        """
        url = urlsplit(base_url)
        host = url.hostname or ""
        if _is_address(host) or (url.scheme != "https" and host != "localhost"):
            return None
        return cls(host, base_url)


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey as an authenticator has made it. public_key: in COSE."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def new_challenge(secret: bytes, *, purpose: str, now: datetime) -> str:
    """Draw a challenge in base64url. purpose: nobody can use it for another."""
    head = os.urandom(_NONCE_BYTES) + int(now.timestamp()).to_bytes(_TIME_BYTES)
    return _encoded(head + _signature(secret, purpose, head))


def require_challenge(secrets: Iterable[bytes], challenge: str, *, purpose: str, now: datetime) -> bytes:
    """Return the challenge, decoded, if it is ours and recent.

    secrets: all that are accepted. Raises: PasskeyRefused.
    """
    content = _decoded(challenge)
    head, signature = content[: _NONCE_BYTES + _TIME_BYTES], content[_NONCE_BYTES + _TIME_BYTES :]
    age = now.timestamp() - int.from_bytes(head[_NONCE_BYTES:])
    is_recent = -CLOCK_TOLERANCE.total_seconds() <= age <= CHALLENGE_LIFETIME.total_seconds()
    is_ours = any(hmac.compare_digest(signature, _signature(secret, purpose, head)) for secret in secrets)
    if not is_recent or not is_ours:
        raise PasskeyRefused
    return content


def creation_options(
    party: RelyingParty, *, account_id: str, email: str, name: str, challenge: str, known: Sequence[bytes] = ()
) -> str:
    """Return the options to create a passkey, in JSON.

    known: credential ids of the person's passkeys, which their authenticators refuse.
    """
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 - see the module
    from webauthn.helpers.structs import (  # noqa: PLC0415 - see the module
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=party.id,
        rp_name=PORTAL_NAME,
        user_id=UUID(account_id).bytes,
        user_name=email,
        user_display_name=name,
        challenge=_decoded(challenge),
        timeout=_milliseconds(CHALLENGE_LIFETIME),
        # Discoverable where the device can: such a passkey signs in without an identifier.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential_id) for credential_id in known],
    )
    return options_to_json(options)


def request_options(
    party: RelyingParty, *, challenge: str, known: Sequence[bytes] = (), demands_verification: bool
) -> str:
    """Return the options to sign with a passkey, in JSON.

    known: credential ids of the person's passkeys; empty for any discoverable one.
    demands_verification: the device has to recognise the person, by a PIN or a biometric.
    """
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415 - see the module
    from webauthn.helpers.structs import (  # noqa: PLC0415 - see the module
        PublicKeyCredentialDescriptor,
        UserVerificationRequirement,
    )

    wanted = UserVerificationRequirement
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=_decoded(challenge),
        timeout=_milliseconds(CHALLENGE_LIFETIME),
        allow_credentials=[PublicKeyCredentialDescriptor(id=credential_id) for credential_id in known],
        user_verification=wanted.REQUIRED if demands_verification else wanted.PREFERRED,
    )
    return options_to_json(options)


def check_creation(party: RelyingParty, answer: str, *, challenge: bytes) -> NewPasskey:
    """Check a browser's answer to `creation_options`. Raises: PasskeyRefused."""
    from webauthn import verify_registration_response  # noqa: PLC0415 - see the module
    from webauthn.helpers import (  # noqa: PLC0415 - see the module
        parse_attestation_object,
        parse_registration_credential_json,
    )
    from webauthn.helpers.structs import AttestationFormat  # noqa: PLC0415 - see the module

    with _refusing(answer):
        credential = parse_registration_credential_json(answer)
        # None was asked for: the certificates of makers are not our concern.
        if parse_attestation_object(credential.response.attestation_object).fmt not in {
            AttestationFormat.NONE,
            AttestationFormat.PACKED,
        }:
            raise PasskeyRefused
        created = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
        )
    return NewPasskey(created.credential_id, created.credential_public_key, created.sign_count)


def credential_id_of(answer: str) -> bytes:
    """Return the id of the passkey that signed. Raises: PasskeyRefused."""
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415 - see the module

    with _refusing(answer):
        return parse_authentication_credential_json(answer).raw_id


def check_request(
    party: RelyingParty,
    answer: str,
    *,
    challenge: bytes,
    public_key: bytes,
    sign_count: int,
    demands_verification: bool,
) -> int:
    """Check a browser's answer to `request_options`, and return the number of uses.

    sign_count: of the use before. Raises: PasskeyRefused, PasskeyCloned.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415 - see the module

    with _refusing(answer):
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            # The library refuses a lower number like anything else that is wrong; below it has a name.
            credential_current_sign_count=0,
            require_user_verification=demands_verification,
        )
    # Those that synchronise count nothing, and say 0 for ever.
    if (verified.new_sign_count or sign_count) and verified.new_sign_count <= sign_count:
        raise PasskeyCloned
    return verified.new_sign_count


@contextmanager
def _refusing(answer: str) -> Iterator[None]:
    """Refuse an answer that the library can't read or finds wrong."""
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - see the module

    if len(answer) > MAX_ANSWER_CHARACTERS:
        raise PasskeyRefused
    # The library lets errors of what it reads through: a missing member of a key, deeply nested JSON.
    unreadable = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
    try:
        yield
    except (WebAuthnException, *unreadable) as error:
        raise PasskeyRefused from error


def _signature(secret: bytes, purpose: str, head: bytes) -> bytes:
    return hmac.digest(secret, f"passkey-challenge\n{purpose}\n".encode() + head, hashlib.sha256)


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Decode base64url. Raises: PasskeyRefused."""
    try:
        return urlsafe_b64decode(f"{text}===")
    except ValueError as error:
        raise PasskeyRefused from error


def _milliseconds(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
