"""The recent proof of identity that dangerous commands want.

A password sent along with a form is a proof too, so that the form is executed at once. `identity` has the page.
"""

from flask import request

from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.web import csrf
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import renew_session, visitor
from izarlink_tickets.web.resubmission import PROOF_PREFIX

PASSWORD = f"{PROOF_PREFIX}password"


class ProofNeeded(Exception):
    """The last proof is too old.

    refusal: of a proof that was sent.
    """

    def __init__(self, refusal: Refusal | None = None) -> None:
        super().__init__()
        self.refusal = refusal


def is_fresh() -> bool:
    """Whether the visitor has proved who they are in the last minutes."""
    return visitor().session.is_fresh(now())


def require_proof() -> None:
    """Go on if the visitor has a recent proof, or sends one.

    Raises: ProofNeeded.
    """
    if is_fresh():
        return
    if not (is_sent() and csrf.is_genuine()):
        raise ProofNeeded
    try:
        renew_session(_prove())
    except Refusal as refusal:
        raise ProofNeeded(refusal) from None


def is_sent() -> bool:
    """Whether the request holds a proof."""
    return PASSWORD in request.form


def _prove() -> Visitor:
    """Check the proof of the request. Raises: Refusal."""
    return portal().sign_ins.prove_identity(visitor(), password=request.form[PASSWORD], now=now())
