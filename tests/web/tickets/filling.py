"""What a person types into the form of a new ticket, and the files they choose."""

from io import BytesIO
from typing import Any
from uuid import uuid4

MAX_BYTES = 2_097_152  # R19


def typed(**changes: Any) -> dict[str, Any]:
    """Fill in the form of a new ticket; None leaves a field out."""
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
    """Choose a file, as the test client sends it."""
    return BytesIO(content), name
