"""`doctor --url`: what the server in front lets through, asked as a visitor."""

import json
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from tests.cast import Clock
from tests.cli.conftest import Command, on_sqlite
from tests.ports import free_port
from tests.web.applications import application

from izarlink_tickets.application import Portal

pytestmark = on_sqlite
MEGABYTE = 1 << 20
WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Front = Callable[[WSGI], WSGI]
Examined = Callable[[], dict[str, tuple[str, str]]]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def visited(portal: Portal, clock: Clock, environment: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the portal behind the server that `front` makes of it, and name the address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment.setenv("IZARLINK_BASE_URL", url)
    app = application(portal, clock)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return fronts[-1](app)(environ, start_response)

    with make_server("127.0.0.1", port, answer, handler_class=Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield url
        server.shutdown()


fronts: list[Front] = [lambda app: app]


@pytest.fixture
def behind() -> Iterator[Callable[[Front], None]]:
    """Put another server in front."""
    yield fronts.append
    del fronts[1:]


@pytest.fixture
def examined(visited: str, command: Command) -> Examined:
    def examine() -> dict[str, tuple[str, str]]:
        found = json.loads(command("doctor", "--url", visited, "--json").out)
        return {one["check"]: (one["status"], one["detail"]) for one in found if one["check"].endswith("outside")}

    return examine


def narrow(app: WSGI) -> WSGI:
    """Refuse what is larger than nginx lets through by itself."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size <= MEGABYTE:
            return app(environ, start_response)
        environ["wsgi.input"].read(size)
        start_response("413 Request Entity Too Large", [("Content-Length", "0")])
        return []

    return answer


def zealous(app: WSGI) -> WSGI:
    """Add a policy of its own."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        policy = ("Content-Security-Policy", "default-src *")
        return app(environ, lambda status, headers: start_response(status, [*headers, policy]))

    return answer


def strange(_: WSGI) -> WSGI:
    """Be another site."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "0")])
        return []

    return answer


def test_a_server_that_lets_everything_through_is_sound(examined: Examined):
    assert examined() == {
        "pages from outside": ("ok", "the sign-in page is there"),
        "uploads from outside": ("ok", "forms of 10 MiB come through"),
        "figures from outside": ("ok", "not shown to visitors"),
    }


def test_a_server_that_refuses_files_is_found(examined: Examined, behind: Callable[[Front], None]):
    behind(narrow)

    assert examined()["uploads from outside"] == ("failed", "a form of 10 MiB is refused by the server in front (413)")


def test_a_server_that_adds_a_policy_is_found(examined: Examined, behind: Callable[[Front], None]):
    behind(zealous)

    assert examined()["pages from outside"][0] == "warning"


def test_another_site_is_found(examined: Examined, behind: Callable[[Front], None]):
    behind(strange)

    assert examined() == {"pages from outside": ("failed", "the sign-in page answers 200")}


def test_an_address_that_mails_do_not_name_is_found(examined: Examined, environment: pytest.MonkeyPatch, visited: str):
    environment.setenv("IZARLINK_BASE_URL", "https://support.example")

    assert examined()["pages from outside"] == ("warning", "mails link to https://support.example")


@pytest.mark.parametrize("url", ["support.example", "ftp://support.example", "http://support.example/tickets"])
def test_what_is_no_address_is_refused(command: Command, url: str):
    ended = command("doctor", "--url", url)

    assert ended.code == 2
    assert "--url" in ended.err


def test_a_portal_behind_a_proxy_that_it_does_not_know_is_found(command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_BASE_URL", "https://support.example")

    assert "warning proxies: none is trusted" in command("doctor").out


@pytest.mark.parametrize(
    ("base_url", "proxies", "status"),
    [
        ("http://127.0.0.1:8000", "10.0.0.1", "ok"),
        ("https://support.example", "10.0.0.1", "ok"),
        ("https://support.example", "0.0.0.0/0", "failed"),
    ],
)
def test_who_is_trusted_to_know_visitors_is_asked(
    command: Command, environment: pytest.MonkeyPatch, base_url: str, proxies: str, status: str
):
    environment.setenv("IZARLINK_BASE_URL", base_url)
    environment.setenv("IZARLINK_TRUSTED_PROXIES", proxies)

    found = json.loads(command("doctor", "--json").out)

    assert [one["status"] for one in found if one["check"] == "proxies"] == [status]
