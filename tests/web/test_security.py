"""The checks of every request. The test browser checks the response headers."""

import gzip
import re
from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask, Response, request
from tests.cast import Cast, Clock
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.web import create_app
from izarlink_tickets.web.guards import public

pytestmark = pytest.mark.sqlite_only("headers, hosts and sizes")

# Nothing here depends on which database it is.

POLICY = {
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}


def portal_with(portal: Portal, **changed: object) -> Portal:
    return replace(portal, settings=portal.settings.model_copy(update=changed))


def probe() -> Response:
    return Response(f"{request.remote_addr} {request.scheme} {request.host}", mimetype="text/plain")


@pytest.mark.cve("CVE-2024-3262")
@pytest.mark.parametrize("path", ["/connexion", "/profil", "/nulle-part", "/-/live", "/static/x/nothing.css"])
def test_every_answer_carries_the_same_protection(anonymous: Browser, cast: Cast, path: str):
    headers = anonymous.get(path).response.headers

    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Server" not in headers


@pytest.mark.parametrize("path", ["/connexion", "/nulle-part", "/-/live", "/static/000000000000/app.css"])
def test_every_answer_names_its_type_and_encoding(anonymous: Browser, cast: Cast, path: str):
    content_type = anonymous.get(path).response.headers["Content-Type"]

    assert re.fullmatch(r"text/(html|plain|css); charset=utf-8", content_type)


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_other_site_may_read_an_answer(anonymous: Browser, cast: Cast, origin: str):
    headers = anonymous.get("/connexion", headers={"Origin": origin}).response.headers

    assert [name for name, _ in headers if name.startswith("Access-Control-")] == []


def test_static_files_are_kept_for_ever_under_a_name_that_changes(anonymous: Browser, cast: Cast):
    address = re.search(r'href="(/static/[0-9a-f]{12}/app\.css)"', anonymous.get("/connexion").html)
    assert address is not None

    answer = anonymous.get(address[1])

    assert answer.response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.response.mimetype == "text/css"
    assert "Set-Cookie" not in answer.response.headers


def test_a_page_from_before_an_update_gets_the_new_style_for_once(anonymous: Browser, cast: Cast):
    answer = anonymous.get("/static/000000000000/app.css")

    assert (answer.status, answer.response.headers["Cache-Control"]) == (200, "no-store")


def test_static_files_travel_compressed(anonymous: Browser, cast: Cast):
    answer = anonymous.get("/static/000000000000/app.css", headers={"Accept-Encoding": "gzip"})

    assert answer.response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.response.data).startswith(b":root")


def test_over_https_the_cookie_is_bound_to_the_host(portal: Portal, clock: Clock):
    changed = portal_with(portal, base_url="https://support.example", trusted_hosts=("support.example",))
    app = create_app(changed, clock=clock)

    answer = Browser(app, base_url="https://support.example").get("/connexion")

    cookie = answer.response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-izarlink=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_over_https_the_cookie_of_a_known_browser_is_bound_to_the_host(portal: Portal, cast: Cast, clock: Clock):
    changed = portal_with(portal, base_url="https://support.example", trusted_hosts=("support.example",))
    browser = Browser(create_app(changed, clock=clock), base_url="https://support.example")

    cookies = browser.sign_in("alice@etxea.example").response.headers.getlist("Set-Cookie")

    (cookie,) = (cookie for cookie in cookies if cookie.startswith("__Host-izarlink-browser="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict", "Max-Age=15552000"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_without_https_no_browser_is_told_to_insist_on_it(anonymous: Browser):
    assert "Strict-Transport-Security" not in anonymous.get("/connexion").response.headers


@pytest.mark.cve("CVE-2026-34442")
@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:8000@evil.example", "", "a b", "127.0.0.1:99999", "[", "é"],
)
def test_a_foreign_host_is_refused(anonymous: Browser, cast: Cast, host: str):
    answer = anonymous.get("/connexion", headers={"Host": host})

    assert (answer.status, answer.heading) == (400, "Demande incomplète")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "127.0.0.1"])
def test_the_portal_answers_under_its_own_names(anonymous: Browser, cast: Cast, host: str):
    assert anonymous.get("/connexion", headers={"Host": host}).status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_a_probe_may_ask_the_machine_itself(portal: Portal, clock: Clock, host: str):
    app = create_app(portal_with(portal, trusted_hosts=("support.example", ".apps.example")), clock=clock)
    browser = Browser(app, base_url="http://support.example")

    assert browser.get("/-/live", headers={"Host": host}).status == 200
    assert browser.get("/connexion", headers={"Host": host}).status == 400
    assert browser.get("/connexion", headers={"Host": "a.apps.example"}).status == 200


def test_what_proxies_say_is_believed_of_ours_alone(portal: Portal, clock: Clock):
    trusting = portal_with(
        portal, trusted_proxies=(ip_network("10.1.0.0/16"),), trusted_hosts=("support.example", "127.0.0.1")
    )
    app = create_app(trusting, clock=clock)
    app.add_url_rule("/sonde", view_func=public(probe))
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "support.example"}

    known = Browser(app).get("/sonde", headers=forwarded, environ_base={"REMOTE_ADDR": "10.1.2.3"})
    unknown = Browser(app).get("/sonde", headers=forwarded, environ_base={"REMOTE_ADDR": "10.2.2.3"})
    nameless = Browser(app).get("/sonde", headers=forwarded, environ_base={"REMOTE_ADDR": ""})

    assert known.response.text == "203.0.113.7 https support.example"
    assert unknown.response.text == "10.2.2.3 http 127.0.0.1:8000"
    assert nameless.response.text == " http 127.0.0.1:8000"


def test_without_proxies_of_ours_nothing_forwarded_is_believed(own_app: Flask):
    own_app.add_url_rule("/sonde", view_func=public(probe))

    answer = Browser(own_app).get(
        "/sonde", headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "evil.example"}
    )

    assert answer.response.text == "127.0.0.1 http 127.0.0.1:8000"


@pytest.mark.parametrize("mimetype", ["application/json", "text/xml", "text/plain"])
def test_only_forms_are_taken(anonymous: Browser, cast: Cast, mimetype: str):
    answer = anonymous.post("/connexion", content_type=mimetype)

    assert (answer.status, answer.heading) == (415, "Format refusé")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_methods_that_no_page_knows_are_refused(anonymous: Browser, cast: Cast, method: str):
    answer = anonymous.ask(method, "/connexion")

    assert answer.status == 405
    assert set(answer.response.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_head_answers_like_get_without_the_page(anonymous: Browser, cast: Cast):
    answer = anonymous.ask("HEAD", "/connexion")

    assert (answer.status, answer.response.data) == (200, b"")


def test_a_foreign_host_learns_nothing_of_who_is_signed_in(alice: Browser):
    page = alice.get("/profil", headers={"Host": "127.0.0.1.evil.example:8000"})

    assert page.status == 400
    assert "Alice" not in page.html
