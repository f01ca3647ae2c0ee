"""The files of a form: accepted, refused, and pending with the form."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.cast import Cast
from tests.web.browsing import Browser, Page, signed_in, text_of
from tests.web.tickets.filling import MAX_BYTES, a_file, typed

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings
from izarlink_tickets.projections.history_queries import files_of
from izarlink_tickets.sessions.pending_uploads import pending_uploads


def attached(portal: Portal, number: int = 1) -> list[tuple[str | None, int]]:
    with portal.database.query() as connection:
        return [(file.name, file.size) for file in files_of(connection, number=number)]


def pending_files(page: Page) -> list[str]:
    return [text_of(item.find("./span/bdi")) for item in page.tree.findall(".//fieldset//ul[@class='files']/li")]


def again(page: Page, **changes: Any) -> dict[str, Any]:
    """Send the form as it came back, corrected."""
    return typed(command_id=page.value("command_id"), form_id=page.value("form_id"), **changes)


def blobs(settings: Settings) -> list[Path]:
    return [path for path in settings.attachments_folder.rglob("*") if path.is_file()]


# --- taken ------------------------------------------------------------------------------------------------------------


def test_five_files_are_attached(alice: Browser, portal: Portal):
    files = [a_file(f"mesure-{nth}.txt") for nth in range(5)]

    answer = alice.send("/tickets/nouveau", typed(files=files))

    assert answer.location == "/tickets/1"
    assert sorted(attached(portal)) == [(f"mesure-{nth}.txt", 8) for nth in range(5)]


def test_a_file_of_exactly_2_mib_is_attached(alice: Browser, portal: Portal):
    alice.send("/tickets/nouveau", typed(files=[a_file("journal.log", b"a" * MAX_BYTES)]))

    assert attached(portal) == [("journal.log", MAX_BYTES)]


@pytest.mark.cve("CVE-2024-23793")
@pytest.mark.parametrize(
    ("name", "recorded"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("Mesure.TXT", "Mesure.TXT"),
        ("débit 📡.txt", "débit 📡.txt"),
        ("a" * 300 + ".txt", "a" * 146 + ".txt"),
        ("\u202etxt.txt", "txt.txt"),
    ],
)
def test_a_name_is_data(alice: Browser, portal: Portal, name: str, recorded: str):
    alice.send("/tickets/nouveau", typed(files=[a_file(name)]))

    assert attached(portal) == [(recorded, 8)]


def test_an_empty_choice_is_no_file(alice: Browser, portal: Portal):
    answer = alice.send("/tickets/nouveau", typed(files=[a_file("", b"")]))

    assert answer.location == "/tickets/1"
    assert attached(portal) == []


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.cve("CVE-2018-7562", "CVE-2025-24801")
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (("vide.txt", b""), (422, "Le fichier « vide.txt » est vide.")),
        (("gros.log", b"a" * (MAX_BYTES + 1)), (413, "« gros.log » doit peser 2 Mo au plus (le vôtre : 2,1 Mo).")),
        (("a.php", b"<?php"), (415, "Le fichier « a.php » n’est pas accepté : aucun programme ne l’est.")),
        ((".htaccess", b"x"), (415, "n’est pas accepté")),
        (("a.pdf.exe", b"%PDF-"), (415, "n’est pas accepté")),
        (("a.png", b"<svg onload=alert(1)>"), (415, "Le contenu du fichier « a.png » ne correspond pas à .png.")),
        (("a.docm", b"PK\x03\x04"), (415, "Le fichier « a.docm » n’est pas accepté : enregistrez-le en PDF.")),
        (("a.xyz", b"a"), (415, "Le type du fichier « a.xyz » n’est pas accepté. Types acceptés : pdf, png")),
        (("a.zip", b"PK\x03\x04rien"), (422, "est endommagé")),
    ],
    ids=lambda values: values[0] if isinstance(values[0], str) else "",
)
def test_an_odd_file_is_refused_with_the_text_kept(
    alice: Browser,
    stored: Callable[[], int],
    settings: Settings,
    file: tuple[str, bytes],
    expected: tuple[int, str],
):
    before = stored()

    page = alice.send("/tickets/nouveau", typed(title="Ne pas perdre", files=[a_file(*file)]))

    assert page.status == expected[0]
    assert expected[1] in (page.error_at("files") or "").replace("\u00a0", " ")
    assert page.value("title") == "Ne pas perdre"
    assert (stored(), blobs(settings)) == (before, [])


def test_kept_files_and_new_ones_are_five_together(alice: Browser, portal: Portal):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file(f"f{nth}.txt") for nth in range(3)]))

    page = alice.send("/tickets/nouveau", again(page, files=[a_file(f"f{nth}.txt") for nth in range(3, 7)]))

    assert (page.status, page.error_at("files")) == (
        413,
        "Joignez 5 fichiers au plus. En trop : « f5.txt », « f6.txt ».",
    )
    assert sorted(pending_files(page)) == [f"f{nth}.txt" for nth in range(5)]
    assert alice.send("/tickets/nouveau", again(page)).location == "/tickets/1"
    assert sorted(str(name) for name, _ in attached(portal)) == [f"f{nth}.txt" for nth in range(5)]


def test_a_sixth_file_is_refused_and_the_first_five_are_kept(alice: Browser, portal: Portal, stored: Callable[[], int]):
    before = stored()

    page = alice.send("/tickets/nouveau", typed(files=[a_file(f"f{nth}.txt") for nth in range(6)]))

    assert (page.status, page.error_at("files")) == (413, "Joignez 5 fichiers au plus. En trop : « f5.txt ».")
    assert pending_files(page) == [f"f{nth}.txt" for nth in range(5)]
    assert stored() == before
    assert alice.send("/tickets/nouveau", again(page)).location == "/tickets/1"
    assert len(attached(portal)) == 5


def test_of_many_refused_files_the_first_are_named(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(files=[a_file(f"f{nth}.txt", b"") for nth in range(8)]))

    empty = [f"Le fichier « f{nth}.txt » est vide." for nth in range(5)]
    assert (page.status, page.errors) == (422, [*empty, "3 autres fichiers sont refusés."])


# --- pending files ----------------------------------------------------------------------------------------------------


def test_the_files_of_a_refused_form_are_sent_with_the_next(alice: Browser, portal: Portal):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file("mesure.txt")]))
    page = alice.send("/tickets/nouveau", again(page, title="", files=[a_file("journal.log")]))

    answer = alice.send("/tickets/nouveau", again(page))

    assert pending_files(page) == ["mesure.txt", "journal.log"]
    assert answer.location == "/tickets/1"
    assert sorted(attached(portal)) == [("journal.log", 8), ("mesure.txt", 8)]


def test_kept_and_new_files_share_the_limit_of_five(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file(f"{nth}.txt") for nth in range(1, 4)]))

    page = alice.send("/tickets/nouveau", again(page, files=[a_file(f"{nth}.txt") for nth in range(4, 7)]))

    assert page.status == 413
    assert page.error_at("files") == "Joignez 5 fichiers au plus. En trop : « 6.txt »."
    assert sorted(pending_files(page)) == [f"{nth}.txt" for nth in range(1, 6)]


def test_the_good_files_are_kept_beside_an_odd_one(alice: Browser):
    page = alice.send("/tickets/nouveau", typed(files=[a_file("mesure.txt"), a_file("a.php")]))

    assert pending_files(page) == ["mesure.txt"]


def test_a_kept_file_can_be_taken_out(alice: Browser, portal: Portal):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file("mesure.txt"), a_file("secret.txt")]))
    boxes = [element.get("value") for element in page.tree.iter("input") if element.get("name") == "retirer"]

    alice.send("/tickets/nouveau", again(page, retirer=boxes[1]))

    assert "Retirer" in page.words
    assert attached(portal) == [("mesure.txt", 8)]


def test_another_file_of_the_name_of_a_kept_one_is_sent_beside_it(alice: Browser, portal: Portal):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file("image.txt", b"avant")]))

    alice.send("/tickets/nouveau", again(page, files=[a_file("image.txt", b"depuis")]))

    assert sorted(attached(portal)) == [("image-2.txt", 6), ("image.txt", 5)]


def test_the_same_file_chosen_again_is_sent_once(alice: Browser, portal: Portal):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file("image.txt"), a_file("image.txt", b"autre")]))

    page = alice.send("/tickets/nouveau", again(page, title="", files=[a_file("image.txt", b"autre")]))

    assert pending_files(page) == ["image.txt", "image-2.txt"]
    assert alice.send("/tickets/nouveau", again(page)).location == "/tickets/1"
    assert len(attached(portal)) == 2


def test_two_photos_of_one_name_are_both_sent(alice: Browser, portal: Portal):
    photos = [a_file("image.jpg", b"\xff\xd8\xff" + content) for content in (b"1", b"22")]

    alice.send("/tickets/nouveau", typed(files=photos))

    assert sorted(attached(portal)) == [("image-2.jpg", 5), ("image.jpg", 4)]


def test_a_form_with_kept_files_sent_twice_is_recorded_once(alice: Browser, stored: Callable[[], int]):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file("mesure.txt")]))
    form = again(page)
    alice.send("/tickets/nouveau", form)
    after_one = stored()

    second = alice.send("/tickets/nouveau", form)

    assert (second.status, second.location) == (303, "/tickets/1")
    assert stored() == after_one


@pytest.mark.cve("CVE-2024-23792")
def test_a_kept_file_is_no_use_to_another_session(alice: Browser, app: Any, cast: Cast, portal: Portal):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file("mesure.txt")]))
    elsewhere, charlie = signed_in(app, cast, "alice"), signed_in(app, cast, "charlie")

    elsewhere.send("/tickets/nouveau", again(page))
    charlie.send("/tickets/nouveau", again(page))

    assert attached(portal, 1) == []
    assert attached(portal, 2) == []


def test_a_kept_file_is_sealed_with_its_name(alice: Browser, portal: Portal, settings: Settings):
    alice.send("/tickets/nouveau", typed(title="", files=[a_file("salaires.txt", b"tres secret")]))

    with portal.database.query() as connection:
        rows = [tuple(row) for row in connection.execute(select(pending_uploads))]
    assert len(rows) == 1
    assert "salaires" not in repr(rows)
    assert not any(b"tres secret" in path.read_bytes() for path in blobs(settings))


def test_files_of_a_form_without_its_token_are_not_stored(alice: Browser, settings: Settings):
    page = alice.post("/tickets/nouveau", typed(files=[a_file("mesure.txt")]))

    assert page.status == 400
    assert (pending_files(page), blobs(settings)) == ([], [])


def test_a_kept_file_that_was_lost_is_asked_for_again(alice: Browser, settings: Settings, portal: Portal):
    page = alice.send("/tickets/nouveau", typed(title="", files=[a_file("mesure.txt")]))
    blobs(settings)[0].write_bytes(b"damaged")

    page = alice.send("/tickets/nouveau", again(page))

    assert (page.status, pending_files(page)) == (422, [])
    assert page.error_at("files") == "Le fichier « mesure.txt » n’a pas pu être relu. Joignez-le de nouveau."
    assert alice.send("/tickets/nouveau", again(page)).location == "/tickets/1"


@pytest.mark.parametrize("form_id", ["", "x", "9" * 30, "\x00", "%ED%A0%80"])
def test_an_odd_form_id_is_replaced(alice: Browser, form_id: str):
    page = alice.send("/tickets/nouveau", typed(title="", form_id=form_id, files=[a_file("mesure.txt")]))

    assert page.status == 422
    assert page.value("form_id") != form_id
    assert pending_files(page) == ["mesure.txt"]
