"""A light HTTP client: keep-alive connections of one thread, each with one request under way."""

import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_CHUNK = 1 << 18
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Response:
    """A response. head: status line and headers."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[9:12])


@dataclass(slots=True)
class Sample:
    """What a run of requests took. latencies: seconds of each. wrong: statuses other than the expected."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


class _Connection:
    """A connection, its request under way and what has arrived of the response."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open()
        self.sent_at = 0.0

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        self._length = -1

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> Response | None:
        """Read what has arrived; return the response once it is whole."""
        data = self.socket.recv(_CHUNK)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._received += data
        if self._length < 0:
            self._length = _whole_length(self._received)
        if self._length < 0 or len(self._received) < self._length:
            return None
        head, _, body = bytes(self._received).partition(_END)
        del self._received[:]
        self._length = -1
        return Response(head, body)

    def reopen(self) -> None:
        self.socket.close()
        self._open()


def _whole_length(received: bytearray) -> int:
    """Return the bytes of head and body; -1 while the head is incomplete."""
    end = received.find(_END)
    if end < 0:
        return -1
    head = bytes(received[:end]).lower()
    start = head.find(b"content-length:")
    assert start >= 0, head
    return end + len(_END) + int(head[start + 15 :].split(b"\r\n", 1)[0])


def _closes(response: Response) -> bool:
    return b"connection: close" in response.head.lower()


def fetch(host: str, request: bytes) -> Response:
    """Send one request on a connection of its own."""
    connection = _Connection(int(host.rpartition(":")[2]))
    connection.send(request)
    while (response := connection.receive()) is None:
        pass
    connection.socket.close()
    return response


def run(
    port: int, sources: Sequence[Callable[[], bytes]], *, seconds: float, expected: int = 200, most: int = 0
) -> Sample:
    """Let each client send one request after the other for some time.

    sources: of each client's next request. most: requests after which it ends early.
    """
    poll, connections = select.epoll(), dict[int, tuple[_Connection, Callable[[], bytes]]]()
    sample, start = Sample(0.0), time.perf_counter()
    end, under_way = start + seconds, len(sources)
    for source in sources:
        connection = _Connection(port)
        connections[connection.socket.fileno()] = connection, source
        poll.register(connection.socket, select.EPOLLIN)
        connection.send(source())
    while under_way:
        for descriptor, _ in poll.poll():
            connection, source = connections[descriptor]
            response = connection.receive()
            if response is None:
                continue
            now = time.perf_counter()
            sample.latencies.append(now - connection.sent_at)
            if response.status != expected:
                sample.wrong.append(response.status)
            if now >= end or (most and len(sample.latencies) + under_way > most):
                under_way -= 1
                continue
            if _closes(response):
                del connections[descriptor]
                connection.reopen()
                connections[connection.socket.fileno()] = connection, source
                poll.register(connection.socket, select.EPOLLIN)
            connection.send(source())
    sample.seconds = time.perf_counter() - start
    for connection, _ in connections.values():
        connection.socket.close()
    poll.close()
    return sample
