"""Checks of sign-in data and of the keys of persons."""

from sqlalchemy import Connection, Table, func, select

from izarlink_tickets.accounts import accounts
from izarlink_tickets.accounts.credentials import initial_passwords
from izarlink_tickets.accounts.tokens import tokens
from izarlink_tickets.sealing import broken_keys, sealing_keys
from izarlink_tickets.sessions.session import sessions
from izarlink_tickets.verify.findings import Finding, FindingBuilder

_CREDENTIALS: tuple[tuple[str, Table], ...] = (
    ("a session", sessions),
    ("a link", tokens),
    ("an initial password", initial_passwords),
)


def sign_ins(connection: Connection) -> Finding:
    """Find sessions, links and initial passwords of accounts that are deactivated."""
    builder = FindingBuilder("sign-ins", "sessions, links and initial passwords")
    for what, table in _CREDENTIALS:
        builder.count += connection.execute(select(func.count()).select_from(table)).scalar_one()
        closed = select(table.c.account_id).join(accounts, accounts.c.id == table.c.account_id)
        for account_id in connection.execute(closed.where(~accounts.c.active)).scalars():
            builder.breach(f"{account_id} is deactivated and has {what}")
    return builder.build()


def keys(connection: Connection, master_key: bytes) -> Finding:
    """Find keys that the master key doesn't unwrap."""
    builder = FindingBuilder("keys", "personal keys")
    builder.count = connection.execute(select(func.count()).select_from(sealing_keys)).scalar_one()
    for key_id, account_id in broken_keys(connection, master_key):
        builder.breach(f"key {key_id} of {account_id} doesn't open")
    return builder.build()
