"""Verification of stored data on a running portal.

It checks that nothing is lost, doubled, torn or changed. It reads one snapshot, blocks no command and changes nothing.
Damaged data makes a finding, never a failure.
"""

from izarlink_tickets.verify.findings import Finding, FindingStatus
from izarlink_tickets.verify.verifier import Verifier
