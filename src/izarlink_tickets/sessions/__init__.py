"""Who is signed in, and the files of a refused form, which live as long as the session (D9, R19)."""

from izarlink_tickets.sessions.kept_uploads import (
    MAX_KEPT_UPLOADS,
    drop_upload,
    keep_uploads,
    kept_hashes,
    kept_uploads_of,
)
from izarlink_tickets.sessions.session import (
    ABSOLUTE_LIFETIME,
    IDLE_LIFETIME,
    Session,
    SignedInDevice,
    devices_of,
    drop_expired_sessions,
    end_device,
    end_session,
    end_sessions,
    find_session,
    start_session,
    touch_session,
)

__all__ = [
    "ABSOLUTE_LIFETIME",
    "IDLE_LIFETIME",
    "MAX_KEPT_UPLOADS",
    "Session",
    "SignedInDevice",
    "devices_of",
    "drop_expired_sessions",
    "drop_upload",
    "end_device",
    "end_session",
    "end_sessions",
    "find_session",
    "keep_uploads",
    "kept_hashes",
    "kept_uploads_of",
    "start_session",
    "touch_session",
]
