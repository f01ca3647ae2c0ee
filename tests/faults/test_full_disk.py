"""A full disk of the database, while a customer writes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from tests import postgres
from tests.cast import Cast
from tests.faults.customer import SEE_OTHER, UNAVAILABLE, customer_of
from tests.faults.invariants import breaches
from tests.faults.small_disk import SmallDisk, small_disk
from tests.openings import open_incident
from tests.stage import Stage, set_up

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.health import Problem, check_health
from izarlink_tickets.cli.output import write_output
from izarlink_tickets.config import Settings

# Only root can mount a small disk, so the suite leaves these out.
pytestmark = [pytest.mark.fault(38), pytest.mark.fault_run]
# An empty database of PostgreSQL takes a dozen.
MEBIBYTES = 40


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(MEBIBYTES) as disk:
        yield disk


@pytest.fixture
def small_database_url(disk: SmallDisk) -> Iterator[str]:
    """Return the URL of a PostgreSQL database on the small disk.

    It belongs to a new server, because another may not see the disk. Only its tables are on the disk: without space for
    its log PostgreSQL stops, which is fault 32.
    """
    with postgres.server(postgres.find_binaries()) as server:
        address = make_url(server.url)
        owner = Path(str(address.query["host"])).stat()
        (disk.folder / "tables").mkdir()
        shutil.chown(disk.folder / "tables", owner.st_uid, owner.st_gid)
        with psycopg.connect(address.set(drivername="postgresql").render_as_string(), autocommit=True) as administrator:
            administrator.execute(f"CREATE TABLESPACE small LOCATION '{disk.folder / 'tables'}'".encode())
            administrator.execute("CREATE DATABASE small TABLESPACE small")
        yield address.set(database="small").render_as_string()


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    url = request.getfixturevalue("small_database_url") if request.param == "postgresql" else None
    return set_up(tmp_path_factory.mktemp("stage"), url)


@pytest.fixture
def settings(stage: Stage, disk: SmallDisk, tmp_path: Path) -> Settings:
    return stage.settings(tmp_path if stage.url else disk.folder)


@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
def test_a_full_disk_is_reported_and_nothing_is_half_stored(portal: Portal, cast: Cast, disk: SmallDisk) -> None:
    alice = customer_of(portal, cast, open_incident(portal, cast))
    disk.fill()

    page, command_id = alice.follow_up_until_refused()
    disk.make_room()
    torn = breaches(portal)
    again, _ = alice.follow_up(command_id=command_id)

    assert (page.status, page.heading) == (UNAVAILABLE, "Enregistrement impossible pour le moment")
    assert (torn, again.status) == ([], SEE_OTHER)


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_the_health_report_shows_a_full_disk(portal: Portal, cast: Cast, disk: SmallDisk) -> None:
    disk.fill()

    problems = check_health(portal, now=cast.clock()).problems

    disk.make_room()
    assert problems in ([Problem.DISK], [Problem.DATABASE])


def test_an_export_that_does_not_fit_leaves_the_previous_file(disk: SmallDisk) -> None:
    file = disk.folder / "clients.csv"
    file.write_bytes(b"before")
    disk.fill()

    with pytest.raises(OSError, match="No space left") as refused:
        write_output(bytes(100_000), file)

    disk.make_room()
    assert refused.value.filename == str(file)
    assert [path.name for path in disk.folder.glob("*clients*")] == [file.name]
    assert file.read_bytes() == b"before"
    write_output(b"after", file)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"after", 0o600)
