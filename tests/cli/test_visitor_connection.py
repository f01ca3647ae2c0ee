"""The deadlines of a visitor's connection."""

import socket
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from izarlink_tickets.cli.visitor_connection import (
    BODY_SECONDS,
    HEAD_SECONDS,
    LEAST_BYTES_A_SECOND,
    SEND_SECONDS,
    OutputBuffer,
    Phase,
    VisitorConnection,
)

HEAD = b"POST /tickets/nouveau HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: a=b\r\nContent-Length: %d\r\n\r\n"
MEGABYTE = 1 << 20


class Visitor:
    """A visitor and the portal's side of the connection."""

    def __init__(self) -> None:
        self.socket, self._server = socket.socketpair()
        self.asked_for: list[str] = []
        self.connection = VisitorConnection(self._server, ("127.0.0.1", 1), server=("", 1), cfg=Config(), now=0.0)

    def send(self, data: bytes, *, now: float) -> bool:
        return self.connection.receive(data, now=now, largest_body=self._largest)

    def overdue_at(self, data: bytes, *, each_second: int, since: float = 0.0) -> float:
        """Send the data at a rate, and return when that ends."""
        now = since
        for at in range(0, len(data), each_second):
            now += 1.0
            if now > self.connection.deadline or self.send(data[at : at + each_second], now=now):
                return now
        return self.connection.deadline

    def close(self) -> None:
        self.socket.close()
        self._server.close()

    def _largest(self, cookies: str) -> int:
        self.asked_for.append(cookies)
        return MEGABYTE if "large" in cookies else 1000


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    visitor = Visitor()
    yield visitor
    visitor.close()


def test_a_dripping_head_has_ten_seconds(visitor: Visitor):
    assert visitor.overdue_at(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1000, each_second=1) == HEAD_SECONDS + 1


def test_a_head_that_arrives_in_two_parts_is_found(visitor: Visitor):
    parts = HEAD[:-1] % 0, HEAD[-1:]

    assert [visitor.send(part, now=1.0) for part in parts] == [False, True]


def test_a_dripping_body_has_a_minute(visitor: Visitor):
    visitor.send(HEAD % 1000, now=0.0)

    assert BODY_SECONDS <= visitor.overdue_at(b"a" * 1000, each_second=1) <= BODY_SECONDS + 2


def test_a_body_on_a_slow_line_has_longer(visitor: Visitor):
    visitor.send((HEAD % MEGABYTE).replace(b"a=b", b"large"), now=0.0)

    assert visitor.overdue_at(bytes(MEGABYTE), each_second=LEAST_BYTES_A_SECOND * 3 // 4) > BODY_SECONDS + 20
    assert visitor.connection.phase is Phase.ANSWER


def test_a_body_that_stops_has_a_minute_from_there(visitor: Visitor):
    visitor.send((HEAD % MEGABYTE).replace(b"a=b", b"large"), now=0.0)
    visitor.send(bytes(MEGABYTE // 2), now=5.0)

    assert visitor.connection.deadline == 5.0 + BODY_SECONDS


def test_a_body_that_is_too_large_for_its_sender_is_passed_on_at_once(visitor: Visitor):
    assert visitor.send(HEAD % 1001, now=0.0)
    assert visitor.asked_for == ["a=b"]


def test_a_response_that_is_taken_in_drops_has_half_a_minute(visitor: Visitor):
    visitor.send(HEAD % 0, now=0.0)
    output, now = OutputBuffer(), 0.0
    output.sendall(bytes(20 * MEGABYTE))
    visitor.connection.finish(output, is_last=True)
    visitor.connection.settle(now=now, keep_alive=5.0)

    while now <= visitor.connection.deadline and now < 2 * SEND_SECONDS:
        now += 1.0
        visitor.socket.recv(1000)
        visitor.connection.send_rest(now=now)
        visitor.connection.settle(now=now, keep_alive=5.0)

    assert visitor.connection.phase is Phase.SENDING
    assert SEND_SECONDS <= now < 1.5 * SEND_SECONDS
