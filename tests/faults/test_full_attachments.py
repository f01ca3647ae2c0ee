"""A full disk of the attachments: files are refused, texts accepted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cast import Cast
from tests.faults.customer import SEE_OTHER, UNAVAILABLE, customer_of
from tests.faults.small_disk import SmallDisk, small_disk
from tests.openings import open_incident
from tests.stage import Stage

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings

# Only root can mount a small disk, so the suite leaves these out.
pytestmark = [pytest.mark.fault(39), pytest.mark.fault_run]
MEBIBYTES, MORE_MEBIBYTES, FILE_BYTES = 4, 8, 500_000


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(MEBIBYTES) as disk:
        yield disk


@pytest.fixture
def settings(stage: Stage, disk: SmallDisk, tmp_path: Path) -> Settings:
    return stage.settings(tmp_path).model_copy(update={"attachments_url": f"file:{disk.folder / 'files'}"})


def test_a_file_that_finds_no_room_is_refused_whole(portal: Portal, cast: Cast, disk: SmallDisk) -> None:
    alice = customer_of(portal, cast, open_incident(portal, cast))

    page, command_id = alice.follow_up_until_refused(file_bytes=FILE_BYTES)
    drafts = list(disk.folder.rglob("*.tmp"))
    without_file, _ = alice.follow_up()
    disk.grow(MORE_MEBIBYTES)
    again, _ = alice.follow_up(file_bytes=FILE_BYTES, command_id=command_id)

    assert (page.status, page.heading) == (UNAVAILABLE, "Enregistrement impossible pour le moment")
    assert (drafts, without_file.status, again.status) == ([], SEE_OTHER, SEE_OTHER)
