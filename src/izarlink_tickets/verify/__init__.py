"""Verify that nothing is lost, doubled, torn or changed: what can be seen from the data, on a portal that goes on.

It reads one snapshot, takes no lock that a command waits for, and changes nothing. Whatever it finds is a finding,
never a failure: it is run when something is wrong.
"""

from izarlink_tickets.verify.findings import Finding, FindingStatus
from izarlink_tickets.verify.verifier import Verifier

__all__ = ["Finding", "FindingStatus", "Verifier"]
