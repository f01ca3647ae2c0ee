"""The verifier of a portal, which no page needs."""

from izarlink_tickets.application import Portal
from izarlink_tickets.application.ticket_snapshots import snapshot_after
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.verify import Verifier


def open_verifier(portal: Portal) -> Verifier:
    """Build the verifier of a portal."""
    return Verifier(
        portal.database,
        portal.store,
        portal.read_models,
        sealing_key=portal.keys.sealing,
        mapper_of=mapper_of,
        snapshot_after=snapshot_after,
    )
