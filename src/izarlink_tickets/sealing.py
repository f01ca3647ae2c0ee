"""Encryption of texts and files under one key per person.

Destroying a key erases the person and leaves the log whole. The keys are in a table outside the log, wrapped by the
installation's master key (`SEALING_KEY`), which is not stored. The callers decide what is sealed, and for whom.
Source: ADR 0003; AES-256-GCM, NIST SP 800-38D.
"""

import hmac
import os
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.database import PreparedStatement, Timestamp, metadata

KEY_BYTES = 32
# The recommended length. Random nonces are safe for 2^32 messages under one key. Source: SP 800-38D §8.3.
NONCE_BYTES = 12
# A token is `s1.KEY_ID.BASE64`: the format, the key's id, then nonce and ciphertext.
_TOKEN_FORMAT = "s1."  # noqa: S105 - no password
_SEALED_AT = len(_TOKEN_FORMAT) + 36 + 1
# Sealed bytes are the format, the key's id in 16 bytes, nonce and ciphertext.
BYTES_FORMAT = b"\x01"
KEY_ID = slice(1, 17)
FINGERPRINT = "sealing_key_fingerprint"

sealing_keys = Table(
    "sealing_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), nullable=False),
    # NULL once destroyed. The row stays, to distinguish erasure from damage.
    Column("wrapped", LargeBinary),
    Column("created_at", Timestamp, nullable=False),
    Column("destroyed_at", Timestamp),
)
_IS_LIVE = sealing_keys.c.destroyed_at.is_(None)
# Allows one live key per person, and serves finding it at every sealing.
Index("uq_sealing_keys_live", sealing_keys.c.account_id, unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE)
# Facts about the whole installation.
installation = Table(
    "installation",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

_KEY = (sealing_keys.c.id, sealing_keys.c.account_id, sealing_keys.c.wrapped)
_SELECT_LIVE = PreparedStatement(select(*_KEY).where(sealing_keys.c.account_id == bindparam("account"), _IS_LIVE))
_SELECT_BY_ID = PreparedStatement(select(*_KEY).where(sealing_keys.c.id == bindparam("key")))
_SELECT_BY_IDS = PreparedStatement(select(*_KEY).where(sealing_keys.c.id.in_(bindparam("keys", expanding=True))))
# A key created while sealing takes the database's clock; no rule depends on its time.
_insert_unless_live = {
    "sqlite": sqlite.insert(sealing_keys).values(created_at=func.now()).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(sealing_keys).values(created_at=func.now()).on_conflict_do_nothing(),
}
_ERASURES = "erasures"
# The number of erasures so far, as text; NULL before the first.
ERASURES = select(installation.c.value).where(installation.c.name == _ERASURES)


class WrongSealingKey(Exception):
    """The master key doesn't unwrap this installation's keys."""


class SealBroken(Exception):
    """The sealed text or file was altered, moved or never sealed here."""


class _StoredKey(NamedTuple):
    id: str
    account_id: str
    wrapped: bytes | None


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    """A person's unwrapped key, and the cipher derived from it."""

    id: str
    cipher: AESGCM
    _secret: bytes

    @classmethod
    def of(cls, key_id: str, secret: bytes) -> Self:
        return cls(key_id, _cipher(secret), secret)

    @property
    def digest_key(self) -> bytes:
        return _derive(self._secret, b"digest")

    def encrypt(self, plain: bytes, *, context: str) -> bytes:
        return _encrypt(self.cipher, plain, associated=f"{self.id}:{context}")

    def decrypt(self, sealed: bytes, *, context: str) -> bytes:
        return _decrypt(self.cipher, sealed, associated=f"{self.id}:{context}")


class Keys:
    """The personal keys during one transaction, unwrapped when needed."""

    def __init__(
        self, connection: Connection, master_key: bytes, *, before_insert: Callable[[], None] = lambda: None
    ) -> None:
        """Prepare without a query.

        connection: writable for sealing and digests, which may create a person's first key. master_key: 32 bytes.
        before_insert: called before a key is created.
        """
        self._connection = connection
        self._wrapping = _cipher(master_key)
        self._before_insert = before_insert
        self._live: dict[str, _Key] = {}
        self._by_id: dict[str, _Key | None] = {}

    def seal(self, account_id: str, text: str, *, context: str) -> str:
        """Seal a text as a token; an empty text stays empty.

        context: the token's place; it opens nowhere else.
        """
        if not text:
            return text
        key = self._live_key(account_id)
        sealed = key.encrypt(text.encode(), context=context)
        return f"s1.{key.id}.{b64encode(sealed).decode()}"

    def open(self, token: str, *, context: str) -> str | None:
        """Return the text, or None if its key was destroyed. Raises: SealBroken."""
        if not token:
            return token
        key_id, sealed = _parsed(token)
        key = self._by_id.get(key_id) or self._key(key_id)
        return None if key is None else _decrypt(key.cipher, sealed, associated=f"{key_id}:{context}").decode()

    def load(self, tokens: Iterable[str]) -> None:
        """Load the keys of many tokens in one query.

        A missing key fails when its token is opened. Raises: WrongSealingKey.
        """
        ids = {token[len(_TOKEN_FORMAT) : _SEALED_AT - 1] for token in tokens} - self._by_id.keys()
        if ids:
            for row in _SELECT_BY_IDS.all(self._connection, {"keys": sorted(ids)}):
                self._keep(_StoredKey(*row))

    def forget_beyond(self, count: int) -> None:
        """Forget all keys if there are more than so many."""
        if len(self._by_id) > count:
            self._by_id.clear()
            self._live.clear()

    def seal_bytes(self, account_id: str, content: bytes, *, context: str) -> bytes:
        """Seal the content of a file. context: the file's id."""
        key = self._live_key(account_id)
        return BYTES_FORMAT + UUID(key.id).bytes + key.encrypt(content, context=context)

    def open_bytes(self, sealed: bytes, *, context: str) -> bytes | None:
        """Return the content, or None if its key was destroyed. Raises: SealBroken."""
        if not sealed.startswith(BYTES_FORMAT) or len(sealed) < KEY_ID.stop + NONCE_BYTES:
            raise SealBroken(context)
        key = self._key(str(UUID(bytes=sealed[KEY_ID])))
        return None if key is None else key.decrypt(sealed[KEY_ID.stop :], context=context)

    def digest(self, account_id: str, content: bytes) -> str:
        """Return a hex HMAC-SHA256 that becomes useless with the person's key."""
        return hmac.digest(self._live_key(account_id).digest_key, content, "sha256").hex()

    def remember_live_key(self, account_id: str, key_id: str, wrapped: bytes) -> None:
        """Take an account's live key from the caller's own query."""
        self._remember(_StoredKey(key_id, account_id, wrapped))

    def _live_key(self, account_id: str) -> _Key:
        if account_id not in self._live:
            self._remember(self._stored_live_key(account_id) or self._new_key(account_id))
        return self._live[account_id]

    def _remember(self, stored: _StoredKey) -> None:
        key = self._unwrapped(stored)
        self._live[stored.account_id] = self._by_id[key.id] = key

    def _stored_live_key(self, account_id: str) -> _StoredKey | None:
        row = _SELECT_LIVE.first(self._connection, {"account": account_id})
        return _StoredKey(*row) if row else None

    def _new_key(self, account_id: str) -> _StoredKey:
        """Create a key unless another transaction did, and load it."""
        self._before_insert()
        statement = _insert_unless_live[self._connection.dialect.name]
        self._connection.execute(statement, _fresh(account_id, self._wrapping))
        return _StoredKey(*_SELECT_LIVE.all(self._connection, {"account": account_id})[0])

    def _key(self, key_id: str) -> _Key | None:
        if key_id not in self._by_id:
            row = _SELECT_BY_ID.first(self._connection, {"key": key_id})
            if row is None:
                raise SealBroken(f"no key {key_id}")
            self._keep(_StoredKey(*row))
        return self._by_id[key_id]

    def _keep(self, stored: _StoredKey) -> None:
        self._by_id[stored.id] = None if stored.wrapped is None else self._unwrapped(stored)

    def _unwrapped(self, stored: _StoredKey) -> _Key:
        return _Key.of(stored.id, _unwrap(stored, self._wrapping))


def is_live_key_of(account: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition for the row with an account's live key."""
    return (sealing_keys.c.account_id == account) & _IS_LIVE


def create_key(connection: Connection, account_id: str, *, master_key: bytes, now: datetime) -> None:
    """Create a person's key. now: aware UTC.

    Raises: IntegrityError (sqlalchemy) if there is a live one.
    """
    create_keys(connection, [account_id], master_key=master_key, now=now)


def create_keys(connection: Connection, account_ids: Iterable[str], *, master_key: bytes, now: datetime) -> None:
    """Create the keys of several persons. now: aware UTC."""
    wrapping = _cipher(master_key)
    rows = [{**_fresh(account_id, wrapping), "created_at": now} for account_id in account_ids]
    connection.execute(insert(sealing_keys), rows)


def destroy_keys(connection: Connection, account_id: str, *, now: datetime) -> None:
    """Make a person's sealed texts and files unreadable for ever.

    now: aware UTC. Later texts get a new key.
    """
    connection.execute(
        update(sealing_keys)
        .where(sealing_keys.c.account_id == account_id, _IS_LIVE)
        .values(wrapped=None, destroyed_at=now)
    )
    _count_erasure(connection)


def _count_erasure(connection: Connection) -> None:
    """Count an erasure: nothing rendered before it is shown again."""
    one_more = cast(cast(installation.c.value, Integer) + 1, Text)
    is_counted = connection.execute(update(installation).where(installation.c.name == _ERASURES).values(value=one_more))
    if not is_counted.rowcount:
        connection.execute(insert(installation).values(name=_ERASURES, value="1"))


def remember_master_key(connection: Connection, master_key: bytes) -> None:
    """Store the master key's fingerprint once. Raises: WrongSealingKey."""
    if _stored_fingerprint(connection) is None:
        connection.execute(insert(installation).values(name=FINGERPRINT, value=_fingerprint(master_key)))
    check_master_key(connection, master_key)


def check_master_key(connection: Connection, master_key: bytes) -> None:
    """Raise WrongSealingKey unless this is the installation's master key."""
    require_fingerprint(_stored_fingerprint(connection), master_key)


def require_fingerprint(fingerprint: str | None, master_key: bytes) -> None:
    """Raise WrongSealingKey unless the fingerprint is this master key's."""
    if fingerprint is None or not hmac.compare_digest(fingerprint, _fingerprint(master_key)):
        raise WrongSealingKey


def broken_keys(connection: Connection, master_key: bytes) -> Iterator[tuple[str, str]]:
    """Yield each live key that doesn't unwrap, with its account."""
    wrapping = _cipher(master_key)
    for row in connection.execute(select(*_KEY).where(_IS_LIVE)):
        stored = _StoredKey(*row)
        try:
            _unwrap(stored, wrapping)
        except WrongSealingKey:
            yield stored.id, stored.account_id


def _fresh(account_id: str, wrapping: AESGCM) -> dict[str, object]:
    key_id = str(uuid4())
    wrapped = _encrypt(wrapping, os.urandom(KEY_BYTES), associated=f"{key_id}:{account_id}")
    return {"id": key_id, "account_id": account_id, "wrapped": wrapped}


def _unwrap(stored: _StoredKey, wrapping: AESGCM) -> bytes:
    try:
        return _decrypt(wrapping, stored.wrapped or b"", associated=f"{stored.id}:{stored.account_id}")
    except SealBroken as error:
        raise WrongSealingKey(f"key {stored.id} doesn't unwrap") from error


def _stored_fingerprint(connection: Connection) -> str | None:
    return connection.execute(
        select(installation.c.value).where(installation.c.name == FINGERPRINT)
    ).scalar_one_or_none()


def _fingerprint(master_key: bytes) -> str:
    return _derive(master_key, b"fingerprint").hex()


def _encrypt(cipher: AESGCM, plain: bytes, *, associated: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, associated.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, *, associated: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken(associated) from error


def _cipher(key: bytes) -> AESGCM:
    """Return the cipher that seals with a personal or the master key."""
    return AESGCM(_derive(key, b"seal"))


def _derive(key: bytes, purpose: bytes) -> bytes:
    """Derive the key of one purpose from a random key.

    Source: HKDF-Expand, RFC 5869 §2.3.
    """
    return hmac.digest(key, b"izarlink-tickets " + purpose + b"\x01", "sha256")


def _parsed(token: str) -> tuple[str, bytes]:
    """Split a token into the key's id and the sealed bytes."""
    if not token.startswith(_TOKEN_FORMAT) or token[_SEALED_AT - 1 : _SEALED_AT] != ".":
        raise SealBroken("not a token")
    try:
        return token[len(_TOKEN_FORMAT) : _SEALED_AT - 1], a2b_base64(token[_SEALED_AT:], strict_mode=True)
    except ValueError as error:
        raise SealBroken("not a token") from error
