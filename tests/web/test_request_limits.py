"""Hostile bodies on every route, and the text that is kept."""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from time import process_time

import pytest
from flask import Flask
from tests.cast import PASSWORD, Cast, Clock
from tests.web.browsing import Browser, signed_in
from tests.web.tickets.filling import MAX_BYTES
from werkzeug.routing import Rule

from izarlink_tickets.application import Portal
from izarlink_tickets.database import DatabaseBusy
from izarlink_tickets.web.guards import guard_of, public
from izarlink_tickets.web.request_limits import (
    CARRYING_BYTES,
    MAX_CARRIED_BYTES,
    MAX_CARRIED_FIELDS,
    MAX_FIELDS,
    STRANGER_BYTES,
    TEXT_BYTES,
)

pytestmark = pytest.mark.sqlite_only("sizes of requests")

MAX_CPU_SECONDS, MAX_ANSWER_BYTES = 0.2, 100_000
LARGEST_FORM_BYTES = 16 * 1024 * 1024
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
# A value of each converter.
SAMPLES = {"ticket": "1", "record": "00000000-0000-4000-8000-000000000000", "code": "DEBIT"}
TEXT = "é" * 20_000


def part(name: str, content: bytes, disposition: str = "") -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{disposition}\r\n\r\n'.encode() + content + b"\r\n"


def bodies(token: str) -> dict[str, tuple[str, bytes]]:
    """Return content types and bodies, each with the token in front."""
    field, piece = f"csrf_token={token}&".encode(), part("csrf_token", token.encode())
    return {
        "340,000 fields": (FORM, field + b"a=&" * 340_000),
        "1 MB of encoded text": (FORM, field + b"identifier=" + b"%22" * 340_000),
        "60 kB that grow when escaped": (FORM, field + b"identifier=" + b'"' * 60_000),
        "1,000 parts": (MULTIPART, piece + b"".join(part(f"a{nth}", b"") for nth in range(1000)) + b"--x--\r\n"),
        "a file of 16 MiB": (
            MULTIPART,
            piece + part("files", bytes(LARGEST_FORM_BYTES - 1000), '; filename="a.txt"') + b"--x--\r\n",
        ),
    }


class CountedStream(BytesIO):
    """A body that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read and count."""
        content = super().read(size)
        self.count += len(content)
        return content

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # narrower than the library's
        """Read and count."""
        size = super().readinto(buffer)
        self.count += size
        return size


@dataclass(frozen=True)
class Cost:
    """The cost of a request."""

    status: int
    cpu_seconds: float
    read_bytes: int
    answer_bytes: int


def ask(browser: Browser, method: str, path: str, body: tuple[str, bytes]) -> Cost:
    content_type, content = body
    stream, since = CountedStream(content), process_time()
    response = browser.client.open(
        path, method=method, input_stream=stream, content_type=content_type, content_length=len(content)
    )
    answer = response.get_data()
    cost = Cost(response.status_code, process_time() - since, stream.count, len(answer))
    response.close()
    return cost


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield each route with its methods, and some that don't exist."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, path_of(rule)
    yield from [("PUT", "/connexion"), ("POST", "/profil/securite"), ("POST", "/nulle-part")]


def forms(app: Flask) -> list[tuple[str, str]]:
    return [(method, path) for method, path in routes(app) if method == "POST"]


