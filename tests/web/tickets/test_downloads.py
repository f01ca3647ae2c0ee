"""Downloads of a ticket's files: rights, headers, missing files."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from sqlalchemy import text
from tests.attachments.pictures import picture
from tests.cast import Cast
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.config import Settings
from izarlink_tickets.projections.history_queries import AttachedFile, files_of
from izarlink_tickets.sealing import destroy_keys

PNG = b"\x89PNG\r\n\x1a\n<svg onload=alert(1)>"


def file_of(portal: Portal, number: int = 1) -> AttachedFile:
    with portal.database.query() as connection:
        return files_of(connection, number=number)[0]


def address(portal: Portal, number: int = 1, *, name: str | None = None) -> str:
    file = file_of(portal, number)
    return f"/tickets/{number}/pieces/{file.file_id}/{quote(name or file.name or '', safe='')}"


@pytest.fixture
def ticket_with_file(open_ticket: Callable[..., int]) -> int:
    return open_ticket(uploads=(Upload("mesure.png", PNG),))


@pytest.mark.parametrize("name", ["alice", "bob", "sam", "root", "ada"])
def test_whoever_sees_the_ticket_gets_its_files(
    browser_of: Callable[[str], Browser], portal: Portal, ticket_with_file: int, name: str
):
    answer = browser_of(name).get(address(portal))

    assert (answer.status, answer.response.data) == (200, PNG)


@pytest.mark.cve("CVE-2026-32753", "CVE-2022-25802", "CVE-2026-44229")
def test_a_file_is_saved_and_never_run(alice: Browser, portal: Portal, ticket_with_file: int):
    headers = alice.get(address(portal)).response.headers

    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"] == "attachment; filename=\"mesure.png\"; filename*=UTF-8''mesure.png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "no-store"


def test_a_type_that_is_not_accepted_is_served_as_bytes(alice: Browser, portal: Portal, ticket_with_file: int):
    with portal.database.command() as connection:
        connection.execute(text("UPDATE history_files SET media_type = 'text/html'"))

    assert alice.get(address(portal)).response.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.cve("CVE-2020-24917")
@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("débit réel.txt", "attachment; filename=\"debit reel.txt\"; filename*=UTF-8''d%C3%A9bit%20r%C3%A9el.txt"),
        ("日本.txt", "attachment; filename=\".txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt"),
        ('a"b; c%41.txt', "attachment; filename=\"ab; c41.txt\"; filename*=UTF-8''a%22b%3B%20c%2541.txt"),
        (
            "a\r\nSet-Cookie: x.txt",
            "attachment; filename=\"a Set-Cookie: x.txt\"; filename*=UTF-8''a%20Set-Cookie%3A%20x.txt",
        ),
        ("📡.txt", "attachment; filename=\".txt\"; filename*=UTF-8''%F0%9F%93%A1.txt"),
    ],
    ids=["accents", "japanese", "quotes", "line end", "emoji"],
)
def test_any_name_makes_a_well_formed_header(
    alice: Browser, portal: Portal, open_ticket: Callable[..., int], name: str, disposition: str
):
    open_ticket(uploads=(Upload(name, b"x"),))

    answer = alice.get(address(portal))

    assert answer.status == 200
    assert answer.response.headers["Content-Disposition"] == disposition


@pytest.mark.cve("CVE-2026-40496", "CVE-2026-48812")
def test_a_file_is_found_at_its_own_ticket_only(
    alice: Browser, charlie: Browser, portal: Portal, open_ticket: Callable[..., int], ticket_with_file: int
):
    own = open_ticket()
    foreign = open_ticket("charlie")
    elsewhere = address(portal).removeprefix("/tickets/1")

    assert alice.get(f"/tickets/{own}{elsewhere}").status == 404
    assert charlie.get(f"/tickets/{foreign}{elsewhere}").status == 404


@pytest.mark.parametrize("name", ["autre.png", "mesure.PNG", "mesure.png%00", "..%2f..%2fetc%2fpasswd", "%c0%ae"])
def test_another_name_finds_nothing(alice: Browser, portal: Portal, ticket_with_file: int, name: str):
    assert alice.get(address(portal).replace("mesure.png", name)).status == 404


@pytest.mark.parametrize("file_id", ["x", "1", "9" * 30, "%00", "00000000-0000-0000-0000-000000000000", "UPPER", "{}"])
def test_an_odd_id_finds_nothing(alice: Browser, portal: Portal, ticket_with_file: int, file_id: str):
    known = file_of(portal).file_id
    odd = {"UPPER": known.upper(), "{}": f"{{{known}}}"}.get(file_id, file_id)

    assert alice.get(f"/tickets/1/pieces/{odd}/mesure.png").status == 404


def test_an_erased_file_says_so(bob: Browser, portal: Portal, cast: Cast, ticket_with_file: int):
    before = address(portal)
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())

    at_once = bob.get(before)
    portal.read_models.rebuild()
    later = bob.get(before)

    assert (at_once.status, at_once.heading) == (410, "Fichier effacé")
    assert (later.status, later.heading) == (410, "Fichier effacé")


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_file_is_never_served(
    alice: Browser, portal: Portal, settings: Settings, ticket_with_file: int, damage: str
):
    sha256 = file_of(portal).sha256
    blob = settings.attachments_folder / sha256[:2] / sha256
    blob.rename(blob.with_suffix(".away"))
    {"cut": blob, "gone": blob.with_suffix(".else")}[damage].write_bytes(b"cut")

    answer = alice.get(address(portal))

    assert (answer.status, answer.heading) == (503, "Fichier illisible pour le moment")


# --- thumbnails -------------------------------------------------------------------------------------------------------


@pytest.fixture
def ticket_with_picture(open_ticket: Callable[..., int]) -> int:
    return open_ticket(uploads=(Upload("mesure.png", picture()),))


def thumbnail_address(portal: Portal, number: int = 1) -> str:
    return f"/tickets/{number}/apercus/{file_of(portal, number).file_id}"


def test_a_picture_shows_in_the_timeline_and_stays_a_download(alice: Browser, portal: Portal, ticket_with_picture: int):
    page = alice.get("/tickets/1")
    link = next(link for link in page.tree.iter("a") if link.get("href") == address(portal))
    image = link.find("img")

    assert image is not None
    assert dict(image.attrib) == {
        "src": thumbnail_address(portal),
        "alt": "",
        "width": "20",
        "height": "15",
        "loading": "lazy",
        "decoding": "async",
    }


def test_a_thumbnail_is_shown_in_place_and_runs_nothing(alice: Browser, portal: Portal, ticket_with_picture: int):
    answer = alice.get(thumbnail_address(portal))
    headers = answer.response.headers

    assert (answer.status, headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.response.data.startswith(b"\xff\xd8\xff")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Content-Disposition" not in headers


def test_a_damaged_picture_is_attached_without_a_thumbnail(alice: Browser, portal: Portal, ticket_with_file: int):
    assert file_of(portal).thumbnail_sha256 is None
    assert alice.get("/tickets/1").tree.find(".//img") is None
    assert alice.get(thumbnail_address(portal)).status == 404


def test_a_thumbnail_is_sealed(portal: Portal, settings: Settings, ticket_with_picture: int):
    blobs = [path.read_bytes() for path in settings.attachments_folder.rglob("*") if path.is_file()]

    assert len(blobs) == 2
    assert not any(b"\xff\xd8\xff" in blob[:64] or b"\x89PNG" in blob for blob in blobs)


def test_a_thumbnail_is_erased_with_its_file(bob: Browser, portal: Portal, cast: Cast, ticket_with_picture: int):
    before = thumbnail_address(portal)
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())
    portal.read_models.rebuild()

    assert bob.get(before).status == 410
    assert bob.get("/tickets/1").tree.find(".//img") is None


def test_a_stranger_gets_no_thumbnail(
    charlie: Browser, portal: Portal, open_ticket: Callable[..., int], ticket_with_picture: int
):
    own = open_ticket("charlie")

    assert charlie.get(thumbnail_address(portal)).status == 404
    assert charlie.get(thumbnail_address(portal).replace("/1/", f"/{own}/")).status == 404
