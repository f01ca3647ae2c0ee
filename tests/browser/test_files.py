"""Files of the new-ticket form, chosen in a browser."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.browser.page_loads import arrive_at
from tests.browser.served import serving_here
from tests.cast import PASSWORD, Cast, Clock
from tests.stage import Stage
from tests.web.applications import application

from izarlink_tickets.application import Portal
from izarlink_tickets.projections.history_queries import files_of

TWO_MIB = 2_097_152
_GPS = 0x8825


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def page(browser: Browser, portal: Portal, clock: Clock, cast: Cast) -> Iterator[Page]:
    """Return the form of a new ticket, for alice."""
    with serving_here(application(portal, clock)) as address:
        page = browser.new_context(locale="fr-FR").new_page()
        page.goto(address)
        page.get_by_label("Identifiant").fill(cast["alice"].email)
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        arrive_at(page, "Créer un ticket")
        yield page


def photo_in(folder: Path, *, name: str = "image.jpg", side: int = 8) -> Path:
    """Write a photo of noise, with a position."""
    folder.mkdir(exist_ok=True)
    exif = Image.Exif()
    exif.get_ifd(_GPS)[1] = "N"
    picture = Image.frombytes("RGB", (side, side * 3 // 4), os.urandom(side * (side * 3 // 4) * 3))
    picture.save(folder / name, "JPEG", exif=exif, quality=95)
    return folder / name


def send(page: Page) -> None:
    page.get_by_label("Demande", exact=True).check()
    page.get_by_label("Facturation").check()
    page.get_by_label("Titre").fill("Photos")
    page.get_by_label("Description").fill("Voici les photos.")
    page.get_by_role("button", name="Envoyer").click()
    arrive_at(page, "Photos")


def sent(portal: Portal) -> dict[str | None, bytes | None]:
    with portal.database.query() as connection:
        files = files_of(connection, number=1)
    return {file.name: portal.files.content_of(file_id=file.file_id, sha256=file.sha256) for file in files}


def test_two_photos_of_one_name_are_both_sent_and_the_same_one_once(page: Page, portal: Portal, tmp_path: Path):
    one, two = photo_in(tmp_path / "a"), photo_in(tmp_path / "b", side=16)
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(one)
    chooser.set_input_files(two)
    chooser.set_input_files(one)

    expect(page.locator(".drop-zone bdi")).to_have_text(["image.jpg", "image-2.jpg"])
    send(page)

    assert sent(portal) == {"image.jpg": one.read_bytes(), "image-2.jpg": two.read_bytes()}


def test_a_large_photo_is_made_smaller_without_its_position(page: Page, portal: Portal, tmp_path: Path):
    photo = photo_in(tmp_path, name="IMG_2041.jpeg", side=3_000)
    assert photo.stat().st_size > TWO_MIB

    page.locator("input[type=file]").set_input_files(photo)
    expect(page.locator(".drop-zone li")).to_contain_text("sans sa position")
    send(page)

    ((name, content),) = sent(portal).items()
    picture = Image.open(io.BytesIO(content or b""))
    assert (name, picture.format, picture.size, dict(picture.getexif())) == ("IMG_2041.jpg", "JPEG", (2048, 1536), {})
    assert len(content or b"") <= TWO_MIB


def test_a_form_sent_while_a_photo_is_made_smaller_waits_for_it(page: Page, portal: Portal, tmp_path: Path):
    photo = photo_in(tmp_path, side=3_000)
    page.get_by_label("Demande", exact=True).check()
    page.get_by_label("Facturation").check()
    page.get_by_label("Titre").fill("Photos")
    page.get_by_label("Description").fill("Voici les photos.")

    page.locator("input[type=file]").set_input_files(photo)
    page.get_by_role("button", name="Envoyer").click()
    arrive_at(page, "Photos")

    assert list(sent(portal)) == ["image.jpg"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("devis.doc", "Ce fichier n’est pas accepté : enregistrez-le en PDF."),
        ("installer.exe", "aucun programme ne l’est"),
        ("plan.dwg", "Types acceptés"),
        ("abime.jpg", "Ce fichier doit peser 2 Mo au plus"),
    ],
)
def test_a_file_that_will_be_refused_says_what_to_do(page: Page, tmp_path: Path, name: str, sentence: str):
    (tmp_path / name).write_bytes(b"a" * (TWO_MIB + 1))

    page.locator("input[type=file]").set_input_files(tmp_path / name)

    expect(page.locator(".drop-zone li .error")).to_contain_text(sentence)


def test_the_chooser_asks_for_no_heic_so_that_telephones_convert_it(page: Page):
    accepted = page.locator("input[type=file]").get_attribute("accept") or ""

    assert "image/jpeg" in accepted
    assert "hei" not in accepted
