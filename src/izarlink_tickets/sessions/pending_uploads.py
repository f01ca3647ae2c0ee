"""The files of a form that was refused, kept for the session so that nobody has to choose them again (R19).

The bytes are stored and sealed before, for the uploader, under the file's id. A row may be of use to its session only:
somebody else's file id finds nothing. Names are sealed too, because a name can say as much as a file.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.sealing import Keys
from izarlink_tickets.sessions.session import Session, sessions

# Four refused forms with all the files that a command takes; beyond it the oldest go: no session fills the disk.
MAX_PENDING_UPLOADS = 20

pending_uploads = Table(
    "kept_uploads",
    metadata,
    Column("file_id", String(36), primary_key=True),
    Column("session_hash", String(64), ForeignKey(sessions.c.id_hash, ondelete="CASCADE"), nullable=False),
    Column("form_id", String(36), nullable=False),
    # Among the files that came together.
    Column("place", Integer, nullable=False),
    Column("sealed_name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Timestamp, nullable=False),
)
# The form that comes back, and the end of the session.
Index(None, pending_uploads.c.session_hash, pending_uploads.c.form_id)
# The sweep of the attachments.
Index(None, pending_uploads.c.sha256)

_OF_SESSION = pending_uploads.c.session_hash == bindparam("session")
_OF_FORM = _OF_SESSION & (pending_uploads.c.form_id == bindparam("form"))
_LIST = select(pending_uploads).where(_OF_FORM).order_by(pending_uploads.c.created_at, pending_uploads.c.place)
_DROP = delete(pending_uploads).where(_OF_FORM, pending_uploads.c.file_id == bindparam("file"))
_SURPLUS = (
    select(pending_uploads.c.file_id)
    .where(_OF_SESSION)
    .order_by(pending_uploads.c.created_at.desc(), pending_uploads.c.place.desc())
    .offset(MAX_PENDING_UPLOADS)
)
_DROP_SURPLUS = delete(pending_uploads).where(pending_uploads.c.file_id.in_(_SURPLUS))
_AMONG = select(pending_uploads.c.sha256).where(pending_uploads.c.sha256.in_(bindparam("digests", expanding=True)))


def store_pending_uploads(
    connection: Connection, keys: Keys, *, session: Session, form_id: str, files: Sequence[File], now: datetime
) -> None:
    """Keep stored files for the form. form_id: a UUID that stays the same while the form comes back."""
    if not files:
        return
    rows = [
        {
            "file_id": file.file_id,
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
    connection.execute(_DROP_SURPLUS, {"session": session.id_hash})


def list_pending_uploads(connection: Connection, keys: Keys, *, session: Session, form_id: str) -> list[File]:
    """List the files kept for a form, in the order they came."""
    rows = connection.execute(_LIST, {"session": session.id_hash, "form": form_id}).mappings()
    return [file for row in rows if (file := _file_of(keys, row))]


def discard_pending_upload(connection: Connection, *, session: Session, form_id: str, file_id: str) -> None:
    """Forget one file that the person took out of the form."""
    connection.execute(_DROP, {"session": session.id_hash, "form": form_id, "file": file_id})


def pending_hashes(connection: Connection, *, among: list[str]) -> set[str]:
    """Say which of some stored files a form still waits for."""
    return set(connection.execute(_AMONG, {"digests": among}).scalars())


def _file_of(keys: Keys, row: RowMapping) -> File | None:
    name = keys.open(row["sealed_name"], context=_context(row["file_id"]))
    # The person was erased meanwhile: there is no file any more.
    return None if name is None else File(row["file_id"], name, row["size"], row["media_type"], row["sha256"])


def _context(file_id: str) -> str:
    return f"kept:{file_id}"
