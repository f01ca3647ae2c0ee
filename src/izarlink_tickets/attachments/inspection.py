"""Inspection of what archives, documents and mails contain."""

from izarlink_tickets.attachments import archives, mail_parts, office
from izarlink_tickets.attachments.file_types import extension_of, file_type_of, picture_type_of
from izarlink_tickets.attachments.inspection_budget import InspectionBudget, InspectionTooLong
from izarlink_tickets.attachments.refusals import ArchiveFault, ContentFault
from izarlink_tickets.attachments.text_content import is_text

# A forwarded mail in a forwarded mail; deeper is an attempt to get past the inspection.
MAX_DEPTH = 4
# Parts of mails that are no files of ours and no risk: signatures, visiting cards, appointments.
_MAIL_EXTRAS = ("ics", "vcf", "asc", "sig", "p7s")


def fault_in(name: str, content: bytes) -> ContentFault | None:
    """Return the fault of an accepted file's content, or None.

    name: cleaned, with an accepted extension.
    """
    try:
        return _fault_in(name, content, InspectionBudget(), depth=0)
    except InspectionTooLong:
        return ContentFault(ArchiveFault.TOO_LARGE)


def _fault_in(name: str, content: bytes, budget: InspectionBudget, *, depth: int) -> ContentFault | None:
    """Return the fault of a file. depth: of the mails around it."""
    budget.spend(read_bytes=len(content))
    extension = extension_of(name)
    if extension == "eml":
        return mail_parts.fault_in(
            content, budget, inspect=lambda part, inner: _fault_of_part(part, inner, budget, depth=depth + 1)
        )
    file_type = file_type_of(name)
    if file_type is None or not file_type.is_archive:
        return None
    try:
        with archives.opened(content) as archive:
            if fault := archives.fault_of_list(archive.infolist()):
                return fault
            budget.spend(entries=len(archive.infolist()))
            if extension in office.MAIN_TYPES:
                return office.fault_of(archive, budget, extension=extension)
            if extension in ("odt", "ods"):
                return archives.fault_of_open_document(archive, extension=extension)
            return archives.fault_of_entries(
                archive, inspect=lambda entry, inner: _fault_in(entry, inner, budget, depth=depth + 1)
            )
    except archives.UNREADABLE:
        return ContentFault(ArchiveFault.DAMAGED)


def _fault_of_part(name: str, content: bytes, budget: InspectionBudget, *, depth: int) -> ContentFault | None:
    """Return the fault of a mail's part as a file, or None."""
    if depth > MAX_DEPTH:
        return ContentFault(ArchiveFault.NESTED, name)
    file_type = file_type_of(name)
    if file_type is None:
        is_extra = extension_of(name) in _MAIL_EXTRAS and (is_text(content) or extension_of(name) == "p7s")
        return None if is_extra else ContentFault(ArchiveFault.KIND, name)
    is_other_picture = file_type.is_picture and picture_type_of(content) is not None
    if content and not is_other_picture and not file_type.has_right_content(content):
        return ContentFault(ArchiveFault.KIND, name)
    fault = _fault_in(name, content, budget, depth=depth)
    # The page names the part, which is what the person can take out.
    return ContentFault(fault.fault, fault.entry or name) if fault else None
