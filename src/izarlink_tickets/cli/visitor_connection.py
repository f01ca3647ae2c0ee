"""A visitor's connection: reads requests and sends responses without waiting.

Gunicorn parses the request, refuses malformed ones and formats the response. A request reaches the portal once its last
byte has arrived, so a slow visitor occupies a few kilobytes, never a thread.
"""

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.http import wsgi
from gunicorn.http.body import LengthReader
from gunicorn.http.errors import InvalidRequestLine, LimitRequestHeaders, NoMoreData
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader

# From the first byte of a request to the last of its head.
HEAD_SECONDS = 10.0
# For a body, and for a response that the visitor takes. Each byte adds its part at the least rate, up to the same time
# again: who drips is not given more, who has a slow line may take minutes, and nobody stops for longer.
BODY_SECONDS, SEND_SECONDS = 60.0, 30.0
LEAST_BYTES_A_SECOND = 16 * 1024
# For the visitor's side to close, so that it can still read the response. Source: RFC 9112, 9.6.
LINGER_SECONDS = 2.0
# Longer heads are refused before they are complete; browsers send about 1 kB, and a field may have 8 kB.
LARGEST_HEAD_BYTES = 64 * 1024
RECEIVE_BYTES = 256 * 1024
_END_OF_HEAD = b"\r\n\r\n"
# Lines that end otherwise are malformed; waiting for the right end would take until the deadline.
_WRONG_ENDS = (b"\n\n", b"\n\r\n")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{1,16}")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Phase(Enum):
    """The phase of a connection."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    SENDING = auto()
    CLOSING = auto()


class VisitorConnection:
    """One connection, of a visitor or of the server in front.

    In the phase ANSWER it belongs to a thread, in the others to the worker's loop. deadline: of the phase, in monotonic
    seconds. is_paused: whether the loop has stopped watching it.
    """

    def __init__(self, client: socket.socket, address: Any, *, server: Any, cfg: Any, now: float) -> None:  # noqa: ANN401 - gunicorn's
        client.setblocking(False)  # noqa: FBT003 - as the library's
        self.socket, self.address = client, address
        self.phase, self.deadline, self.is_paused = Phase.HEAD, now + HEAD_SECONDS, False
        self._seconds = HEAD_SECONDS
        self._server, self._cfg = server, cfg
        self._buffer = _Buffer()
        self._parser: Any = _parser(cfg, address, self._buffer)
        self._received, self._searched, self._largest_body = bytearray(), 0, 0
        self._unsent, self._is_last = memoryview(b""), False
        self._request: Any = None
        self._chunks = _ChunkScan()

    @property
    def held_bytes(self) -> int:
        """The size of the unfinished request."""
        return len(self._received)

    def remaining_part(self, now: float) -> float:
        """Return the part of the phase's time that is left."""
        return (self.deadline - now) / self._seconds

    # --- requests, in the loop ----------------------------------------------------------------------------------------

    def receive(self, data: bytes, *, now: float, largest_body: Callable[[str], int]) -> bool:
        """Add what has arrived, and return whether a request is complete.

        largest_body: by the cookies; the portal refuses a larger one without reading it.
        Raises: gunicorn's errors of malformed requests.
        """
        self._received += data
        if self.phase is Phase.IDLE:
            self._begin(Phase.HEAD, HEAD_SECONDS, now)
        if self.phase is Phase.BODY:
            self._extend(len(data), now)
        elif not self._read_head(now, largest_body):
            return False
        if not self._has_body():
            return False
        self._buffer.unread(bytes(self._received))
        self._received.clear()
        self.phase = Phase.ANSWER
        return True

    def _read_head(self, now: float, largest_body: Callable[[str], int]) -> bool:
        received = self._received
        # What arrives byte by byte is not searched from its beginning each time.
        since, self._searched = max(0, self._searched - len(_END_OF_HEAD)), len(received)
        if received.find(_END_OF_HEAD, since) < 0 and not _is_hopeless(received, since):
            return False
        self._searched = 0
        self._buffer.unread(bytes(received))
        try:
            self._request = next(self._parser)
        except (NoMoreData, StopIteration):
            raise _incomplete(received) from None
        self._received = bytearray(self._buffer.take_buffered())
        self._chunks = _ChunkScan()
        self._begin(Phase.BODY, BODY_SECONDS, now)
        reader = self._request.body.reader
        if not isinstance(reader, LengthReader) or reader.length:
            cookies = (value for name, value in self._request.headers if name == "COOKIE")
            self._largest_body = largest_body("; ".join(cookies))
        return True

    def _has_body(self) -> bool:
        reader, size, largest = self._request.body.reader, len(self._received), self._largest_body
        if isinstance(reader, LengthReader):
            is_large, is_complete = reader.length > largest, size >= reader.length
        else:
            is_large, is_complete = size > largest, self._chunks.has_end(self._received)
        if is_large and not is_complete:
            # The portal refuses it by its size; what follows is not a request.
            self._request.force_close()
            return True
        self._invite(needed=not is_complete)
        return bool(is_complete)

    def _invite(self, *, needed: bool) -> None:
        """Ask for the body if the visitor waits (RFC 9110, 10.1.1)."""
        # Gunicorn would do so later, when the body has to be here.
        is_expected, self._request._expected_100_continue = self._request._expected_100_continue, False  # noqa: SLF001
        if needed and is_expected:
            self._send(_CONTINUE)

    # --- responses ----------------------------------------------------------------------------------------------------

    def answer(self, application: WSGIApplication, *, is_last: bool) -> None:
        """Run the application, and send its response.

        is_last: close the connection afterwards. Raises: what the application raises.
        """
        output = OutputBuffer()
        request = self._request
        if is_last:
            request.force_close()
        response, environ = wsgi.create(request, output, self.address, self._server, self._cfg)
        environ["wsgi.multithread"] = True
        chunks = application(environ, response.start_response)
        try:
            for chunk in chunks:
                response.write(chunk)
            response.close()
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        self.finish(output, is_last=response.should_close() or not self._parser.finish_body())

    def finish(self, output: "OutputBuffer", *, is_last: bool) -> None:
        """Send a response; without its end, the loop sends the rest."""
        self._received = bytearray(self._buffer.take_buffered())
        self._is_last = is_last
        self._send(output.content())

    def send_rest(self, *, now: float) -> None:
        """Send what the visitor takes now."""
        rest, self._unsent = self._unsent, memoryview(b"")
        self._send(rest)
        self._extend(len(rest) - len(self._unsent), now)

    def _send(self, data: bytes | memoryview) -> None:
        """Send what fits now, and keep the rest."""
        try:
            sent = self.socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            sent, self._is_last = len(data), True
        self._unsent = memoryview(data)[sent:]

    @property
    def has_unsent(self) -> bool:
        return bool(self._unsent)

    @property
    def has_begun(self) -> bool:
        """Whether only a part of a request has arrived."""
        return self.phase is Phase.BODY or (self.phase is Phase.HEAD and bool(self._received))

    @property
    def has_next(self) -> bool:
        """Whether more than this request has arrived."""
        return bool(self._received)

    def settle(self, *, now: float, keep_alive: float) -> None:
        """Wait for what comes after a response."""
        if self._unsent:
            if self.phase is not Phase.SENDING:
                self._begin(Phase.SENDING, SEND_SECONDS, now)
        elif self._is_last:
            self.begin_closing(now=now)
        else:
            self._begin(Phase.IDLE, keep_alive, now)

    def begin_closing(self, *, now: float) -> None:
        """Send no more, and let the visitor read the end."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        self._begin(Phase.CLOSING, LINGER_SECONDS, now)

    def _begin(self, phase: Phase, seconds: float, now: float) -> None:
        # The phase comes last: a thread hands the connection back by it.
        self._seconds, self.deadline = seconds, now + seconds
        self.phase = phase

    def _extend(self, transferred: int, now: float) -> None:
        """Add the time of these bytes, up to the phase's."""
        self.deadline = min(now + self._seconds, self.deadline + transferred / LEAST_BYTES_A_SECOND)


