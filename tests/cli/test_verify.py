"""`verify`: a line a check, 3 where something is wrong, and never a traceback."""

import json

from sqlalchemy import text
from tests.cast import Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings

PAGE_BYTES = 4096  # SQLite's default


@on_sqlite
def test_sound_data_is_told_in_a_line_per_check(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)

    verified = command("verify")

    assert (verified.code, verified.err) == (0, "")
    assert "ok      tickets       1 tickets\n" in verified.out


@on_sqlite
def test_a_breach_ends_with_3_and_is_told_for_scripts(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(text("DELETE FROM commands"))

    told, as_json = command("verify"), command("verify", "--json")

    assert (told.code, as_json.code) == (3, 3)
    assert is_one_line(told.err)
    assert "breach  commands      0 commands, 1 wrong: the command of ticket 1, entry 1 is not" in told.out
    assert [row["check"] for row in json.loads(as_json.out) if row["status"] == "breach"] == ["commands"]


@on_sqlite
def test_a_file_that_was_cut_off_can_t_be_verified(command: Command, settings: Settings):
    file = settings.data_dir / "izarlink.db"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    verified = command("verify")

    assert verified.code == 1
    assert verified.err == "izarlink-tickets: The database refused: database disk image is malformed\n"


@on_sqlite
def test_a_page_of_the_log_that_was_lost_is_a_breach(command: Command, settings: Settings):
    file = settings.data_dir / "izarlink.db"
    content = bytearray(file.read_bytes())
    page = content.index(b"account.created") // PAGE_BYTES * PAGE_BYTES
    content[page : page + PAGE_BYTES] = bytes(PAGE_BYTES)
    file.write_bytes(content)

    verified = command("verify")

    assert verified.code == 3
    assert is_one_line(verified.err)
    assert "breach  database" in verified.out
