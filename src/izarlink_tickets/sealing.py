"""Seal texts and files under one key per person: destroying the key erases the person and leaves the log whole.

The keys live in a table outside the log, wrapped by the installation's master key (`SEALING_KEY`), which is not
stored. Nothing here decides what is sealed, or for whom. Source: D6; AES-256-GCM, NIST SP 800-38D.
"""

import hmac
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.database import Timestamp, metadata

KEY_BYTES = 32
# The recommended length; drawn at random, it is safe for 2^32 messages under one key (SP 800-38D §8.3).
NONCE_BYTES = 12
# A token is its format, the key's id and base64 of nonce and ciphertext, with full stops between.
_TOKEN_HEAD = re.compile(r"s1\.([0-9a-f-]{36})\.")
# Sealed bytes are their format, the key's id in 16 bytes, nonce and ciphertext.
BYTES_FORMAT = b"\x01"
KEY_ID = slice(1, 17)
FINGERPRINT = "sealing_key_fingerprint"

sealing_keys = Table(
    "sealing_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), nullable=False),
    # NULL once destroyed. The row stays: it tells what was erased from what is damaged.
    Column("wrapped", LargeBinary),
    Column("created_at", Timestamp, nullable=False),
    Column("destroyed_at", Timestamp),
)
_IS_LIVE = sealing_keys.c.destroyed_at.is_(None)
# One live key a person; serves "the live key of this account", asked at every sealing.
Index("uq_sealing_keys_live", sealing_keys.c.account_id, unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE)
# Facts about this installation as a whole.
installation = Table(
    "installation",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

_KEY = (sealing_keys.c.id, sealing_keys.c.account_id, sealing_keys.c.wrapped)
_IS_OF_ACCOUNT = sealing_keys.c.account_id == bindparam("account")
_select_live = select(*_KEY).where(_IS_OF_ACCOUNT, _IS_LIVE)
_select_by_id = select(*_KEY).where(sealing_keys.c.id == bindparam("key"))
_select_all_live = select(*_KEY).where(_IS_LIVE)
_insert = insert(sealing_keys)
# A key that is made while sealing takes the database's clock: nothing is ever decided by it.
_insert_unless_live = {
    "sqlite": sqlite.insert(sealing_keys).values(created_at=func.now()).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(sealing_keys).values(created_at=func.now()).on_conflict_do_nothing(),
}
_destroy = update(sealing_keys).where(_IS_OF_ACCOUNT, _IS_LIVE).values(wrapped=None, destroyed_at=bindparam("now"))
_select_fingerprint = select(installation.c.value).where(installation.c.name == FINGERPRINT)
_insert_fingerprint = insert(installation).values(name=FINGERPRINT, value=bindparam("fingerprint"))


class WrongSealingKey(Exception):
    """The master key is not the one that this installation's keys are wrapped with."""


class SealBroken(Exception):
    """The sealed text or file was altered, moved from its place, or never was one of ours."""


class _StoredKey(NamedTuple):
    id: str
    account_id: str
    wrapped: bytes | None


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    """One person's key, unwrapped, as the two keys derived from it."""

    id: str
    cipher: AESGCM
    digest_key: bytes

    @classmethod
    def of(cls, key_id: str, secret: bytes) -> Self:
        return cls(key_id, AESGCM(_derive(secret, b"seal")), _derive(secret, b"digest"))

    def encrypt(self, plain: bytes, *, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.cipher.encrypt(nonce, plain, self._associated(context))

    def decrypt(self, sealed: bytes, *, context: str) -> bytes:
        try:
            return self.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._associated(context))
        except (InvalidTag, ValueError) as error:
            raise SealBroken(context) from error

    def _associated(self, context: str) -> bytes:
        return f"{self.id}:{context}".encode()


class Keys:
    """The keys of all persons, for the length of one transaction; what it unwrapped is forgotten with it."""

    def __init__(self, connection: Connection, master_key: bytes) -> None:
        """Look up nothing yet.

        connection: a command's where something is sealed or digested, since that may make a person's first key.
        master_key: 32 bytes.
        """
        self._connection = connection
        self._master_key = master_key
        self._live: dict[str, _Key] = {}
        self._by_id: dict[str, _Key | None] = {}

    def seal(self, account_id: str, text: str, *, context: str) -> str:
        """Return a token instead of the text; the empty text stays empty.

        context: where the token belongs; it opens nowhere else.
        """
        if not text:
            return text
        key = self._live_key(account_id)
        sealed = key.encrypt(text.encode(), context=context)
        return f"s1.{key.id}.{b64encode(sealed).decode()}"

    def open(self, token: str, *, context: str) -> str | None:
        """Return the text, or None when its key was destroyed. Raises: SealBroken."""
        if not token:
            return token
        key_id, sealed = _parsed(token)
        key = self._key(key_id)
        return None if key is None else key.decrypt(sealed, context=context).decode()

    def seal_bytes(self, account_id: str, content: bytes, *, context: str) -> bytes:
        """Return what may lie in a folder instead of the content. context: the file's id."""
        key = self._live_key(account_id)
        return BYTES_FORMAT + UUID(key.id).bytes + key.encrypt(content, context=context)

    def open_bytes(self, sealed: bytes, *, context: str) -> bytes | None:
        """Return the content, or None when its key was destroyed. Raises: SealBroken."""
        if not sealed.startswith(BYTES_FORMAT) or len(sealed) < KEY_ID.stop + NONCE_BYTES:
            raise SealBroken(context)
        key = self._key(str(UUID(bytes=sealed[KEY_ID])))
        return None if key is None else key.decrypt(sealed[KEY_ID.stop :], context=context)

    def digest(self, account_id: str, content: bytes) -> str:
        """Return a hex HMAC-SHA256 that nobody can recompute or compare once the person's key is destroyed."""
        return hmac.digest(self._live_key(account_id).digest_key, content, "sha256").hex()

    def _live_key(self, account_id: str) -> _Key:
        if account_id not in self._live:
            key = self._unwrapped(self._stored_live_key(account_id) or self._new_key(account_id))
            self._live[account_id] = self._by_id[key.id] = key
        return self._live[account_id]

    def _stored_live_key(self, account_id: str) -> _StoredKey | None:
        row = self._connection.execute(_select_live, {"account": account_id}).one_or_none()
        return row and _StoredKey(*row)

    def _new_key(self, account_id: str) -> _StoredKey:
        """Make a key unless somebody is faster, and read whichever it is."""
        statement = _insert_unless_live[self._connection.dialect.name]
        self._connection.execute(statement, _fresh(account_id, self._master_key))
        return _StoredKey(*self._connection.execute(_select_live, {"account": account_id}).one())

    def _key(self, key_id: str) -> _Key | None:
        if key_id not in self._by_id:
            row = self._connection.execute(_select_by_id, {"key": key_id}).one_or_none()
            if row is None:
                raise SealBroken(f"no key {key_id}")
            stored = _StoredKey(*row)
            self._by_id[key_id] = None if stored.wrapped is None else self._unwrapped(stored)
        return self._by_id[key_id]

    def _unwrapped(self, stored: _StoredKey) -> _Key:
        return _Key.of(stored.id, _unwrap(stored, self._master_key))


def create_key(connection: Connection, account_id: str, *, master_key: bytes, now: datetime) -> None:
    """Give a person a key. now: aware UTC. Raises: IntegrityError (sqlalchemy) when there is a live one."""
    connection.execute(_insert, {**_fresh(account_id, master_key), "created_at": now})


def create_keys(connection: Connection, account_ids: Iterable[str], *, master_key: bytes, now: datetime) -> None:
    """Give several persons a key each. now: aware UTC."""
    connection.execute(_insert, [{**_fresh(one, master_key), "created_at": now} for one in account_ids])


def destroy_keys(connection: Connection, account_id: str, *, now: datetime) -> None:
    """Make everything that was sealed for the person unreadable for ever, copies of the log included.

    now: aware UTC. What is sealed for them later gets a new key.
    """
    connection.execute(_destroy, {"account": account_id, "now": now})


def remember_master_key(connection: Connection, master_key: bytes) -> None:
    """Store the master key's fingerprint the first time. Raises: WrongSealingKey when another one is stored."""
    if connection.execute(_select_fingerprint).scalar_one_or_none() is None:
        connection.execute(_insert_fingerprint, {"fingerprint": _fingerprint(master_key)})
    check_master_key(connection, master_key)


def check_master_key(connection: Connection, master_key: bytes) -> None:
    """Raise WrongSealingKey unless this is the installation's master key."""
    require_fingerprint(connection.execute(_select_fingerprint).scalar_one_or_none(), master_key)


def require_fingerprint(known: str | None, master_key: bytes) -> None:
    """Raise WrongSealingKey unless the fingerprint is of this master key."""
    if known is None or not hmac.compare_digest(known, _fingerprint(master_key)):
        raise WrongSealingKey


def broken_keys(connection: Connection, master_key: bytes) -> Iterator[tuple[str, str]]:
    """Find live keys that the master key doesn't open; give the id of each and its person's."""
    for row in connection.execute(_select_all_live):
        stored = _StoredKey(*row)
        try:
            _unwrap(stored, master_key)
        except WrongSealingKey:
            yield stored.id, stored.account_id


def _fresh(account_id: str, master_key: bytes) -> dict[str, object]:
    key_id = str(uuid4())
    wrapped = _wrap(os.urandom(KEY_BYTES), key_id, account_id, master_key=master_key)
    return {"id": key_id, "account_id": account_id, "wrapped": wrapped}


def _wrap(secret: bytes, key_id: str, account_id: str, *, master_key: bytes) -> bytes:
    return _Key.of(key_id, master_key).encrypt(secret, context=account_id)


def _unwrap(stored: _StoredKey, master_key: bytes) -> bytes:
    try:
        return _Key.of(stored.id, master_key).decrypt(stored.wrapped or b"", context=stored.account_id)
    except SealBroken as error:
        raise WrongSealingKey(f"key {stored.id} doesn't unwrap") from error


def _fingerprint(master_key: bytes) -> str:
    return _derive(master_key, b"fingerprint").hex()


def _derive(key: bytes, purpose: bytes) -> bytes:
    """Expand a random key into one for a single purpose, so that none serves two (HKDF-Expand, RFC 5869 §2.3)."""
    return hmac.digest(key, b"izarlink-tickets " + purpose + b"\x01", "sha256")


def _parsed(token: str) -> tuple[str, bytes]:
    head = _TOKEN_HEAD.match(token)
    if head is None:
        raise SealBroken("not a token")
    try:
        return head[1], b64decode(token[head.end() :], validate=True)
    except ValueError as error:
        raise SealBroken("not a token") from error
