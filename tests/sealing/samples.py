"""Texts, accounts and master keys of the tests."""

from datetime import UTC, datetime

from izarlink_tickets.config import SealingKey

ALICE = "a11ce000-0000-4000-8000-000000000001"
BOB = "b0b00000-0000-4000-8000-000000000001"
MASTER_KEY = SealingKey(bytes(range(32)))
OTHER_MASTER_KEY = SealingKey(bytes(32))
NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
TEXT = "Ma ligne est coupée"
FILE = b"%PDF-1.7 \x00\xff"