def forms_of_members(app: Flask, *, files: bool) -> list[tuple[str, str]]:
    """List the forms behind a guard, with files or without."""
    rules = [(rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    return [
        ("POST", path_of(rule))
        for rule, view in rules
        if "POST" in (rule.methods or ()) and guard_of(view) != public and getattr(view, "takes_files", False) is files
    ]


def path_of(rule: Rule) -> str:
    return re.sub(r"<(\w+):?\w*>", lambda match: SAMPLES.get(match[1], "x"), rule.rule)


def walk(browser: Browser, ways: Iterable[tuple[str, str]], sent: Mapping[str, tuple[str, bytes]]) -> dict[str, Cost]:
    """Send each body on each way."""
    browser.post("/profil")  # compiles the templates
    gc.disable()  # the cost of a collection depends on what the other tests have left
    try:
        return {
            f"{method} {path}, {name}": ask(browser, method, path, body)
            for name, body in sent.items()
            for method, path in ways
        }
    finally:
        gc.enable()


def excesses(costs: Mapping[str, Cost], *, readable: int) -> list[str]:
    return [
        f"{name}: {cost}"
        for name, cost in costs.items()
        if cost.status >= 500
        or cost.cpu_seconds > MAX_CPU_SECONDS
        or cost.read_bytes > readable
        or cost.answer_bytes > MAX_ANSWER_BYTES
    ]


@pytest.fixture
def former(alice: Browser, clock: Clock) -> Browser:
    """Return a browser whose session has ended."""
    alice.token()
    clock.advance(hours=1)
    return alice


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_a_hostile_body_of_a_stranger_costs_little_on_every_route(app: Flask, anonymous: Browser, cast: Cast):
    costs = walk(anonymous, routes(app), bodies(""))

    assert excesses(costs, readable=STRANGER_BYTES) == []


def test_so_does_one_with_the_token_of_a_page(app: Flask, anonymous: Browser, cast: Cast):
    costs = walk(anonymous, forms(app), bodies(anonymous.token()))

    assert excesses(costs, readable=CARRYING_BYTES) == []


def test_so_does_one_of_a_visitor_whose_session_has_ended(app: Flask, former: Browser):
    costs = walk(former, forms(app), bodies(former.token()))

    assert excesses(costs, readable=LARGEST_FORM_BYTES) == []


@pytest.mark.parametrize("name", ["alice", "root"])
def test_so_does_one_of_somebody_signed_in(app: Flask, cast: Cast, name: str):
    browser = signed_in(app, cast, name)
    too_large = {title: body for title, body in bodies(browser.token()).items() if len(body[1]) > TEXT_BYTES}

    without_files = walk(browser, forms_of_members(app, files=False), too_large)
    with_files = walk(browser, forms_of_members(app, files=True), too_large)

    assert excesses(without_files, readable=0) == []
    assert excesses(with_files, readable=LARGEST_FORM_BYTES) == []


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_the_longest_text_survives_the_end_of_the_session_beside_five_files(former: Browser):
    files = [(BytesIO(bytes(MAX_BYTES)), f"photo-{nth}.jpg") for nth in range(5)]

    page = former.send("/tickets/nouveau", {"title": "Coupure", "description": TEXT, "files": files})

    assert page.status == 401
    assert page.hidden_fields("/connexion")["garde.description"] == TEXT
    assert page.hidden_fields("/connexion")["garde_fichiers"] == "1"


def test_it_survives_the_new_sign_in(former: Browser, cast: Cast):
    page = former.send("/tickets/nouveau", {"title": "Coupure", "description": TEXT})
    fields = page.hidden_fields("/connexion")

    back = former.post("/connexion", {**fields, "identifier": cast["alice"].email, "password": PASSWORD})

    assert (back.status, back.hidden_fields("/tickets/nouveau")["description"]) == (200, TEXT)


@pytest.mark.parametrize(
    "fields",
    [
        {"comment": "Saisi", "csrf_token": "forged"},
        {"comment": "Saisi", **{f"a{nth}": "" for nth in range(MAX_CARRIED_FIELDS)}},
        {"comment": "Saisi" + "é" * (MAX_CARRIED_BYTES // 2)},
    ],
    ids=["without the token", "too many fields", "too long"],
)
def test_any_other_form_is_not_sent_back(former: Browser, fields: dict[str, str]):
    page = former.send("/profil", fields)

    assert (page.status, page.heading) == (401, "Connexion")
    assert "Saisi" not in page.html


def test_an_error_page_sends_back_the_portals_own_forms_alone(
    alice: Browser, portal: Portal, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise DatabaseBusy

    monkeypatch.setattr(portal.sign_ins, "visitor", fail)

    assert "Saisi" not in alice.post("/profil", {"name": "Saisi", "csrf_token": "forged"}).html


def test_a_text_that_is_far_too_long_is_refused_unread(alice: Browser):
    page = alice.send("/tickets/nouveau", {"title": "Coupure", "description": "a" * 600_000})

    assert (page.status, page.heading) == (413, "Envoi trop volumineux")
    assert "votre texte y est encore" in page.words


def test_more_files_than_a_form_takes_are_refused_with_the_limits_that_are_set(own_app: Flask, cast: Cast):
    own_app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    alice = signed_in(own_app, cast, "alice")

    page = alice.send("/tickets/nouveau", {"files": [(BytesIO(bytes(MAX_BYTES)), "a.txt")]})

    assert page.status == 413
    assert "dépasse 2\u00a0Mo" in page.html
    assert "Joignez 5 fichiers au plus, de 2\u00a0Mo chacun" in page.html


@pytest.mark.parametrize("count", [MAX_FIELDS - 1, MAX_FIELDS])
def test_a_form_has_at_most_two_hundred_fields(alice: Browser, count: int):
    page = alice.send("/profil", {f"a{nth}": "" for nth in range(count)})

    assert page.status == (422 if count < MAX_FIELDS else 413)
