"""The recent proof of identity that dangerous commands want.

A password or a second factor sent along with a form is a proof too, so that the form is executed at once. `identity`
has the page.
"""

from flask import request

from izarlink_tickets.application.second_steps import PasskeyAnswer
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.web import csrf
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import renew_session, visitor
from izarlink_tickets.web.resubmission import PROOF_PREFIX

PASSWORD, CODE = f"{PROOF_PREFIX}password", f"{PROOF_PREFIX}code"
CHALLENGE, ANSWER = f"{PROOF_PREFIX}challenge", f"{PROOF_PREFIX}answer"


class ProofNeeded(Exception):
    """The last proof is too old.

    refusal: of a proof that was sent.
    """

    def __init__(self, refusal: Refusal | None = None) -> None:
        super().__init__()
        self.refusal = refusal


def is_fresh() -> bool:
    """Whether the visitor has proved who they are in the last minutes.

    A sign-in that is not finished has just begun with the password.
    """
    session = visitor().session
    return session.awaits is not None or session.is_fresh(now())


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
    return not {PASSWORD, CODE, ANSWER}.isdisjoint(request.form)


def _prove() -> Visitor:
    """Check the proof of the request. Raises: Refusal."""
    sent, steps, address = request.form, portal().second_steps, request.remote_addr or ""
    if ANSWER in sent:
        answered = PasskeyAnswer(sent.get(CHALLENGE, ""), sent[ANSWER])
        return steps.complete_by_passkey(visitor(), answered, remote_address=address, now=now())
    if CODE in sent:
        return steps.complete_by_code(visitor(), typed=sent[CODE], remote_address=address, now=now())
    return portal().sign_ins.prove_identity(visitor(), password=sent[PASSWORD], now=now())
