"""Files of a refused form, kept for the session.

The bytes are stored before, sealed for the uploader under the file's id. Rows belong to their session: another
session's file id finds nothing. Names are sealed too, since they can reveal as much as the content. A row outlives its
session until housekeeping: as long as a file is stored, it counts for its account.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from izarlink_tickets.accounts import accounts
from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.sealing import Keys
from izarlink_tickets.sessions.session import Session, sessions

# The files of four full forms. Older ones are dropped, so that no account fills the disk.
MAX_PENDING_UPLOADS = 20

pending_uploads = Table(
    "pending_uploads",
    metadata,
    Column("file_id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    # No foreign key: the row stays when its session ends, or nothing would know of the file.
    Column("session_hash", String(64), nullable=False),
    Column("form_id", String(36), nullable=False),
    # The order among the files of one upload.
    Column("place", Integer, nullable=False),
    Column("sealed_name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Timestamp, nullable=False),
)
# Serves a form that is displayed again, and what follows the end of the session.
Index(None, pending_uploads.c.session_hash, pending_uploads.c.form_id)
# Serves the bound of an account.
Index(None, pending_uploads.c.account_id, pending_uploads.c.created_at)
# Serves the sweep of the attachments.
Index(None, pending_uploads.c.sha256)
# Nothing uses it since step 0017 copied its rows; a later step drops it, once no earlier program can run beside.
_former_uploads = Table(
    "kept_uploads",
    metadata,
    Column("file_id", String(36), primary_key=True),
    Column("session_hash", String(64), ForeignKey(sessions.c.id_hash, ondelete="CASCADE"), nullable=False),
    Column("form_id", String(36), nullable=False),
    Column("place", Integer, nullable=False),
    Column("sealed_name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Timestamp, nullable=False),
)
Index(None, _former_uploads.c.session_hash, _former_uploads.c.form_id)
Index(None, _former_uploads.c.sha256)


def store_pending_uploads(
    connection: Connection, keys: Keys, *, session: Session, form_id: str, files: Sequence[File], now: datetime
) -> list[str]:
    """Attach stored files to a form of the session.

    Return the hashes of the account's surplus files, which the caller deletes after COMMIT.
    form_id: a UUID that the form keeps when it is shown again.
    """
    if not files:
        return []
    rows = [
        {
            "file_id": file.file_id,
            "account_id": session.account.id,
            "session_hash": session.id_hash,
            "form_id": form_id,
            "place": place,
            "sealed_name": keys.seal(session.account.id, file.name, context=_context(file.file_id)),
            "size": file.size,
            "media_type": file.media_type,
            "sha256": file.sha256,
            "created_at": now,
        }
        for place, file in enumerate(files)
    ]
    connection.execute(insert(pending_uploads), rows)
    surplus = (
        select(pending_uploads.c.file_id)
        .where(pending_uploads.c.account_id == session.account.id)
        .order_by(pending_uploads.c.created_at.desc(), pending_uploads.c.place.desc())
        .offset(MAX_PENDING_UPLOADS)
    )
    return _delete(connection, pending_uploads.c.file_id.in_(surplus))


def list_pending_uploads(connection: Connection, keys: Keys, *, session: Session, form_id: str) -> list[File]:
    """Return a form's files in the order of their upload."""
    statement = (
        select(pending_uploads)
        .where(_is_of_form(session, form_id))
        .order_by(pending_uploads.c.created_at, pending_uploads.c.place)
    )
    return [file for row in connection.execute(statement).mappings() if (file := _file_of(keys, row))]


def discard_pending_upload(connection: Connection, *, session: Session, form_id: str, file_id: str) -> list[str]:
    """Delete a file that the person removed from the form.

    Return its hash, if it was there.
    """
    return _delete(connection, _is_of_form(session, form_id) & (pending_uploads.c.file_id == file_id))


def drop_ended_uploads(connection: Connection) -> list[str]:
    """Delete the rows of sessions that have ended; return their hashes."""
    is_live = select(sessions.c.id_hash).where(sessions.c.id_hash == pending_uploads.c.session_hash)
    return _delete(connection, ~is_live.exists())


def pending_hashes(connection: Connection, *, among: list[str]) -> set[str]:
    """Return the digests that a form still needs."""
    return set(
        connection.execute(select(pending_uploads.c.sha256).where(pending_uploads.c.sha256.in_(among))).scalars()
    )


def _delete(connection: Connection, condition: ColumnElement[bool]) -> list[str]:
    deleted = delete(pending_uploads).where(condition).returning(pending_uploads.c.sha256)
    return list(connection.execute(deleted).scalars())


def _is_of_form(session: Session, form_id: str) -> ColumnElement[bool]:
    return (pending_uploads.c.session_hash == session.id_hash) & (pending_uploads.c.form_id == form_id)


def _file_of(keys: Keys, row: RowMapping) -> File | None:
    name = keys.open(row["sealed_name"], context=_context(row["file_id"]))
    # The person was erased meanwhile, and their file with them.
    return None if name is None else File(row["file_id"], name, row["size"], row["media_type"], row["sha256"])


def _context(file_id: str) -> str:
    return f"kept:{file_id}"
