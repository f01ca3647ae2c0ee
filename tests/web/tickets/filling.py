"""The fields of the customers' forms, and their effect on pages."""

from io import BytesIO
from typing import Any
from uuid import uuid4

from tests.web.browsing import Page, text_of

from izarlink_tickets.application import Portal
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.projections.ticket_queries import TicketRow, find_ticket

MAX_BYTES = 2_097_152


def typed(**changes: Any) -> dict[str, Any]:
    """Build the fields of a new ticket; None leaves a field out."""
    fields = {
        "command_id": str(uuid4()),
        "form_id": str(uuid4()),
        "ticket_type": "INCIDENT",
        "service": "autre",
        "category": "DEBIT",
        "urgency": "4",
        "title": "Débit à 2 Mbit/s",
        "description": "Depuis ce matin.",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def a_file(name: str = "mesure.txt", content: bytes = b"2 Mbit/s") -> tuple[BytesIO, str]:
    """Build an upload for the test client."""
    return BytesIO(content), name


def form(**fields: Any) -> dict[str, Any]:
    """Build the fields of a form of the ticket page."""
    return {"command_id": str(uuid4()), "form_id": str(uuid4()), **fields}


def ticket(portal: Portal, viewer: Actor, number: int = 1) -> TicketRow:
    with portal.database.query() as connection:
        ticket = find_ticket(connection, viewer, number=number)
    assert ticket is not None
    return ticket


def typed_in(page: Page, field: str) -> str:
    """Return the text of a text area."""
    return "".join(page.field(field).itertext())


def entry(page: Page, number: int) -> str:
    """Return the text of a timeline entry."""
    return text_of(page.tree.find(f".//article[@id='e{number}']"))


def ways_to_the_text(page: Page) -> list[str | None]:
    """Return the targets of the links in the first notice."""
    return [link.get("href") for link in page.tree.findall(".//*[@role='alert']//a")]
