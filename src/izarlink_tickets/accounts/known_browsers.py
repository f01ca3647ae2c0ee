"""Browsers that an account knows by a signed cookie.

The cookie has a random mark for each of the last accounts of the browser, signed together with the account's id and
the date of its password. It names no account, signs nobody in, and is worthless once the password has changed; nothing
is stored here. Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from izarlink_tickets.accounts.table import Account

LIFETIME = timedelta(days=180)
# Of a shared computer; the least recent one is dropped.
MAX_ACCOUNTS = 5
MARK_BYTES = 16
_BETWEEN_ENTRIES, _BETWEEN_PARTS = "~", "."


class _Entry(NamedTuple):
    mark: str
    signed_in_at: str
    signature: str


def find_browser(cookie: str, account: Account | None, *, keys: Sequence[bytes], now: datetime) -> str | None:
    """Return the mark of a browser that the account knows.

    keys: the secret keys whose signatures are accepted.
    """
    return next((entry.mark for entry in _entries(cookie) if _is_of(entry, account, keys, now)), None)


def remember_browser(cookie: str, account: Account, *, keys: Sequence[bytes], now: datetime) -> str:
    """Return the cookie with a new mark for the account.

    keys: the last one signs.
    Unchanged before the account has a password of its own: the initial one is soon replaced.
    """
    if account.password_changed_at is None:
        return cookie
    mark, signed_in_at = secrets.token_urlsafe(MARK_BYTES), f"{int(now.timestamp()):x}"
    own = _Entry(mark, signed_in_at, _signature(mark, signed_in_at, account, keys[-1]))
    others = [entry for entry in _entries(cookie) if not _is_of(entry, account, keys, now)]
    return _BETWEEN_ENTRIES.join(_BETWEEN_PARTS.join(entry) for entry in (own, *others[: MAX_ACCOUNTS - 1]))


def _entries(cookie: str) -> Iterator[_Entry]:
    for text in cookie.split(_BETWEEN_ENTRIES)[:MAX_ACCOUNTS]:
        parts = text.split(_BETWEEN_PARTS)
        if len(parts) == len(_Entry._fields) and text.isascii():
            yield _Entry(*parts)


def _is_of(entry: _Entry, account: Account | None, keys: Sequence[bytes], now: datetime) -> bool:
    """Check the signature first: only then is the time ours."""
    if account is None or account.password_changed_at is None:
        return False
    expected = (_signature(entry.mark, entry.signed_in_at, account, key) for key in keys)
    if not any(hmac.compare_digest(entry.signature, signature) for signature in expected):
        return False
    return now - datetime.fromtimestamp(int(entry.signed_in_at, 16), UTC) < LIFETIME


def _signature(mark: str, signed_in_at: str, account: Account, secret: bytes) -> str:
    changed_at = account.password_changed_at.isoformat() if account.password_changed_at else ""
    message = f"known browser\n{account.id}\n{changed_at}\n{mark}\n{signed_in_at}"
    return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()
