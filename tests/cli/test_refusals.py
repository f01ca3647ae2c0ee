"""Every failure is one line on stderr and an exit code."""

import base64
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
import time_machine
from sqlalchemy import text
from tests.cli.conftest import Command, is_one_line, on_sqlite

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.schema import revisions
from izarlink_tickets.cli import main
from izarlink_tickets.cli.program import all_commands

OTHER_KEY = base64.b64encode(os.urandom(32)).decode()
GROUPS = [name for name, command in all_commands().commands.items() if isinstance(command, click.Group)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("ticket", "frobnicate"),
        ("ticket", "list", "--frobnicate"),
        ("ticket", "show"),
        ("--frobnicate",),
        ("account", "import", "/"),
        # Python decodes a byte that is not UTF-8 as a surrogate.
        ("organisation", "create", "Caf\udce9"),
        ("mail", "retry", "\udcff"),
        ("mail", "file", "\udcff"),
        ("ticket", "reply", "1", "--as", "sam@izarlink.example", "--text", "Caf\udce9"),
    ],
)
def test_wrong_usage_exits_with_2_and_points_to_the_help(anywhere: Command, arguments: tuple[str, ...]):
    ended = anywhere(*arguments)

    assert (ended.code, ended.out) == (2, "")
    assert is_one_line(ended.err)
    assert re.search(r"[.?] See 'izarlink-tickets.* --help'\.$", ended.err.strip())


@pytest.mark.parametrize("arguments", [(), *((name,) for name in GROUPS)])
def test_the_help_of_a_group_lists_its_commands(anywhere: Command, arguments: tuple[str, ...]):
    ended = anywhere(*arguments, "--help")

    assert ended.code == 0
    assert "Commands:" in ended.out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IZARLINK_FROBNICATE", "yes"),
        ("IZARLINK_WORKERS", "many"),
        ("IZARLINK_DATABASE_URL", "mysql://host/name"),
        ("IZARLINK_DATABASE_URL", "postgresql://user:pass:w/ord@host:port/name"),
        ("IZARLINK_SEALING_KEY", "c2VjcmV0"),
        ("IZARLINK_SECRET_KEY_FILE", "/nowhere/at/all"),
    ],
)
@pytest.mark.parametrize("command_name", ["migrate", "serve", "work", "up"])
def test_an_invalid_setting_stops_the_start(
    anywhere: Command, environment: pytest.MonkeyPatch, command_name: str, name: str, value: str
):
    environment.setenv(name, value)

    ended = anywhere(command_name)

    assert (ended.code, ended.out) == (1, "")
    assert is_one_line(ended.err)
    assert name in ended.err
    assert value not in ended.err


@pytest.mark.parametrize("arguments", [("serve",), ("work",), ("account", "list"), ("demo", "load")])
def test_no_command_works_before_the_keys_exist(anywhere: Command, arguments: tuple[str, ...]):
    ended = anywhere(*arguments)

    assert ended.code == 1
    assert is_one_line(ended.err)
    assert "migrate" in ended.err


@pytest.mark.parametrize("arguments", [("serve",), ("work",), ("account", "list"), ("demo", "load")])
def test_no_command_works_before_the_database_is_migrated(
    anywhere: Command, environment: pytest.MonkeyPatch, arguments: tuple[str, ...]
):
    environment.setenv("IZARLINK_SECRET_KEY", base64.b64encode(os.urandom(32)).decode())
    environment.setenv("IZARLINK_SEALING_KEY", OTHER_KEY)

    ended = anywhere(*arguments)

    assert ended.code == 1
    assert is_one_line(ended.err)
    assert "step none" in ended.err


@pytest.mark.parametrize("arguments", [("serve",), ("account", "list"), ("migrate",)])
def test_the_sealing_key_of_another_database_is_refused(
    command: Command, environment: pytest.MonkeyPatch, arguments: tuple[str, ...]
):
    environment.setenv("IZARLINK_SEALING_KEY", OTHER_KEY)

    ended = command(*arguments)

    assert ended.code == 1
    told = "izarlink-tickets: IZARLINK_SEALING_KEY is not the key that this database was sealed with, which is "
    assert re.fullmatch(told + r"[0-9a-f]{16}\.\n", ended.err)


