"""Codes of authenticator apps, which change every 30 seconds (TOTP).

An account has one app at most. Its secret is sealed for the person; each code is accepted once.
Source: RFC 6238; ASVS 5.0, 6.5.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from hmac import compare_digest

import pyotp
from sqlalchemy import BigInteger, Column, Connection, ForeignKey, String, Table, Text, delete, insert, select, update

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database import CLOCK_TOLERANCE, Timestamp, metadata
from izarlink_tickets.sealing import Keys

STEP_SECONDS = 30
# 160 bits, as many as the HMAC has. Source: RFC 4226 §4.
SECRET_CHARACTERS = 32
_CODE = re.compile(r"[0-9]{6}")

authenticator_apps = Table(
    "authenticator_apps",
    metadata,
    Column("account_id", String(36), ForeignKey(accounts.c.id), primary_key=True),
    Column("sealed_secret", Text, nullable=False),
    # The 30 seconds since 1970 of the latest accepted code: it and earlier ones are refused.
    Column("last_step", BigInteger, nullable=False),
    Column("added_at", Timestamp, nullable=False),
)


def draw_app_secret() -> str:
    """Draw the secret of an app, in base 32."""
    return pyotp.random_base32(SECRET_CHARACTERS)


def app_url(secret: str, *, email: str, issuer: str) -> str:
    """Build the address that the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def app_code_of(typed: str) -> str | None:
    """Return the six digits of a typed code; None for other text."""
    code = "".join(typed.split())
    return code if _CODE.fullmatch(code) else None


def step_of_code(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the time step of a code; None if it is wrong.

    The step before is accepted too: its code may have been typed as it ended. Source: RFC 6238 §5.2.
    """
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = totp.timecode(now)
    return next((step for step in (current, current - 1) if compare_digest(totp.generate_otp(step), code)), None)


def store_app(connection: Connection, keys: Keys, *, account_id: str, secret: str, step: int, now: datetime) -> None:
    """Store the account's app in place of an earlier one.

    step: of the code that confirmed it, which is thereby used.
    """
    drop_app(connection, account_id=account_id)
    row = {
        "account_id": account_id,
        "sealed_secret": keys.seal(account_id, secret, context=_context(account_id)),
        "last_step": step,
        "added_at": now,
    }
    connection.execute(insert(authenticator_apps), row)


def use_app_code(connection: Connection, keys: Keys, *, account_id: str, code: str, now: datetime) -> bool:
    """Use a code, once: of two simultaneous uses one succeeds.

    Return whether it is valid; False without an app, or after the person's erasure.
    """
    columns = authenticator_apps.c
    is_own = columns.account_id == account_id
    sealed = connection.execute(select(columns.sealed_secret).where(is_own)).scalar()
    secret = keys.open(sealed, context=_context(account_id)) if sealed else None
    step = step_of_code(secret, code, now=now) if secret else None
    if step is None:
        return False
    # A step in the future was used while the clock was ahead; it would refuse every code until then.
    ahead = step + CLOCK_TOLERANCE.total_seconds() // STEP_SECONDS
    is_unused = (columns.last_step < step) | (columns.last_step > ahead)
    used = connection.execute(update(authenticator_apps).where(is_own, is_unused).values(last_step=step))
    return used.rowcount == 1


def drop_app(connection: Connection, *, account_id: str) -> bool:
    """Delete the account's app; return whether there was one."""
    is_own = authenticator_apps.c.account_id == account_id
    return connection.execute(delete(authenticator_apps).where(is_own)).rowcount == 1


def sealed_apps(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield account, sealed secret and context of each app."""
    for account_id, sealed in connection.execute(
        select(authenticator_apps.c.account_id, authenticator_apps.c.sealed_secret)
    ):
        yield account_id, sealed, _context(account_id)


def _context(account_id: str) -> str:
    return f"authenticator-app:{account_id}"
