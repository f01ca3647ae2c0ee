"""The web worker: slow visitors, malformed requests, requests that wait."""

import re
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

import pytest
from tests.cli.processes import PATIENCE_SECONDS, Running, started, wait_until

from izarlink_tickets.config import Settings
from izarlink_tickets.web.request_limits import STRANGER_BYTES

VISITORS = 64
MAX_WAIT_SECONDS = 1.0
# Two for each worker.
FORMS = 4
HOST = b"Host: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /connexion HTTP/1.1\r\n" + HOST + FORM
GET = b"GET /-/live HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "two lengths": (POST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "length and chunks": (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "negative length": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "signed length": (POST + b"Content-Length: +4\r\n\r\nabcd", 400),
    "chunked twice": (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "unknown coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    "space before colon": (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "bare line feeds": (b"GET /-/live HTTP/1.1\nHost: 127.0.0.1\n\n", 400),
    "one bare line feed": (b"GET /-/live HTTP/1.1\r\nHost: 127.0.0.1\nX: b\r\n\r\n", 400),
    "folded field": (GET + b"X: b\r\n c\r\n\r\n", 400),
    "null in a field": (GET + b"X: b\0c\r\n\r\n", 400),
    "null in the path": (b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "two hosts": (GET + b"Host: example.org\r\n\r\n", 400),
    "100 kB field": (GET + b"X: " + b"a" * 100_000 + b"\r\n\r\n", 431),
    "1,000 fields": (GET + b"".join(b"X-%d: a\r\n" % number for number in range(1000)) + b"\r\n", 431),
    "9 kB of cookies": (GET + b"Cookie: a=" + b"a" * 9_000 + b"\r\n\r\n", 431),
    "20 kB address": (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "chunk of no size": (CHUNKED + b"zz\r\n", 400),
    "chunk of a negative size": (CHUNKED + b"-5\r\nabcde\r\n0\r\n\r\n", 400),
    "chunk that goes on": (CHUNKED + b"4\r\nabcdXX0\r\n\r\n", 400),
    "chunk with a bare line feed": (CHUNKED + b"4\nabcd\n0\n\n", 400),
    "chunk of a wrong extension": (CHUNKED + b"4;a\nxx\r\nabcd\r\n0\r\n\r\n", 400),
}
# Each is sent by many visitors at once, who then wait.
UNFINISHED = {
    "nothing": b"",
    "half a head": GET + b"X: ",
    "a head without its body": POST + b"Content-Length: 5000\r\n\r\n",
    "half a chunk": CHUNKED + b"1000\r\nabc",
}
UNREAD_PAGES = (b"GET /connexion HTTP/1.1\r\n" + HOST + b"\r\n") * 100


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("portal")


@pytest.fixture(scope="module")
def serving(data_dir: Path) -> Iterator[Running]:
    """Server of all tests here; each leaves it as it was."""
    with started("up", settings=Settings.read({"IZARLINK_DATA_DIR": str(data_dir)})) as running:
        wait_until(running.answers, while_alive=running.process)
        yield running


def send(port: int, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    connection.settimeout(PATIENCE_SECONDS)
    connection.sendall(data)
    return connection


def status_of(port: int, data: bytes) -> int:
    """Send a request as it is; return the status of the response."""
    with closing(send(port, data)) as connection:
        return int(connection.makefile("rb").readline().split()[1])


@contextmanager
def many(port: int, data: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(send(port, data))) for _ in range(VISITORS)]


def test_malformed_requests_are_refused_and_the_server_goes_on(serving: Running):
    statuses = {name: status_of(serving.port, data) for name, (data, _) in MALFORMED.items()}

    assert statuses == {name: status for name, (_, status) in MALFORMED.items()}
    assert serving.answers()
    assert "Traceback" not in serving.err.read_text()


@pytest.mark.parametrize(
    ("request_name", "title"), [("20 kB address", "Adresse trop longue"), ("9 kB of cookies", "Trop de cookies")]
)
def test_a_head_that_is_too_long_gets_a_page_of_the_portal(serving: Running, request_name: str, title: str):
    with closing(send(serving.port, MALFORMED[request_name][0])) as connection:
        answer = connection.makefile("rb").read().decode()

    head, _, page = answer.partition("\r\n\r\n")
    assert f"<h1>{title}</h1>" in page
    assert "Content-Security-Policy: default-src 'none'" in head
    assert f"Content-Length: {len(page.encode())}" in head


@contextmanager
def dripping(visitors: list[socket.socket]) -> Iterator[None]:
    """Let each visitor send a byte, again and again, during the block."""
    is_over = threading.Event()

    def drip() -> None:
        while not is_over.wait(0.01):
            for visitor in visitors:
                with suppress(OSError):
                    visitor.send(b"a")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def seconds_until_live(running: Running) -> float:
    began_at = monotonic()
    assert running.get("/-/live") == (200, b"ok\n")
    return monotonic() - began_at


def test_visitors_who_stop_half_way_keep_nobody_waiting(serving: Running):
    waits = {}
    for name, data in UNFINISHED.items():
        with many(serving.port, data):
            waits[name] = seconds_until_live(serving)

    assert {name: seconds for name, seconds in waits.items() if seconds > MAX_WAIT_SECONDS} == {}


def test_visitors_who_read_none_of_their_pages_keep_nobody_waiting(serving: Running):
    with many(serving.port, UNREAD_PAGES):
        assert serving.get("/-/live") == (200, b"ok\n")


@pytest.mark.parametrize("data", [GET + b"X: ", POST + b"Content-Length: 60000\r\n\r\n"], ids=["head", "body"])
def test_visitors_who_drip_keep_nobody_waiting(serving: Running, data: bytes):
    with many(serving.port, data) as visitors, dripping(visitors):
        waits = [seconds_until_live(serving) for _ in range(5)]

    assert max(waits) < MAX_WAIT_SECONDS


def test_a_head_that_takes_too_long_is_refused(serving: Running):
    assert status_of(serving.port, UNFINISHED["half a head"]) == 408


def test_a_connection_serves_several_requests_even_sent_together(serving: Running):
    with closing(send(serving.port, (GET + b"\r\n") * 2 + GET + b"Connection: close\r\n\r\n")) as connection:
        answers = connection.makefile("rb").read()

    assert answers.count(b"HTTP/1.1 200 OK\r\n") == answers.count(b"\r\n\r\nok\n") == 3


def test_a_visitor_who_asks_first_is_invited_to_send_the_body(serving: Running):
    with closing(send(serving.port, POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")) as connection:
        answers = connection.makefile("rb")
        invitation = [answers.readline(), answers.readline()]
        connection.sendall(b"abcd")
        status = answers.readline()

    assert invitation == [b"HTTP/1.1 100 Continue\r\n", b"\r\n"]
    assert status.startswith(b"HTTP/1.1 400 ")  # a form without its token


def test_a_chunked_form_reaches_the_page(serving: Running):
    before = serving.err.read_text().count("malformed_request")

    assert status_of(serving.port, CHUNKED + b"4;name=value\r\nabcd\r\n0\r\nX: b\r\n\r\n") == 400
    assert serving.err.read_text().count("malformed_request") == before


@pytest.mark.parametrize("length", [STRANGER_BYTES + 1, 30_000_000])
def test_a_body_that_no_page_accepts_is_refused_before_it_arrives(serving: Running, length: int):
    head = POST + f"Content-Length: {length}\r\n\r\n".encode()
    with closing(send(serving.port, head + b"a" * 1000)) as connection:
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Content-Security-Policy" in answer


def sign_in(port: int, over: list[int]) -> None:
    """Try to sign in; add the status of the response."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("GET", "/connexion")
        page = connection.getresponse()
        cookie, content = page.headers["Set-Cookie"].partition(";")[0], page.read().decode()
        fields = dict(re.findall(r'name="(csrf_token|command_id)" value="([^"]+)"', content))
        form = urlencode({**fields, "identifier": "nobody@etxea.example", "password": "wrong"})
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/connexion", form, headers)
        over.append(connection.getresponse().status)


def test_requests_that_wait_for_a_lock_keep_no_page_waiting(serving: Running, data_dir: Path):
    over, pages = list[int](), list[int]()
    forms = [threading.Thread(target=sign_in, args=(serving.port, over)) for _ in range(FORMS)]
    with closing(sqlite3.connect(data_dir / "izarlink.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for form in forms:
            form.start()
        pages += [serving.get("/connexion")[0] for _ in range(FORMS)]
        were_waiting = len(over) < FORMS
        other.execute("ROLLBACK")
    for form in forms:
        form.join()

    assert (pages, were_waiting, len(over)) == ([200] * FORMS, True, FORMS)
