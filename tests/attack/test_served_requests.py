"""Fuzzed and smuggled requests through the real server."""

import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException

import pytest
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as options
from hypothesis import strategies as st
from tests.attack.assault import Assault
from tests.attack.grammar import TOKEN, Request, quoted_path, requests
from tests.attack.world import open_world
from tests.cast import PASSWORD
from tests.cli.processes import PATIENCE_SECONDS, Running, started, wait_until
from tests.stage import Stage

SERVED = 1_200
# With a body of another length the server waits for more, as it should.
BODY_HEADERS = {"content-length", "expect", "transfer-encoding"}
CREDENTIALS = "csrf_token={}&identifier=alice%40etxea.example&password=" + PASSWORD.replace(" ", "+")
HOST = b"Host: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
HIDDEN = b"GET /static/hidden HTTP/1.1\r\n" + HOST + b"\r\n"
# Requests that two servers in a row could read differently: the second one inside must not be answered.
SMUGGLED = {
    "chunks after a length": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(HIDDEN)),
    "a length after chunks": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "chunked in capitals twice": b"Transfer-Encoding: cHuNkEd\r\nTransfer-encoding: cow\r\n\r\n0\r\n\r\n",
    "a tab before chunked": b"Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "a vertical tab": b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 3\r\n\r\n",
    "chunked, identity": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "a length with a comma": b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN),
    "a length in hexadecimal": b"Content-Length: 0x0\r\n\r\n",
    "a length with an underscore": b"Content-Length: 1_0\r\n\r\n",
    "a name with a space": b"Content-Length : 0\r\n\r\n",
    "an underscore for a dash": b"Transfer_Encoding: chunked\r\nTransfer-Encoding : chunked\r\n\r\n",
    "a chunk of a huge size": b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
    "a chunk of a signed size": b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n",
    "a chunk with 0x": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "a bare CR in a head": b"X: a\rContent-Length: 0\r\n\r\n",
}


@pytest.fixture
def serving(stage: Stage, tmp_path) -> Iterator[Running]:
    keys = {name: (stage.folder / name.lower()).read_text().strip() for name in ("SECRET_KEY", "SEALING_KEY")}
    with started(
        "serve",
        "--web-only",
        settings=stage.settings(tmp_path),
        SECRET_KEY=keys["SECRET_KEY"],
        SEALING_KEY=keys["SEALING_KEY"],
    ) as running:
        wait_until(running.answers, while_alive=running.process)
        yield running


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_no_request_is_smuggled_within_another(serving: Running, figure):
    head = b"POST /connexion HTTP/1.1\r\n" + HOST + FORM

    answers = {name: answered(serving.port, head + rest + HIDDEN) for name, rest in SMUGGLED.items()}

    figure("smuggled requests", len(answers))
    assert {name: text for name, text in answers.items() if text.count(b"HTTP/1.1 ") != 1} == {}
    assert {name: text[:12] for name, text in answers.items() if not re.match(rb"HTTP/1\.1 (400|501|413)", text)} == {}
    assert serving.answers()


def answered(port: int, data: bytes) -> bytes:
    """Send bytes as they are; return all that comes back."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_a_thousand_fuzzed_requests_through_the_server(serving: Running, stage: Stage, tmp_path, figure):
    with open_world(stage, tmp_path / "world") as world:
        assault = Assault(world, ())
        assault.find_forms()
        forms = [form for who, form in assault.one_of_each() if who == "customer"]
        grammar = st.lists(requests(world, "customer", forms), min_size=20, max_size=20)
    cookie, token = signed_in(serving.port)
    statuses: Counter[int] = Counter()

    @seed(6)
    @options(
        max_examples=SERVED // 20,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(grammar)
    def run(batch: list[Request]) -> None:
        statuses.update(status_of(serving.port, request, cookie, token) for request in batch)

    run()

    figure("fuzzed requests through the server", sum(statuses.values()))
    figure("answers", dict(sorted(statuses.items())))
    assert not [status for status in statuses if status >= 500 and status != 501]
    assert serving.answers()
    assert "Traceback" not in serving.err.read_text()


def signed_in(port: int) -> tuple[str, str]:
    """Sign alice in; return her cookie and the token of her forms."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        cookie, token = "", ""
        for method, path, body in (
            ("GET", "/connexion", ""),
            (
                "POST",
                "/connexion",
                "csrf_token={}&identifier=alice%40etxea.example&password=" + PASSWORD.replace(" ", "+"),
            ),
            ("GET", "/profil", ""),
        ):
            content = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            connection.request(method, path, body.format(token), {"Cookie": cookie, **content})
            response = connection.getresponse()
            text = response.read().decode()
            cookie = response.headers.get("Set-Cookie", cookie).partition(";")[0]
            token = (re.findall(r'name="csrf_token" value="([^"]+)"', text) or [token])[0]
    return cookie, token


def status_of(port: int, request: Request, cookie: str, token: str) -> int:
    """Send a request with the cookie; return 0 without an answer."""
    own = {name: value for name, value in request.headers if name.lower() not in BODY_HEADERS}
    headers = {"Cookie": cookie, **own}
    if request.content_type:
        headers["Content-Type"] = request.content_type
    body = request.body.replace(TOKEN.encode(), token.encode())
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        try:
            connection.request(request.method, quoted_path(request), body, headers)
            return connection.getresponse().status
        except (HTTPException, OSError, ValueError):
            # The client refuses to send it, or the server has said enough.
            return 0
