"""The cryptography of the sources is the one that the inventory lists."""

import ast
from collections.abc import Iterator
from pathlib import Path

from izarlink_tickets.identity_provider.metadata import ALGORITHMS

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
# Modules of algorithms, keys and random numbers, and what of them may be used. Source: docs/security.md.
INVENTORY = {
    "hashlib.sha256",
    # Of ids that protect nothing (UUIDs of version 5), and the format of the lists of breached passwords.
    "hashlib.sha1",
    "hmac.compare_digest",
    "hmac.digest",
    "hmac.new",
    "cryptography.exceptions.InvalidTag",
    "cryptography.hazmat.primitives.ciphers.aead.AESGCM",
    "itsdangerous.BadSignature",
    "itsdangerous.TimestampSigner",
    "itsdangerous.URLSafeTimedSerializer",
    # ID tokens of the OpenID provider.
    "joserfc.errors.InvalidKeyIdError",
    "joserfc.errors.JoseError",
    "joserfc.jwk.ECKey",
    "joserfc.jwk.Key",
    "joserfc.jwk.KeySet",
    "joserfc.jwk.RSAKey",
    "joserfc.jws.JWSRegistry",
    "joserfc.jwt",
    # Jitter between retries.
    "random.uniform",
}
MODULES = ("hashlib", "hmac", "cryptography", "itsdangerous", "joserfc", "random", "Crypto", "crypt")


def used_names(source: str) -> Iterator[str]:
    """Yield what a source uses of these modules, by its whole name."""
    tree, imported = ast.parse(source), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in MODULES:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        if isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name for alias in node.names} & set(MODULES)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield f"{node.value.id}.{node.attr}"


def test_only_algorithms_of_the_inventory_are_used() -> None:
    used = {name for path in SOURCES for name in used_names(path.read_text("utf-8"))}

    assert used == INVENTORY


def test_id_tokens_are_signed_with_public_keys_alone() -> None:
    assert {name[:2] for name in ALGORITHMS} == {"RS", "PS", "ES"}


def test_other_algorithms_are_found() -> None:
    source = "import hashlib\nfrom Crypto.Cipher import DES\nhashlib.md5(b'')"

    assert set(used_names(source)) == {"hashlib.md5", "Crypto.Cipher.DES"}


def test_sha1_protects_nothing() -> None:
    uses = {path.name: path.read_text("utf-8") for path in SOURCES if "sha1(" in path.read_text("utf-8")}

    assert list(uses) == ["breached_passwords.py", "table.py"]
    assert all("usedforsecurity=False" in source for source in uses.values())
