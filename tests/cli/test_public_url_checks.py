"""`doctor --url`: checks of the public address and the proxy."""

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
Proxy = Callable[[WSGI], WSGI]
OutsideChecks = Callable[[], dict[str, tuple[str, str]]]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def visited(portal: Portal, clock: Clock, environment: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a portal behind the last proxy of `proxies_in_front`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment.setenv("IZARLINK_BASE_URL", url)
    app = application(portal, clock)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return proxies_in_front[-1](app)(environ, start_response)

    with make_server("127.0.0.1", port, answer, handler_class=Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield url
        server.shutdown()


proxies_in_front: list[Proxy] = [lambda app: app]


@pytest.fixture
def behind() -> Iterator[Callable[[Proxy], None]]:
    """Put another proxy in front."""
    yield proxies_in_front.append
    del proxies_in_front[1:]


@pytest.fixture
def outside_checks(visited: str, command: Command) -> OutsideChecks:
    def run() -> dict[str, tuple[str, str]]:
        results = json.loads(command("doctor", "--url", visited, "--json").out)
        return {
            result["check"]: (result["status"], result["detail"])
            for result in results
            if result["check"].endswith("outside")
        }

    return run


def limiting_proxy(app: WSGI) -> WSGI:
    """Refuse forms above the default limit of nginx."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size <= MEGABYTE:
            return app(environ, start_response)
        environ["wsgi.input"].read(size)
        start_response("413 Request Entity Too Large", [("Content-Length", "0")])
        return []

    return answer


def adding_proxy(name: str, value: str) -> Proxy:
    """Build a proxy that adds a header."""

    def proxy(app: WSGI) -> WSGI:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            return app(environ, lambda status, headers: start_response(status, [*headers, (name, value)]))

        return answer

    return proxy


def other_site(_: WSGI) -> WSGI:
    """Answer as another site."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "0")])
        return []

    return answer


def test_a_proxy_that_passes_everything_on_is_sound(outside_checks: OutsideChecks):
    assert outside_checks() == {
        "pages from outside": ("ok", "the sign-in page loads"),
        "uploads from outside": ("ok", "forms of 10 MiB pass"),
        "figures from outside": ("ok", "hidden from visitors"),
    }


def test_a_proxy_that_refuses_files_is_found(outside_checks: OutsideChecks, behind: Callable[[Proxy], None]):
    behind(limiting_proxy)

    assert outside_checks()["uploads from outside"] == ("failed", "the proxy in front refuses a form of 10 MiB (413)")


def test_a_proxy_that_adds_a_policy_is_found(outside_checks: OutsideChecks, behind: Callable[[Proxy], None]):
    behind(adding_proxy("Content-Security-Policy", "default-src *"))

    assert outside_checks()["pages from outside"][0] == "warning"


def test_a_proxy_that_hides_the_origin_of_forms_is_found(
    outside_checks: OutsideChecks, behind: Callable[[Proxy], None]
):
    behind(adding_proxy("Referrer-Policy", "no-referrer"))

    assert outside_checks()["pages from outside"] == (
        "warning",
        "the proxy in front sets Referrer-Policy: no-referrer",
    )


def test_another_site_is_found(outside_checks: OutsideChecks, behind: Callable[[Proxy], None]):
    behind(other_site)

    assert outside_checks() == {"pages from outside": ("failed", "the sign-in page answers 200")}


def test_an_address_other_than_that_of_mails_is_found(
    outside_checks: OutsideChecks, environment: pytest.MonkeyPatch, visited: str
):
    environment.setenv("IZARLINK_BASE_URL", "https://support.example")

    assert outside_checks()["pages from outside"] == ("warning", "mails link to https://support.example")


@pytest.mark.parametrize("url", ["support.example", "ftp://support.example", "http://support.example/tickets"])
def test_an_invalid_address_is_refused(command: Command, url: str):
    ended = command("doctor", "--url", url)

    assert ended.code == 2
    assert "--url" in ended.err


def test_an_untrusted_proxy_is_found(command: Command, environment: pytest.MonkeyPatch):
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
def test_trusted_proxies_are_checked(
    command: Command, environment: pytest.MonkeyPatch, base_url: str, proxies: str, status: str
):
    environment.setenv("IZARLINK_BASE_URL", base_url)
    environment.setenv("IZARLINK_TRUSTED_PROXIES", proxies)

    results = json.loads(command("doctor", "--json").out)

    assert [result["status"] for result in results if result["check"] == "proxies"] == [status]
