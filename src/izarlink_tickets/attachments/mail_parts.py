"""Inspection of the parts of a mail, which are judged as files."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from izarlink_tickets.attachments.file_names import clean_name
from izarlink_tickets.attachments.file_types import picture_type_of
from izarlink_tickets.attachments.inspection_budget import InspectionBudget
from izarlink_tickets.attachments.refusals import ArchiveFault, ContentFault
from izarlink_tickets.attachments.text_content import mail_of

# A long exchange with its pictures has some dozens.
MAX_PARTS = 200
# Texts of the mail itself, and what a mail server says about another mail.
_OWN_TEXTS = ("text/", "message/")
# The errors of the parser on crafted bytes.
_UNREADABLE = (MessageError, LookupError, RecursionError, ValueError, TypeError, AttributeError)

Inspection = Callable[[str, bytes], ContentFault | None]


def fault_in(content: bytes, budget: InspectionBudget, *, inspect: Inspection) -> ContentFault | None:
    """Return the fault of a mail, or None.

    inspect: returns the fault of a part with a name. Raises: InspectionTooLong.
    """
    budget.spend(mail_lines=content.count(b"\n") + content.count(b"\r"))
    try:
        parts = list(_leaves(message_from_bytes(mail_of(content))))
        if len(parts) > MAX_PARTS:
            return ContentFault(ArchiveFault.TOO_MANY_ENTRIES)
        budget.spend(entries=len(parts))
        return next((fault for part in parts if (fault := _fault_of(part, inspect))), None)
    except _UNREADABLE:
        return ContentFault(ArchiveFault.DAMAGED)


def _leaves(mail: "Message[str, str]") -> Iterator["Message[str, str]"]:
    return (part for part in mail.walk() if not part.is_multipart())


def _fault_of(part: "Message[str, str]", inspect: Inspection) -> ContentFault | None:
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    name = _name_of(part)
    if name:
        return inspect(name, content)
    if not content.strip() or part.get_content_type().startswith(_OWN_TEXTS) or picture_type_of(content):
        return None
    return ContentFault(ArchiveFault.KIND, part.get_content_type())


def _name_of(part: "Message[str, str]") -> str | None:
    """Return the cleaned file name of a part, or None."""
    name = part.get_filename()
    return clean_name(str(make_header(decode_header(name)))) if name else None
