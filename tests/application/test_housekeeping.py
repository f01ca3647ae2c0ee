"""Files that housekeeping deletes, and files that it never deletes."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.attachments.pictures import picture
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.application.sign_ins import start_visit
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.attachments import BlobMissing, Upload
from izarlink_tickets.attachments.thumbnails import thumbnail_context
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.projections.history_queries import AttachedFile, files_of
from izarlink_tickets.sessions import MAX_PENDING_UPLOADS


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


def test_a_file_that_a_command_has_attached_after_all_is_not_discarded(portal: Portal, attached: AttachedFile) -> None:
    # As of a command whose COMMIT was not answered: the next attempt finds it stored.
    portal.files.discard([File(attached.file_id, "mesure.txt", attached.size, attached.media_type, attached.sha256)])

    assert content(portal, attached) == b"2 Mbit/s"


def keep_file(portal: Portal, visitor: Visitor, *, now: datetime) -> None:
    """Keep a file of a refused form."""
    checked = portal.files.check([Upload("mesure.txt", str(uuid4()).encode())])
    portal.pending_uploads.keep(visitor.session, checked, form_id=str(uuid4()), now=now)


def stored_files(portal: Portal) -> int:
    return sum(path.is_file() for path in portal.settings.attachments_folder.glob("*/*"))


def test_refused_forms_fill_no_disk(portal: Portal, cast: Cast) -> None:
    for _ in range(2):
        with portal.database.command() as connection:
            visitor = start_visit(connection, cast["alice"], user_agent="Firefox", now=cast.clock())
        for _ in range(MAX_PENDING_UPLOADS):
            keep_file(portal, visitor, now=cast.clock.advance(seconds=1))
        # What a session leaves counts for the next one.
        portal.sign_ins.sign_out(visitor.session_id)

    before = stored_files(portal)
    portal.housekeeping.run(cast.clock())

    assert (before, stored_files(portal)) == (MAX_PENDING_UPLOADS, 0)