@pytest.mark.parametrize("arguments", [("serve",), ("account", "list"), ("migrate",)])
def test_a_database_of_a_later_release_is_refused_with_both_steps_named(
    command: Command, portal: Portal, arguments: tuple[str, ...]
):
    with portal.database.command() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE installation SET value = '9999' WHERE name = 'oldest_compatible_step'"))

    ended = command(*arguments)

    assert ended.code == 1
    assert is_one_line(ended.err)
    assert "9999" in ended.err
    assert revisions()[-1] in ended.err


def test_read_models_of_another_version_are_refused_until_migrated(command: Command, portal: Portal):
    with portal.database.command() as connection:
        connection.execute(text("UPDATE read_models SET shape = shape + 1"))

    refused, migrated, listed = command("ticket", "list"), command("migrate"), command("ticket", "list")

    assert refused.code == 1
    assert is_one_line(refused.err)
    assert migrated.out == "Built the read models.\n"
    assert listed.code == 0


def test_an_unreachable_database_is_reported_without_its_password(anywhere: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_DATABASE_URL", "postgresql://izar:very-secret@127.0.0.1:1/izarlink")

    ended = anywhere("migrate")

    assert ended.code == 1
    assert is_one_line(ended.err)
    assert "can't be reached" in ended.err
    assert "very-secret" not in ended.err


def test_a_file_that_is_not_a_database_is_refused_in_one_line(anywhere: Command, tmp_path: Path):
    (tmp_path / "izarlink.db").write_bytes(b"This is a letter to my bank, and no database. " * 100)

    ended = anywhere("migrate")

    assert ended.code == 1
    assert is_one_line(ended.err)


def test_a_data_folder_that_cannot_be_created_is_refused_in_one_line(
    anywhere: Command, environment: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "file").touch()
    environment.setenv("IZARLINK_DATA_DIR", str(tmp_path / "file" / "folder"))

    ended = anywhere("migrate")

    assert ended.code == 1
    assert is_one_line(ended.err)
    assert str(tmp_path / "file") in ended.err


@pytest.mark.parametrize("name", ["migrate", "serve", "up", "work"])
def test_a_clock_in_1970_is_refused(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str):
    with time_machine.travel(datetime(1970, 1, 1, 0, 1, tzinfo=UTC), tick=False):
        code = main([name])

    assert (code, capsys.readouterr().err) == (
        1,
        "izarlink-tickets: The clock of this machine is wrong; set it first.\n",
    )


@on_sqlite
def test_a_closed_output_is_reported_in_one_line(command: Command, settings: object):
    program = [sys.executable, "-m", "izarlink_tickets", "account", "list"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        error = process.stderr.read() if process.stderr else ""

    assert process.returncode == 1
    assert error == "izarlink-tickets: The output was closed too early.\n"


@on_sqlite
def test_an_output_that_cannot_be_opened_is_reported_in_one_line(command: Command, tmp_path: Path):
    ended = command("organisation", "export", "--output", str(tmp_path))

    assert ended.code == 1
    assert ended.err == f"izarlink-tickets: {tmp_path}: Is a directory.\n"


@on_sqlite
def test_output_on_a_full_disk_is_reported_in_one_line(command: Command, settings: object):
    with Path("/dev/full").open("w") as full:
        program = [sys.executable, "-m", "izarlink_tickets", "account", "list", "--json"]
        ended = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (1, "izarlink-tickets: No space left on device.\n")


@on_sqlite
def test_ctrl_c_ends_in_one_line(command: Command, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("izarlink_tickets.cli.account.list_accounts", interrupted)

    ended = command("account", "list")

    assert (ended.code, ended.err.strip()) == (1, "izarlink-tickets: Interrupted.")


@on_sqlite
def test_a_mistake_in_the_program_is_logged_and_ends_in_one_line(command: Command, monkeypatch: pytest.MonkeyPatch):
    def mistaken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("izarlink_tickets.cli.account.list_accounts", mistaken)

    ended = command("account", "list")

    assert ended.code == 1
    assert "command_failed" in ended.err
    assert ended.err.splitlines()[-1] == (
        "izarlink-tickets: Unexpected error: this is a mistake in the program; the log has the details."
    )
