"""The people of the tests, their services, and their commands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from izarlink_tickets.domain.vocabulary import (
    GUIDE_CATEGORIES,
    SYSTEM,
    Actor,
    Channel,
    CommandContext,
    File,
    Role,
    Service,
)

ETXEA = "e0000000-0000-4000-8000-000000000001"
MENDI = "e0000000-0000-4000-8000-000000000002"

ALICE = Actor("a0000000-0000-4000-8000-000000000001", Role.CUSTOMER, ETXEA)
BOB = Actor("a0000000-0000-4000-8000-000000000002", Role.COMPANY, ETXEA)
DENIS = Actor("a0000000-0000-4000-8000-000000000003", Role.CUSTOMER, ETXEA)
CHARLIE = Actor("a0000000-0000-4000-8000-000000000004", Role.COMPANY, MENDI)
SAM = Actor("a0000000-0000-4000-8000-000000000005", Role.SUPPORT)
NORA = Actor("a0000000-0000-4000-8000-000000000006", Role.SUPPORT)
ROOT = Actor("a0000000-0000-4000-8000-000000000007", Role.ADMINISTRATOR)
ADA = Actor("a0000000-0000-4000-8000-000000000008", Role.AUDITOR)


def deactivated(person: Actor) -> Actor:
    return replace(person, is_active=False)


# The actors tried on a ticket of alice's that denis watches.
ACTORS = {
    "the requester": ALICE,
    "the company role": BOB,
    "a watcher": DENIS,
    "a colleague": Actor("a0000000-0000-4000-8000-000000000009", Role.CUSTOMER, ETXEA),
    "the requester, moved to another company": replace(ALICE, organisation_id=MENDI),
    "the requester, deactivated": deactivated(ALICE),
    "the company role, deactivated": deactivated(BOB),
    "another company": CHARLIE,
    "support": SAM,
    "support, deactivated": deactivated(SAM),
    "an administrator": ROOT,
    "an auditor": ADA,
    "the system": SYSTEM,
}

FIBRE = Service("5e000000-0000-4000-8000-000000000001", ETXEA)
OLD_LINE = Service("5e000000-0000-4000-8000-000000000002", ETXEA, is_active=False)
GARAGE_LINE = Service("5e000000-0000-4000-8000-000000000003", MENDI)

OUTAGE = GUIDE_CATEGORIES["COUPURE_TOTALE"]
SLOWNESS = GUIDE_CATEGORIES["LENTEUR"]
BILLING = GUIDE_CATEGORIES["FACTURATION"]

PHOTO = File("f0000000-0000-4000-8000-000000000001", "baie.jpg", 143_000, "image/jpeg", "a" * 64)
REPORT = File("f0000000-0000-4000-8000-000000000002", "mesures.pdf", 20_480, "application/pdf", "b" * 64)

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def by(actor: Actor, *, days: float = 0, channel: Channel = Channel.WEB) -> CommandContext:
    """Build a command context. days: since the opening of alice's ticket."""
    return CommandContext(actor, MONDAY + timedelta(days=days), channel, "c0000000-0000-4000-8000-000000000001")
