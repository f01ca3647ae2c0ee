"""The 96 bad inputs, and tests of those without another place."""

import ast
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.attack.bad_inputs import BAD_INPUTS
from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser, Page, signed_in
from tests.web.tickets.filling import a_file, typed

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.projections.history_queries import files_of
from izarlink_tickets.web import create_app

TESTS = Path(__file__).parents[1]
MULTIPART = "multipart/form-data; boundary=zz"
MAX_READ_BYTES = 18 * 1024 * 1024
NEW = "/tickets/nouveau"


@cache
def functions_in(file: str) -> set[str]:
    path = TESTS / file
    tree = ast.parse(path.read_text("utf-8")) if path.exists() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_of_the_96_bad_inputs_has_its_test():
    places = {row: row.test.partition("::") for row in BAD_INPUTS}
    missing = [row for row, (file, _, name) in places.items() if name not in functions_in(file)]

    assert [row.number for row in BAD_INPUTS] == list(range(1, 97))
    assert missing == []


@pytest.fixture
def alice(portal: Portal, cast: Cast) -> Browser:
    app = create_app(portal, clock=cast.clock)
    app.config["TESTING"] = True
    return signed_in(app, cast, "alice")


def recorded(portal: Portal) -> int:
    with portal.database.query() as connection:
        return len(files_of(connection, number=1))


def body_of(**fields: str) -> bytes:
    part = '--zz\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return "".join(part.format(name, value) for name, value in fields.items()).encode() + b"--zz--\r\n"


def send_raw(alice: Browser, body: bytes, **options: Any) -> Page:
    return alice.ask("POST", NEW, data=body, content_type=options.pop("content_type", MULTIPART), **options)


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_an_endless_text_is_refused(alice: Browser):
    answer = alice.send(NEW, typed(description="d" * 2_000_000))

    assert answer.status == 413
    assert alice.get("/tickets/1").status == 404


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_a_body_shorter_than_its_length_stores_nothing(alice: Browser):
    body = body_of(csrf_token=alice.token(), **typed())

    answer = send_raw(alice, body[: len(body) // 2], environ_overrides={"CONTENT_LENGTH": str(len(body))})

    assert answer.status in {400, 422}
    assert alice.get("/tickets/1").status == 404


class Endless(BytesIO):
    """A body without an end, which counts what is read of it."""

    consumed = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size > 0
        self.consumed += size
        return b"a" * size

    def readline(self, size: int | None = -1) -> bytes:
        return self.read(size if size and size > 0 else 65_536)


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_endless_chunks_are_cut_off(alice: Browser):
    body = Endless()
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    answer = send_raw(alice, b"", environ_overrides={**environ, "CONTENT_LENGTH": ""})

    assert answer.status in {400, 413}
    assert body.consumed < MAX_READ_BYTES


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=another"]
)
def test_a_body_without_its_boundary_is_refused(alice: Browser, content_type: str):
    body = body_of(csrf_token=alice.token(), **typed())

    answer = send_raw(alice, body, content_type=content_type)

    assert answer.status in {400, 422}
    assert alice.get("/tickets/1").status == 404


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_the_type_that_a_part_claims_is_ignored(alice: Browser, portal: Portal):
    file, name = a_file("mesure.txt", b"2 Mbit/s")

    answer = alice.send(NEW, typed(files=[(file, name, "image/svg+xml")]))

    assert (answer.location, recorded(portal)) == ("/tickets/1", 1)


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", ["{{{}}}", "urn:uuid:{}", "{:u}"])
def test_an_id_written_in_another_way_is_missing(portal: Portal, cast: Cast, form: str):
    app = create_app(portal, clock=cast.clock)
    account_id = cast["alice"].id

    written = account_id.upper() if form == "{:u}" else form.format(account_id)

    assert signed_in(app, cast, "root").get(f"/bureau/comptes/{written}").status == 404


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
@pytest.mark.parametrize("page", ["-1", "0", "1e9", "NaN", "", "∅", "9" * 400])
def test_an_odd_page_is_the_first(alice: Browser, portal: Portal, cast: Cast, page: str):
    open_incident(portal, cast, title="Débit à 2 Mbit/s")

    answer = alice.get("/tickets", query_string={"page": page, "apres": page, "avant": ""})

    assert answer.status == 200
    assert "Débit à 2 Mbit/s" in answer.html


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "part", ["bytes=0-3", "bytes=9-1", "bytes=-0", "bytes=0-0,2-3", "bytes=99-", "lines=1-2", "bytes=a-b"]
)
def test_a_part_of_a_file_is_right_or_the_whole(alice: Browser, portal: Portal, cast: Cast, part: str):
    open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    with portal.database.query() as connection:
        file = files_of(connection, number=1)[0]

    answer = alice.get(f"/tickets/1/pieces/{file.file_id}/{file.name}", headers={"Range": part})

    assert (answer.status, answer.response.get_data()) in {(200, b"2 Mbit/s"), (206, b"2 Mb")} or answer.status == 416
