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
from contextlib import suppress
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

from izarlink_tickets.config import SealingKey, derive_key, fingerprint_of
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
    # The fingerprint of the master key. NULL: by a release before step 0015, which knew one master key only.
    Column("wrapped_by", String(64)),
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

_KEY = (sealing_keys.c.id, sealing_keys.c.account_id, sealing_keys.c.wrapped, sealing_keys.c.wrapped_by)
_SELECT_LIVE = PreparedStatement(select(*_KEY).where(sealing_keys.c.account_id == bindparam("account"), _IS_LIVE))
_SELECT_BY_ID = PreparedStatement(select(*_KEY).where(sealing_keys.c.id == bindparam("key")))
_SELECT_BY_IDS = PreparedStatement(select(*_KEY).where(sealing_keys.c.id.in_(bindparam("keys", expanding=True))))
# A key created while sealing takes the database's clock; no rule depends on its time.
_insert_unless_live = {
    "sqlite": sqlite.insert(sealing_keys).values(created_at=func.now()).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(sealing_keys).values(created_at=func.now()).on_conflict_do_nothing(),
}
_SELECT_FINGERPRINT = select(installation.c.value).where(installation.c.name == FINGERPRINT)
_ERASURES = "erasures"
# The number of erasures so far, as text; NULL before the first.
ERASURES = select(installation.c.value).where(installation.c.name == _ERASURES)


@dataclass(eq=False)
class WrongSealingKey(Exception):
    """None of the known master keys unwraps this installation's keys.

    needed: the fingerprint of the one that does; empty if it isn't known.
    """

    needed: str = ""


class SealBroken(Exception):
    """The sealed text or file was altered, moved or never sealed here."""


class _StoredKey(NamedTuple):
    id: str
    account_id: str
    wrapped: bytes | None
    wrapped_by: str | None

    @property
    def context(self) -> str:
        """The key's place, which its wrap is bound to."""
        return f"{self.id}:{self.account_id}"


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
        return derive_key(self._secret, b"digest")

    def encrypt(self, plain: bytes, *, context: str) -> bytes:
        return _encrypt(self.cipher, plain, associated=f"{self.id}:{context}")

    def decrypt(self, sealed: bytes, *, context: str) -> bytes:
        return _decrypt(self.cipher, sealed, associated=f"{self.id}:{context}")


class Keys:
    """The personal keys during one transaction, unwrapped when needed."""

    def __init__(
        self, connection: Connection, master_key: SealingKey, *, before_insert: Callable[[], None] = lambda: None
    ) -> None:
        """Prepare without a query.

        connection: writable for sealing and digests, which may create a person's first key.
        before_insert: called before a key is created.
        """
        self._connection = connection
        self._wrapping = _Wrapping(master_key)
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

    def remember_live_key(self, account_id: str, key_id: str, wrapped: bytes, wrapped_by: str | None) -> None:
        """Take an account's live key from the caller's own query."""
        self._remember(_StoredKey(key_id, account_id, wrapped, wrapped_by))

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
        self._connection.execute(statement, _fresh(account_id, *self._wrapping.present(self._connection)))
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
        return _Key.of(stored.id, self._wrapping.unwrap(stored))


class _Wrapping:
    """The ciphers of the master keys, during one transaction."""

    def __init__(self, master_key: SealingKey) -> None:
        self._master_key = master_key
        self._ciphers: dict[str, AESGCM] = {}

    def unwrap(self, stored: _StoredKey) -> bytes:
        """Return the personal key. Raises: WrongSealingKey."""
        for cipher in self._candidates(stored.wrapped_by):
            with suppress(SealBroken):
                return _decrypt(cipher, stored.wrapped or b"", associated=stored.context)
        raise WrongSealingKey(stored.wrapped_by or "")

    def present(self, connection: Connection) -> tuple[str, AESGCM]:
        """Return the fingerprint and the cipher that wrap new keys.

        It stays the present one until the transaction ends: a change waits for it. Raises: WrongSealingKey.
        """
        chosen = connection.execute(_SELECT_FINGERPRINT.with_for_update(read=True)).scalar_one_or_none()
        fingerprint = chosen or fingerprint_of(self._master_key.newest)
        return fingerprint, self._cipher(fingerprint)

    def _candidates(self, fingerprint: str | None) -> Iterator[AESGCM]:
        if fingerprint is not None:
            yield self._cipher(fingerprint)
            return
        yield from map(_cipher, self._master_key.all())

    def _cipher(self, fingerprint: str) -> AESGCM:
        if fingerprint not in self._ciphers:
            key = self._master_key.find(fingerprint)
            if key is None:
                raise WrongSealingKey(fingerprint)
            self._ciphers[fingerprint] = _cipher(key)
        return self._ciphers[fingerprint]


