"""Files that housekeeping deletes, and files that it never deletes."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from tests.attachments.pictures import picture
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import BlobMissing, Upload
from izarlink_tickets.attachments.thumbnails import thumbnail_context
from izarlink_tickets.projections.history_queries import AttachedFile, files_of


def two_days_later() -> datetime:
    # The age of a file is that on the disk, of the real clock.
    return datetime.now().astimezone() + timedelta(days=2)


@pytest.fixture
def attached(portal: Portal, cast: Cast) -> AttachedFile:
    number = open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    with portal.database.query() as connection:
        (file,) = files_of(connection, number=number)
    return file


def content(portal: Portal, file: AttachedFile) -> bytes | None:
    return portal.files.content_of(file_id=file.file_id, sha256=file.sha256)


def test_a_file_of_a_ticket_stays(portal: Portal, attached: AttachedFile) -> None:
    portal.housekeeping.run(two_days_later())

    assert content(portal, attached) == b"2 Mbit/s"


def test_a_wrong_read_model_costs_no_file(portal: Portal, attached: AttachedFile) -> None:
    with portal.database.command() as connection:
        connection.execute(text("DELETE FROM history_files"))

    portal.housekeeping.run(two_days_later())

    assert content(portal, attached) == b"2 Mbit/s"


def test_an_orphan_is_swept_after_a_day_and_not_before(portal: Portal, cast: Cast) -> None:
    checked = portal.files.check([Upload("mesure.txt", b"2 Mbit/s")])
    (orphan,) = portal.files.store_checked(checked, sealed_for=cast["alice"].id)

    portal.housekeeping.run(two_days_later() - timedelta(days=1, hours=1))
    still_stored = portal.files.content_of(file_id=orphan.file_id, sha256=orphan.sha256)
    portal.housekeeping.run(two_days_later())

    assert still_stored == b"2 Mbit/s"
    with pytest.raises(BlobMissing):
        portal.files.content_of(file_id=orphan.file_id, sha256=orphan.sha256)


@pytest.mark.parametrize("is_rebuilt", [True, False], ids=["read model", "log"])
def test_a_thumbnail_of_a_ticket_stays(portal: Portal, cast: Cast, is_rebuilt: bool) -> None:
    number = open_incident(portal, cast, uploads=[Upload("photo.png", picture())])
    with portal.database.command() as connection:
        (file,) = files_of(connection, number=number)
        connection.execute(text("SELECT 1" if is_rebuilt else "DELETE FROM history_files"))

    portal.housekeeping.run(two_days_later())
    thumbnail = portal.files.content_of(file_id=thumbnail_context(file.file_id), sha256=file.thumbnail_sha256 or "")

    assert (thumbnail or b"")[:3] == b"\xff\xd8\xff"
