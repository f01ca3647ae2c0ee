"""Alice, who resends a form until it is answered."""

from dataclasses import dataclass
from io import BytesIO
from uuid import uuid4

from tests.cast import Cast
from tests.web.applications import application
from tests.web.browsing import Browser, Page, signed_in

from izarlink_tickets.application import Portal

SEE_OTHER, UNAVAILABLE = 303, 503


@dataclass(frozen=True)
class Customer:
    """A customer's browser and ticket."""

    browser: Browser
    number: int

    def follow_up(self, *, file_bytes: int = 0, command_id: str | None = None) -> tuple[Page, str]:
        """Send a long message; return the page and the command id.

        file_bytes: the size of the attached file; 0 attaches none.
        """
        command_id = command_id or str(uuid4())
        fields = {"command_id": command_id, "comment": "Toujours lent. " * 1000}
        files = {"files": (BytesIO(b"x" * file_bytes), "mesure.txt")} if file_bytes else {}
        return self.browser.send(f"/tickets/{self.number}/suivi", fields | files), command_id

    def follow_up_until_refused(self, *, file_bytes: int = 0) -> tuple[Page, str]:
        """Send messages until one is refused; return its page and command id."""
        page, command_id = self.follow_up(file_bytes=file_bytes)
        while page.status == SEE_OTHER:
            page, command_id = self.follow_up(file_bytes=file_bytes)
        return page, command_id


def customer_of(portal: Portal, cast: Cast, number: int) -> Customer:
    """Sign alice in; failures become pages instead of tracebacks."""
    return Customer(signed_in(application(portal, cast.clock), cast, "alice"), number)
