"""Sign-in sessions, and the pending uploads that live as long as they."""

from izarlink_tickets.sessions.pending_uploads import (
    MAX_PENDING_UPLOADS,
    discard_pending_upload,
    drop_ended_uploads,
    list_pending_uploads,
    pending_hashes,
    store_pending_uploads,
)
from izarlink_tickets.sessions.provider_sessions import (
    ProviderSession,
    find_sealed_id_token,
    store_provider_session,
)
from izarlink_tickets.sessions.renewal import renew_session
from izarlink_tickets.sessions.session import (
    PROOF_LIFETIME,
    SELECT_SESSION,
    SESSION_COLUMNS,
    Session,
    SignedInDevice,
    SignInStep,
    SignInWay,
    devices_of,
    drop_expired_sessions,
    drop_surplus_sessions,
    end_device,
    end_session,
    end_sessions,
    find_session,
    session_of,
    session_values,
    start_session,
    touch_session,
)
