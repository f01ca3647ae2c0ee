"""Renewal of a session's id, after a proof of identity."""

import secrets
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, null, select, update

from izarlink_tickets.accounts.tokens import hash_of_secret
from izarlink_tickets.database import Timestamp
from izarlink_tickets.sessions.pending_uploads import pending_uploads
from izarlink_tickets.sessions.provider_sessions import provider_sessions
from izarlink_tickets.sessions.session import ID_BYTES, Session, sessions

# What the renewal replaces; all other columns stay, and with the beginning the end.
_RENEWED = {
    "id_hash": bindparam("new_hash", type_=sessions.c.id_hash.type),
    "last_seen_at": bindparam("at", type_=Timestamp),
    "proved_at": bindparam("at", type_=Timestamp),
    "awaits": null(),
}
_COPY = insert(sessions).from_select(
    [column.name for column in sessions.c],
    select(*(_RENEWED.get(column.name, column) for column in sessions.c)).where(
        sessions.c.id_hash == bindparam("of_hash")
    ),
)
_MOVE_UPLOADS = (
    update(pending_uploads)
    .where(pending_uploads.c.session_hash == bindparam("of_hash"))
    .values(session_hash=bindparam("new_hash"))
)
_MOVE_PROVIDER_SESSION = (
    update(provider_sessions)
    .where(provider_sessions.c.session_hash == bindparam("of_hash"))
    .values(session_hash=bindparam("new_hash"))
)


def renew_session(connection: Connection, session: Session, *, now: datetime) -> str:
    """Continue a session under a new secret id, and return that.

    It keeps its beginning and its uploads, and awaits nothing more; the old id is worthless.
    Without its row, which was deleted meanwhile, no session has the new id. Source: ASVS 5.0, 7.2.4.
    """
    session_id = secrets.token_urlsafe(ID_BYTES)
    hashes = {"of_hash": session.id_hash, "new_hash": hash_of_secret(session_id)}
    connection.execute(_COPY, {**hashes, "at": now})
    connection.execute(_MOVE_UPLOADS, hashes)
    connection.execute(_MOVE_PROVIDER_SESSION, hashes)
    connection.execute(delete(sessions).where(sessions.c.id_hash == session.id_hash))
    return session_id
