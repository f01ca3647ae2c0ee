"""`verify`: one line per check, and exit code 3 for a breach."""

import json

from sqlalchemy import text
from tests.cast import Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings

PAGE_BYTES = 4096  # SQLite's default


@on_sqlite
def test_sound_data_is_one_line_per_check(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)

    verified = command("verify")

    assert (verified.code, verified.err) == (0, "")
    assert "ok      tickets       1 tickets\n" in verified.out
    assert "absent" not in verified.out


@on_sqlite
def test_a_breach_exits_with_3_for_people_and_scripts(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(text("DELETE FROM commands"))

    for_people, as_json = command("verify"), command("verify", "--json")

    assert (for_people.code, as_json.code) == (3, 3)
    assert is_one_line(for_people.err)
    breach = "breach  commands      0 commands, 1 wrong: the command of ticket 1, entry 1 is not"
    assert breach in for_people.out
    assert [row["check"] for row in json.loads(as_json.out) if row["status"] == "breach"] == ["commands"]


@on_sqlite
def test_a_truncated_database_cannot_be_verified(command: Command, settings: Settings):
    file = settings.data_dir / "izarlink.db"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    verified = command("verify")

    assert verified.code == 1
    assert verified.err == "izarlink-tickets: The database refused: database disk image is malformed.\n"


@on_sqlite
def test_a_lost_page_of_the_log_is_a_breach(command: Command, settings: Settings):
    file = settings.data_dir / "izarlink.db"
    content = bytearray(file.read_bytes())
    page = content.index(b"account.created") // PAGE_BYTES * PAGE_BYTES
    content[page : page + PAGE_BYTES] = bytes(PAGE_BYTES)
    file.write_bytes(content)

    verified = command("verify")

    assert verified.code == 3
    assert is_one_line(verified.err)
    assert "breach  database" in verified.out
