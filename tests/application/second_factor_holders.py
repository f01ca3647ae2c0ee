"""Second factors of people, for the tests."""

from dataclasses import dataclass

import pyotp
from tests.accounts.authenticator import Authenticator
from tests.application.signing_in import sign_in
from tests.cast import Clock

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.second_steps import PasskeyAnswer
from izarlink_tickets.application.visits import Visitor

ADDRESS = "192.0.2.7"
# Browsers offer passkeys on https, and at this name.
LOCALHOST = "http://localhost:8000"


@dataclass
class Holder:
    """A person with second factors on a portal."""

    portal: Portal
    clock: Clock
    email: str
    secret: str = ""
    key: Authenticator | None = None

    def begin(self) -> Visitor:
        """Sign in by password."""
        return sign_in(self.portal, self.clock, self.email, address=ADDRESS)

    def code(self) -> str:
        """Return the code that the app shows."""
        return pyotp.TOTP(self.secret).at(self.clock())

    def add_app(self, visitor: Visitor) -> Visitor:
        begun = self.portal.second_factors.begin_app(visitor)
        self.secret = begun.secret
        return self.portal.second_factors.add_app(visitor, token=begun.token, typed=self.code(), now=self.clock())

    def add_passkey(self, visitor: Visitor) -> Visitor:
        self.key = self.key or Authenticator(LOCALHOST)
        challenge, options = asked(self.portal.second_factors.passkey_options(visitor, now=self.clock()))
        answer = PasskeyAnswer(challenge, self.key.create(options))
        return self.portal.second_factors.add_passkey(visitor, answer, name="Téléphone", now=self.clock())

    def next_code(self) -> str:
        """Wait for another code."""
        self.clock.advance(minutes=1)
        return self.code()

    def type_code(self, visitor: Visitor, typed: str | None = None, *, address: str = ADDRESS) -> Visitor:
        """Type a code, by default the app's next one."""
        typed = typed or self.next_code()
        return self.portal.second_steps.complete_by_code(visitor, typed=typed, remote_address=address, now=self.clock())

    def answer(self, question: tuple[str, str] | None) -> PasskeyAnswer:
        """Let the key sign a question."""
        challenge, options = asked(question)
        assert self.key
        return PasskeyAnswer(challenge, self.key.sign(options))

    def prove(self, visitor: Visitor, answer: PasskeyAnswer) -> Visitor:
        """Finish a sign-in by an answer of the key."""
        return self.portal.second_steps.complete_by_passkey(visitor, answer, remote_address=ADDRESS, now=self.clock())

    def sign_in_by_passkey(self, answer: PasskeyAnswer | None = None) -> Visitor:
        steps = self.portal.second_steps
        answer = answer or self.answer(steps.sign_in_options(now=self.clock()))
        return steps.sign_in_by_passkey(answer, remote_address=ADDRESS, user_agent="Firefox", now=self.clock())


def asked(question: tuple[str, str] | None) -> tuple[str, str]:
    assert question
    return question


def portal_with(portal: Portal, **settings: str) -> Portal:
    """Open the portal's installation with other settings."""
    return open_portal(portal.settings.model_copy(update=settings), portal.keys, database=portal.database)
