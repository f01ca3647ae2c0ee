"""Transport into a folder, one .eml file per mail."""

from datetime import UTC
from pathlib import Path

from izarlink_tickets.durable_files import replace_file
from izarlink_tickets.mailer.delivery import Deferred, OutgoingMail, ServerUnreachable
from izarlink_tickets.outbox.deliveries import FOLDER_ANSWER


class Folder:
    """A folder of mails, sorted by time; each file is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def prepare(self) -> None:
        """Create the folder, readable by its owner alone. Raises: ServerUnreachable."""
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServerUnreachable(f"no folder for mails: {error.strerror}") from error

    def deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        """Write the file. Raises: Deferred."""
        del deadline  # writing a file takes almost no time
        name = f"{mail.at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{mail.name}.eml"
        try:
            replace_file(self._path / name, mail.content)
        except OSError as error:
            raise Deferred(f"not written: {error.strerror}") from error
        return f"{FOLDER_ANSWER}{name}"

    def close(self) -> None:
        """Close nothing: no file stays open."""
