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
    """The times of a run of requests.

    latencies: seconds of each. wrong: statuses other than the expected.
    """

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
    clients = _Clients(port, sources, expected=expected)
    start = time.perf_counter()
    clients.work(until=start + seconds, most=most)
    clients.sample.seconds = time.perf_counter() - start
    clients.close()
    return clients.sample


class _Clients:
    """The connections of all clients, each with its next request."""

    def __init__(self, port: int, sources: Sequence[Callable[[], bytes]], *, expected: int) -> None:
        self.sample = Sample(0.0)
        self._expected, self._poll = expected, select.epoll()
        self._connections: dict[int, tuple[_Connection, Callable[[], bytes]]] = {}
        for source in sources:
            self._add(_Connection(port), source)

    def work(self, *, until: float, most: int) -> None:
        """Send requests until a moment; then wait for those under way."""
        for connection, source in self._connections.values():
            connection.send(source())
        under_way = len(self._connections)
        while under_way:
            for descriptor, _ in self._poll.poll():
                response = self._received(descriptor)
                if response is None:
                    continue
                requests = len(self.sample.latencies)
                if time.perf_counter() >= until or (most and requests + under_way > most):
                    under_way -= 1
                else:
                    self._send_next(descriptor, response)

    def close(self) -> None:
        for connection, _ in self._connections.values():
            connection.socket.close()
        self._poll.close()

    def _received(self, descriptor: int) -> Response | None:
        connection, _ = self._connections[descriptor]
        response = connection.receive()
        if response is not None:
            self.sample.latencies.append(time.perf_counter() - connection.sent_at)
            if response.status != self._expected:
                self.sample.wrong.append(response.status)
        return response

    def _send_next(self, descriptor: int, answered: Response) -> None:
        connection, source = self._connections[descriptor]
        if _closes(answered):
            del self._connections[descriptor]
            connection.reopen()
            self._add(connection, source)
        connection.send(source())

    def _add(self, connection: _Connection, source: Callable[[], bytes]) -> None:
        self._connections[connection.socket.fileno()] = connection, source
        self._poll.register(connection.socket, select.EPOLLIN)
