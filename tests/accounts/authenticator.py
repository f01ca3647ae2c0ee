"""A security key in software, which answers as a browser does."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(f"{text}===")


@dataclass
class Authenticator:
    """A key with one credential.

    counts: whether it counts its uses. verifies: whether it recognises its person.
    """

    origin: str
    counts: bool = True
    verifies: bool = True
    uses: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str) -> str:
        """Answer the options to create a passkey."""
        asked = json.loads(options)
        credential = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + self._public_key()
        data = self._data(asked["rp"]["id"], extra=credential, flags=ATTESTED)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": self._client_data("webauthn.create", asked["challenge"]),
                "attestationObject": encoded(attestation),
            }
        )

    def sign(self, options: str) -> str:
        """Answer the options to sign with the passkey."""
        asked = json.loads(options)
        self.uses += self.counts
        data, client_data = self._data(asked["rpId"]), self._client_data("webauthn.get", asked["challenge"])
        signed = data + hashlib.sha256(decoded(client_data)).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": client_data, "authenticatorData": encoded(data), "signature": encoded(signature)}
        )

    def _answer(self, response: dict[str, Any]) -> str:
        own_id = encoded(self.credential_id)
        return json.dumps({"id": own_id, "rawId": own_id, "type": "public-key", "response": response})

    def _client_data(self, kind: str, challenge: str) -> str:
        content = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return encoded(json.dumps(content).encode())

    def _data(self, party_id: str, *, extra: bytes = b"", flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(party_id.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4) + extra

    def _public_key(self) -> bytes:
        """Return the key in COSE: EC2, ES256, P-256."""
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        return cbor2.dumps({1: 2, 3: -7, -1: 1, **point})
