"""Mails in a folder: complete, sorted by time, private."""

import email
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings
from izarlink_tickets.mailer import Deferred, Folder, ServerUnreachable, open_mailer
from izarlink_tickets.mailer.delivery import OutgoingMail

AT = datetime(2026, 11, 22, 9, 42, tzinfo=UTC)
CONTENT = b"Subject: x\r\n\r\nx\r\n"


def deliver(folder: Folder, name: str, at: datetime) -> None:
    folder.prepare()
    folder.deliver(OutgoingMail(name, "alice@etxea.example", at, CONTENT), deadline=0)


def test_a_mail_is_written_as_it_would_go_out(tmp_path: Path) -> None:
    deliver(Folder(tmp_path / "mail"), "mail-1", AT)

    assert (tmp_path / "mail" / "20261122T094200.000000Z-mail-1.eml").read_bytes() == CONTENT


def test_names_sort_by_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    deliver(folder, "a", AT + timedelta(seconds=1))
    deliver(folder, "b", AT)

    assert [path.name[-5] for path in sorted(tmp_path.iterdir())] == ["b", "a"]


def test_no_temporary_file_is_left_behind(tmp_path: Path) -> None:
    deliver(Folder(tmp_path), "mail-1", AT)

    assert len(list(tmp_path.iterdir())) == 1


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    deliver(Folder(tmp_path / "mail"), "mail-1", AT)

    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "mail", *(tmp_path / "mail").iterdir())]
    assert modes == [0o700, 0o600]


def test_a_folder_that_cannot_be_made_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file in its place")

    with pytest.raises(ServerUnreachable):
        Folder(tmp_path / "mail").prepare()


def test_a_mail_that_cannot_be_written_is_deferred(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "mail")
    folder.prepare()
    (tmp_path / "mail").rmdir()

    with pytest.raises(Deferred) as deferred:
        folder.deliver(OutgoingMail("mail-1", "alice@etxea.example", AT, CONTENT), deadline=0)

    assert not deferred.value.is_doubtful


def test_the_folder_of_the_settings_is_used_by_default(portal: Portal, cast: Cast, settings: Settings) -> None:
    open_incident(portal, cast)

    open_mailer(portal.database, settings, clock=cast.clock).send_due()

    mails = [email.message_from_bytes(path.read_bytes()) for path in (settings.data_dir / "mail").iterdir()]
    assert sorted(mail["To"] for mail in mails) == [
        "alice@etxea.example",
        "nora@izarlink.example",
        "sam@izarlink.example",
    ]