def is_live_key_of(account: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition for the row with an account's live key."""
    return (sealing_keys.c.account_id == account) & _IS_LIVE


def create_key(connection: Connection, account_id: str, *, master_key: SealingKey, now: datetime) -> None:
    """Create a person's key. now: aware UTC.

    Raises: IntegrityError (sqlalchemy) if there is a live one.
    """
    create_keys(connection, [account_id], master_key=master_key, now=now)


def create_keys(connection: Connection, account_ids: Iterable[str], *, master_key: SealingKey, now: datetime) -> None:
    """Create the keys of several persons. now: aware UTC. Raises: WrongSealingKey."""
    fingerprint, wrapping = _Wrapping(master_key).present(connection)
    rows = [{**_fresh(account_id, fingerprint, wrapping), "created_at": now} for account_id in account_ids]
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


def rewrap_keys(connection: Connection, master_key: SealingKey, *, after: str, limit: int) -> tuple[str | None, int]:
    """Wrap so many personal keys anew under the present master key.

    after: the last id before, empty at first. Return the last id, None if no key was left, and how many were wrapped.
    A key that is destroyed meanwhile stays destroyed. Raises: WrongSealingKey.
    """
    wrapping = _Wrapping(master_key)
    fingerprint, cipher = wrapping.present(connection)
    page = select(*_KEY).where(sealing_keys.c.id > after, _is_outdated(fingerprint)).order_by(sealing_keys.c.id)
    stored = [_StoredKey(*row) for row in connection.execute(page.limit(limit).with_for_update())]
    if not stored:
        return None, 0
    values = {"wrapped": bindparam("rewrapped"), "wrapped_by": fingerprint}
    connection.execute(
        update(sealing_keys).where(sealing_keys.c.id == bindparam("key")).values(values),
        [{"key": key.id, "rewrapped": _wrapped(key, wrapping.unwrap(key), cipher)} for key in stored],
    )
    return stored[-1].id, len(stored)


def count_outdated_keys(connection: Connection, fingerprint: str) -> int:
    """Count the personal keys that another master key than this one wraps."""
    outdated = select(func.count()).select_from(sealing_keys).where(_is_outdated(fingerprint))
    return connection.execute(outdated).scalar_one()


def change_master_key(connection: Connection, master_key: SealingKey) -> None:
    """Wrap new keys with the newest master key from now on.

    Transactions that chose the one before have ended: none of their keys appears later.
    """
    connection.execute(
        update(installation).where(installation.c.name == FINGERPRINT).values(value=fingerprint_of(master_key.newest))
    )


def remember_master_key(connection: Connection, master_key: SealingKey) -> None:
    """Store the master key's fingerprint once. Raises: WrongSealingKey."""
    if _stored_fingerprint(connection) is None:
        connection.execute(insert(installation).values(name=FINGERPRINT, value=fingerprint_of(master_key.newest)))
    check_master_key(connection, master_key)


def check_master_key(connection: Connection, master_key: SealingKey) -> None:
    """Raise WrongSealingKey unless the installation's master key is known."""
    fingerprint = _stored_fingerprint(connection)
    if fingerprint is None or master_key.find(fingerprint) is None:
        raise WrongSealingKey(fingerprint or "")


def present_master_key(connection: Connection) -> str | None:
    """Return the fingerprint of the master key that wraps new keys."""
    return _stored_fingerprint(connection)


def broken_keys(connection: Connection, master_key: SealingKey) -> Iterator[tuple[str, str]]:
    """Yield each live key that doesn't unwrap, with its account."""
    wrapping = _Wrapping(master_key)
    for row in connection.execute(select(*_KEY).where(_IS_LIVE)):
        stored = _StoredKey(*row)
        try:
            wrapping.unwrap(stored)
        except WrongSealingKey:
            yield stored.id, stored.account_id


def _is_outdated(fingerprint: str) -> ColumnElement[bool]:
    by_another = sealing_keys.c.wrapped_by.is_(None) | (sealing_keys.c.wrapped_by != fingerprint)
    return sealing_keys.c.wrapped.is_not(None) & by_another


def _fresh(account_id: str, fingerprint: str, wrapping: AESGCM) -> dict[str, object]:
    key = _StoredKey(str(uuid4()), account_id, None, fingerprint)
    return key._asdict() | {"wrapped": _wrapped(key, os.urandom(KEY_BYTES), wrapping)}


def _wrapped(key: _StoredKey, secret: bytes, wrapping: AESGCM) -> bytes:
    return _encrypt(wrapping, secret, associated=key.context)


def _stored_fingerprint(connection: Connection) -> str | None:
    return connection.execute(_SELECT_FINGERPRINT).scalar_one_or_none()


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
    return AESGCM(derive_key(key, b"seal"))


def _parsed(token: str) -> tuple[str, bytes]:
    """Split a token into the key's id and the sealed bytes."""
    if not token.startswith(_TOKEN_FORMAT) or token[_SEALED_AT - 1 : _SEALED_AT] != ".":
        raise SealBroken("not a token")
    try:
        return token[len(_TOKEN_FORMAT) : _SEALED_AT - 1], a2b_base64(token[_SEALED_AT:], strict_mode=True)
    except ValueError as error:
        raise SealBroken("not a token") from error
