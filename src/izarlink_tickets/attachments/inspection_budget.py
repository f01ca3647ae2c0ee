"""The work that the inspection of one upload may cause.

Archives, documents and mails hold each other, and contents that repeat themselves are tiny when packed: without a
common limit a file of 1 kB keeps a process busy for minutes.
"""

from dataclasses import dataclass


class InspectionTooLong(Exception):
    """The upload contains more than is ever inspected."""


@dataclass(slots=True)
class InspectionBudget:
    """The work left for inspecting an upload and all that it contains.

    read_bytes: of contents that are read whole. mail_lines: of mails; a line of a head takes 4 µs.
    list_bytes: of documents' parts and relationships; a mebibyte of XML takes 0.3 s. entries: of archives and mails.
    """

    read_bytes: int = 33_554_432
    mail_lines: int = 200_000
    list_bytes: int = 4_194_304
    entries: int = 2_000

    def spend(self, *, read_bytes: int = 0, mail_lines: int = 0, list_bytes: int = 0, entries: int = 0) -> None:
        """Subtract some work. Raises: InspectionTooLong."""
        self.read_bytes -= read_bytes
        self.mail_lines -= mail_lines
        self.list_bytes -= list_bytes
        self.entries -= entries
        if min(self.read_bytes, self.mail_lines, self.list_bytes, self.entries) < 0:
            raise InspectionTooLong
