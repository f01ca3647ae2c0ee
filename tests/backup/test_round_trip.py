"""Backup and restore, from and into both databases."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Thread

import orjson
import pytest
from sqlalchemy import func, select
from tests.application.second_factor_holders import LOCALHOST, Holder, portal_with
from tests.attachments.pictures import picture
from tests.backup.backup_files import NOW, back_up, breaches, content, opened, put_back
from tests.backup.conftest import Installation
from tests.cast import PASSWORD, Cast, Clock
from tests.openings import open_incident

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.application.second_steps import WrongCode
from izarlink_tickets.attachments import Upload
from izarlink_tickets.attachments.thumbnails import thumbnail_context
from izarlink_tickets.event_store import Cursor, LogWentBack, current_cursor, log_epochs, require_same_log
from izarlink_tickets.mail_hold import Hold, mail_hold, release_mails
from izarlink_tickets.mailer import LOG_SEEN, open_mailer
from izarlink_tickets.projections.history_queries import files_of, timeline
from izarlink_tickets.sessions.session import sessions

pytestmark = pytest.mark.fault(47)
EITHER = pytest.mark.parametrize("target", ["sqlite", "postgresql"])
on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


@pytest.mark.fault(47)
@EITHER
def test_everything_is_there_again(
    portal_with_tickets: Portal, cast: Cast, file: Path, installation: Installation, target: str
) -> None:
    before = content(portal_with_tickets)
    back_up(portal_with_tickets, file)
    settings = installation(target)

    restored = put_back(settings, file)

    with opened(settings) as portal:
        assert content(portal) == before
        assert breaches(portal) == []
        with portal.database.query() as connection:
            entries = timeline(connection, cast["alice"].actor, number=1).entries
    assert entries[0].words == "Depuis ce matin."
    assert (restored.manifest.position, restored.attachments) == (len(before["events"]), 3)


def test_the_restored_portal_goes_on_and_everybody_signs_in_again(
    portal_with_tickets: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    sign_in = {
        "identifier": "alice@etxea.example",
        "password": PASSWORD,
        "remote_address": "::1",
        "user_agent": "Firefox",
    }
    portal_with_tickets.sign_ins.sign_in(**sign_in, now=cast.clock())
    back_up(portal_with_tickets, file)
    settings = installation(portal_with_tickets.database.dialect)
    put_back(settings, file)

    with opened(settings) as portal:
        with portal.database.query() as connection:
            signed_in = connection.execute(select(func.count()).select_from(sessions)).scalar_one()
        portal.sign_ins.sign_in(**sign_in, now=cast.clock())
        number = open_incident(portal, cast)

    assert (signed_in, number) == (0, 4)


def test_second_factors_are_there_again_and_a_used_code_stays_used(
    portal: Portal, cast: Cast, clock: Clock, file: Path, installation: Installation
) -> None:
    sam = Holder(portal_with(portal, base_url=LOCALHOST), clock, cast["sam"].email)
    codes = portal.second_factors.create_recovery_codes(sam.add_passkey(sam.add_app(sam.begin())), now=clock())
    used = sam.next_code()
    sam.type_code(sam.begin(), used)
    sam.type_code(sam.begin(), codes[0])
    back_up(portal, file)
    settings = installation(portal.database.dialect)
    put_back(settings, file)

    with opened(settings) as restored:
        sam.portal = portal_with(restored, base_url=LOCALHOST)
        begun = [sam.begin() for _ in range(4)]
        for code in (used, codes[0]):
            with pytest.raises(WrongCode):
                sam.type_code(begun[0], code)
        finished = [
            sam.type_code(begun[1], codes[1]),
            sam.prove(begun[2], sam.answer(sam.portal.second_steps.options(begun[2], now=clock()))),
            sam.type_code(begun[3]),
        ]

    assert [visitor.session.awaits for visitor in finished] == [None, None, None]


@on_sqlite
def test_a_backup_under_load_is_of_one_moment(
    portal_with_tickets: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    load = Thread(target=lambda: [open_incident(portal_with_tickets, cast) for _ in range(60)])
    load.start()
    manifest = back_up(portal_with_tickets, file)
    load.join()
    settings = installation("sqlite")

    put_back(settings, file)

    with opened(settings) as portal:
        assert breaches(portal) == []
        assert len(content(portal)["events"]) == manifest.position


@on_sqlite
def test_mails_are_held_and_those_that_were_sent_stay_sent(
    portal_with_tickets: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    with portal_with_tickets.database.command() as connection:
        outbox.discard(connection, now=cast.clock(), written_before=cast.clock() - timedelta(seconds=3))
    back_up(portal_with_tickets, file)
    settings = installation("sqlite")

    restored = put_back(settings, file)

    with opened(settings) as portal, portal.database.command() as connection:
        assert mail_hold(connection) == Hold(NOW, "after a restore of the backup of 2026-11-03 02:00Z")
        assert outbox.lease(connection, now=NOW) == []
        assert (restored.waiting, restored.oldest) == outbox.backlog(connection)
    assert 0 < restored.waiting < len(content(portal_with_tickets)["outbox"])


@pytest.mark.fault(47)
def test_a_follower_beyond_the_backup_notices_that_the_log_went_back(
    portal_with_tickets: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    with portal_with_tickets.database.query() as connection:
        before = current_cursor(connection)
    back_up(portal_with_tickets, file)
    open_incident(portal_with_tickets, cast)
    with portal_with_tickets.database.query() as connection:
        later = current_cursor(connection)
    settings = installation(portal_with_tickets.database.dialect)
    put_back(settings, file)

    with opened(settings) as portal, portal.database.query() as connection:
        require_same_log(connection, before)
        with pytest.raises(LogWentBack) as refused:
            require_same_log(connection, later)
        rows = connection.execute(select(log_epochs.c.nth, log_epochs.c.position)).all()

    assert refused.value.was_restored
    assert [tuple(row) for row in rows] == [(1, 0), (2, before.position)]


@on_sqlite
def test_a_second_restore_begins_a_third_epoch(
    portal_with_tickets: Portal, file: Path, installation: Installation
) -> None:
    back_up(portal_with_tickets, file)
    settings = installation("sqlite")
    put_back(settings, file)
    second = file.with_name("tuesday.zip")
    with opened(settings) as portal:
        back_up(portal, second)
    (settings.data_dir / "izarlink.db").unlink()

    put_back(settings, second)

    with opened(settings) as portal, portal.database.query() as connection:
        assert connection.execute(select(func.max(log_epochs.c.nth))).scalar_one() == 3


@on_sqlite
def test_the_cursor_of_an_earlier_log_holds_no_mail_after_a_restore(
    portal_with_tickets: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    back_up(portal_with_tickets, file)
    settings = installation("sqlite")
    (settings.data_dir / LOG_SEEN).write_bytes(orjson.dumps(asdict(Cursor("another log", 10**6, "0" * 64))))

    put_back(settings, file)

    with opened(settings) as portal:
        with portal.database.command() as connection:
            release_mails(connection)
        open_mailer(portal.database, settings, clock=cast.clock).send_due()
        with portal.database.query() as connection:
            assert mail_hold(connection) is None


@on_sqlite
def test_a_thumbnail_comes_back_with_its_picture_and_is_verified(
    portal: Portal, cast: Cast, file: Path, installation: Installation
) -> None:
    number = open_incident(portal, cast, uploads=[Upload("photo.png", picture())])
    back_up(portal, file)
    settings = installation("sqlite")

    put_back(settings, file)

    with opened(settings) as restored:
        with restored.database.query() as connection:
            (attached,) = files_of(connection, number=number)
        context, sha256 = thumbnail_context(attached.file_id), attached.thumbnail_sha256 or ""
        assert (restored.files.content_of(file_id=context, sha256=sha256) or b"")[:3] == b"\xff\xd8\xff"
        assert breaches(restored) == []
        (settings.attachments_folder / sha256[:2] / sha256).unlink()
        assert [breach for breach in breaches(restored) if context in str(breach)] != []