class OutputBuffer:
    """A buffer in place of the socket that gunicorn writes to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self._parts.append(data)

    def gettimeout(self) -> float:
        """Return that of a socket that never waits."""
        return 0.0

    def content(self) -> bytes:
        """Return everything that was sent."""
        return b"".join(self._parts)


class _Buffer(Unreader):
    """Gunicorn's source of a request, which holds all that there is."""

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return nothing more: a parser that asks has an incomplete request."""
        return b""


class _ChunkScan:
    """A search for the end of a chunked body.

    It ends early at what the parser refuses.
    """

    _LONGEST_LINE = 8190

    def __init__(self) -> None:
        self._at, self._is_in_trailers = 0, False

    def has_end(self, body: bytearray) -> bool:
        while (end := body.find(b"\r\n", self._at)) >= 0:
            line, self._at = body[self._at : end], end + 2
            if self._is_in_trailers:
                if not line:
                    return True
                continue
            size_text = line.partition(b";")[0].rstrip(b" \t")
            if not _HEXADECIMAL.fullmatch(size_text):
                return True
            size = int(size_text, 16)
            self._is_in_trailers = size == 0
            self._at += size + 2 if size else 0
        return len(body) - self._at > self._LONGEST_LINE or b"\n" in body[self._at :]


def _is_hopeless(head: bytearray, since: int) -> bool:
    return len(head) > LARGEST_HEAD_BYTES or any(head.find(end, since) >= 0 for end in _WRONG_ENDS)


def _incomplete(head: bytearray) -> Exception:
    if len(head) > LARGEST_HEAD_BYTES:
        return LimitRequestHeaders("the head is too large")
    return InvalidRequestLine("")


def _parser(cfg: Any, address: Any, source: Unreader) -> Any:  # noqa: ANN401 - gunicorn's
    parser: Any = RequestParser(cfg, (), address)
    parser.unreader = source
    return parser
