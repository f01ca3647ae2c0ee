"""The provider's side of a session that began by single sign-on.

The ID token tells the provider at sign-out which of its sessions ends. It holds the person's name, so it is sealed.
"""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, ForeignKey, String, Table, Text, insert, select

from izarlink_tickets.database import metadata
from izarlink_tickets.sessions.session import sessions

provider_sessions = Table(
    "provider_sessions",
    metadata,
    Column("session_hash", String(64), ForeignKey(sessions.c.id_hash, ondelete="CASCADE"), primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    # The provider's own name of its session; NULL where it has none.
    Column("sid", Text),
    Column("sealed_id_token", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """A session at the provider. sid: its name there, if any."""

    issuer: str
    subject: str
    sid: str | None
    sealed_id_token: str


def store_provider_session(connection: Connection, *, session_hash: str, provider_session: ProviderSession) -> None:
    """Keep the provider's session as long as ours."""
    values = {name: getattr(provider_session, name) for name in ProviderSession.__slots__}
    connection.execute(insert(provider_sessions).values(session_hash=session_hash, **values))


def find_sealed_id_token(connection: Connection, *, session_hash: str) -> str | None:
    statement = select(provider_sessions.c.sealed_id_token).where(provider_sessions.c.session_hash == session_hash)
    return connection.execute(statement).scalar()
