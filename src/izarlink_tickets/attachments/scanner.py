"""Virus checks by a ClamAV daemon, over its stream protocol.

Whatever isn't « clean » in the daemon's own words counts as unchecked. Source: clamd(8), INSTREAM.
"""

import hashlib
import socket
import time
from threading import Lock
from urllib.parse import unquote, urlsplit

DEFAULT_PORT = 3310
_CHUNK_BYTES = 65_536
_MAX_ANSWER_BYTES = 4_096
# For the whole answer: a file of 2 MiB takes a tenth of a second, an archive some seconds.
TIMEOUT_SECONDS = 30.0
# A form's file is checked with the form and again with its command; signatures change once an hour.
_REMEMBERED, _REMEMBERED_SECONDS = 100, 120.0


class ScannerUnavailable(Exception):
    """The daemon doesn't answer, or can't check; the message says why."""


class ClamdScanner:
    """A ClamAV daemon at `tcp://HOST:PORT` or `unix:PATH`."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        """Prepare without connecting. timeout: of a check, in seconds."""
        self._url = urlsplit(url)
        self._timeout = timeout
        self._lock = Lock()
        self._clean: dict[bytes, float] = {}

    def find_virus(self, content: bytes) -> str | None:
        """Return the name of the virus in the content, or None.

        Raises: ScannerUnavailable.
        """
        digest = hashlib.sha256(content).digest()
        if self._was_clean(digest):
            return None
        answer = self._ask(b"zINSTREAM\0", content)
        if answer == "stream: OK":
            self._remember(digest)
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScannerUnavailable(answer or "it closed the connection")

    def version(self) -> str:
        """Return the daemon's version and that of its signatures.

        Raises: ScannerUnavailable.
        """
        answer = self._ask(b"zVERSION\0")
        if not answer.startswith("ClamAV"):
            raise ScannerUnavailable(answer or "it closed the connection")
        return answer

    def _ask(self, command: bytes, content: bytes | None = None) -> str:
        deadline = time.monotonic() + self._timeout
        try:
            with self._connect() as connection:
                connection.sendall(command)
                if content is not None:
                    _stream(connection, content)
                return _answer(connection, deadline)
        except OSError as error:
            raise ScannerUnavailable(error.strerror or str(error)) from error

    def _connect(self) -> socket.socket:
        if self._url.scheme == "tcp":
            address = (self._url.hostname or "", self._url.port or DEFAULT_PORT)
            return socket.create_connection(address, timeout=self._timeout)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._timeout)
        try:
            connection.connect(unquote(self._url.path))
        except OSError:
            connection.close()
            raise
        return connection

    def _was_clean(self, digest: bytes) -> bool:
        return time.monotonic() - self._clean.get(digest, -_REMEMBERED_SECONDS) < _REMEMBERED_SECONDS

    def _remember(self, digest: bytes) -> None:
        with self._lock:
            if len(self._clean) >= _REMEMBERED:
                self._clean.clear()
            self._clean[digest] = time.monotonic()


def _stream(connection: socket.socket, content: bytes) -> None:
    for start in range(0, len(content), _CHUNK_BYTES):
        chunk = content[start : start + _CHUNK_BYTES]
        connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
    connection.sendall(bytes(4))


def _answer(connection: socket.socket, deadline: float) -> str:
    """Receive up to the NUL that ends the answer."""
    answer = b""
    while b"\0" not in answer and len(answer) < _MAX_ANSWER_BYTES:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        received = connection.recv(_MAX_ANSWER_BYTES)
        if not received:
            break
        answer += received
    whole, end, _ = answer.partition(b"\0")
    # A cut answer is none: « stream: OK » might have gone on.
    return whole.decode("ascii", "replace").strip() if end else ""
