"""`migrate`, `demo load`, `up`, the log, and the contract of commands."""

import json
from pathlib import Path

import click
import pytest
import structlog
from tests.cast import Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.cli.processes import Running, started, wait_until
from tests.openings import open_incident
from tests.stage import settings_of

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.schema import revisions
from izarlink_tickets.cli import logs
from izarlink_tickets.cli.program import all_commands
from izarlink_tickets.config import Settings

SECRET = "very-secret"
CONTRACT = {
    "up": "--demo",
    "serve": "--web-only",
    "work": "",
    "migrate": "",
    "doctor": "--json --url",
    "demo load": "",
    "verify": "--json --quiet",
    "backup": "--files --quiet",
    "restore": "--files --erasures --accept-losses",
    "account create": "--name --role --organisation --print-password --command-id",
    "account list": "--json",
    "account change": "--name --phone --email --command-id",
    "account change-role": "--role --organisation --command-id",
    "account disable": "--command-id",
    "account enable": "--command-id",
    "account invite": "--command-id",
    "account reset-password": "--print-password",
    "account reset-second-factor": "--command-id",
    "account link": "--subject --command-id",
    "account unlink": "--command-id",
    "account break-glass": "--revoke --command-id",
    "account import": "--dry-run --json --command-id",
    "account export": "--output",
    "organisation create": "--command-id",
    "organisation change": "--name --command-id",
    "organisation disable": "--command-id",
    "organisation enable": "--command-id",
    "organisation list": "--json",
    "organisation import": "--dry-run --json --command-id",
    "organisation export": "--output",
    "service create": "--organisation --label --site --offer --command-id",
    "service change": "--label --site --offer --command-id",
    "service disable": "--command-id",
    "service enable": "--command-id",
    "service list": "--json",
    "service import": "--dry-run --json --command-id",
    "service export": "--output",
    "category list": "--json",
    "ticket list": "--state --json",
    "ticket show": "--json",
    "ticket open": "--as --for --category --service --urgency --title --text --command-id",
    "ticket take": "--as --command-id",
    "ticket assign": "--as --to --command-id",
    "ticket reply": "--as --text --command-id",
    "ticket note": "--as --text --command-id",
    "ticket request-information": "--as --text --command-id",
    "ticket requalify": "--as --category --service --urgency --impact --reason --command-id",
    "ticket hold": "--as --reason --until --command-id",
    "ticket resume": "--as --command-id",
    "ticket resolve": "--as --solution --command-id",
    "ticket withdraw-solution": "--as --reason --command-id",
    "ticket record-approval": "--as --note --command-id",
    "ticket reopen": "--as --reason --command-id",
    "audit replay": "--version --until --json",
    "audit export": "--security --log --since",
    "projections rebuild": "",
    "projections verify": "",
    "keys list": "--json",
    "keys rotate": "--sealing --secret --revoke",
    "mail list": "--status --json",
    "mail retry": "",
    "mail file": "",
    "mail hold": "",
    "mail enable": "--send --drop",
    "mail test": "",
}


def test_the_commands_and_options_are_those_of_the_contract():
    assert dict(_commands(all_commands())) == {name: set(options.split()) for name, options in CONTRACT.items()}


def _commands(group: click.Group, prefix: str = ""):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")
            continue
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        yield prefix + name, options


def test_migrating_again_has_nothing_to_do(anywhere: Command, tmp_path: Path):
    first, second = anywhere("migrate"), anywhere("migrate")

    assert first.out.splitlines() == [
        f"Created {tmp_path / 'secret_key'}: keep a copy in a safe place.",
        f"Created {tmp_path / 'sealing_key'}: keep a copy in a safe place.",
        f"Migrated from an empty database to {revisions()[-1]}.",
        "Built the read models.",
    ]
    assert (second.code, second.out) == (0, "Nothing to do.\n")


def test_the_demo_is_loaded_once(anywhere: Command):
    anywhere("migrate")

    first, second = anywhere("demo", "load"), anywhere("demo", "load")

    assert (first.code, first.out) == (0, "The demo is loaded.\n")
    assert (second.code, second.out) == (0, "The demo was already loaded.\n")
    assert len(json.loads(anywhere("ticket", "list", "--json").out)) == 30


@on_sqlite
@pytest.mark.parametrize("arguments", [("demo", "load"), ("up", "--demo")])
def test_the_demo_is_not_mixed_with_real_data(command: Command, arguments: tuple[str, ...]):
    before = command("ticket", "list", "--json").out, command("account", "list").out

    ended = command(*arguments)

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        "izarlink-tickets: The demo can only be loaded into an empty database, and this one is not empty.\n"
    )
    assert (command("ticket", "list", "--json").out, command("account", "list").out) == before


def test_one_command_starts_the_demo_and_lists_its_accounts(tmp_path: Path):
    settings = settings_of(tmp_path)
    with started("up", "--demo", settings=settings) as running:
        wait_until(running.answers, while_alive=running.process)
        page = running.get("/connexion")[1].decode()
        code = running.end()

    assert code == 0
    assert "Démonstration" in page
    output = running.out.read_text()
    assert f"http://127.0.0.1:{running.port}" in output
    assert "demo-izarlink-2026" in output
    assert "alice@etxea.example" in output
    assert "premiere-connexion-2026" in output


@on_sqlite
def test_a_portal_without_the_demo_does_not_mention_it(settings: Settings):
    with started("up", settings=settings) as running:
        wait_until(running.answers, while_alive=running.process)
        page = running.get("/connexion")[1].decode()

    assert "Démonstration" not in page
    assert "demo" not in running.out.read_text()


@on_sqlite
@pytest.mark.parametrize("log_format", ["json", "text"])
def test_the_log_contains_no_name_and_no_address(settings: Settings, portal: Portal, cast: Cast, log_format: str):
    open_incident(portal, cast)

    with started("work", settings=settings, LOG_FORMAT=log_format) as running:
        wait_until(lambda: _mails_in_log(running) == 3, while_alive=running.process)
        running.end()

    log = running.err.read_text()
    assert "@" not in log
    assert "Alice" not in log


def test_a_command_is_one_line_of_the_log_without_its_text(
    command: Command, environment: pytest.MonkeyPatch, portal: Portal, cast: Cast
):
    number = str(open_incident(portal, cast))
    environment.setenv("IZARLINK_LOG_FORMAT", "json")
    environment.setenv("IZARLINK_LOG_LEVEL", "info")

    ended = command("ticket", "reply", number, "--as", "sam@izarlink.example", "--text", "Nous regardons.")

    assert is_one_line(ended.err)
    line = json.loads(ended.err)
    assert (line["event"], line["name"], line["ticket"]) == ("command", "add_follow_up", 1)
    assert (line["actor"], line["channel"]) == (cast["sam"].id, "cli")
    assert "regardons" not in ended.err


def test_a_command_logs_nothing_by_default(command: Command, portal: Portal, cast: Cast):
    number = str(open_incident(portal, cast))

    ended = command("ticket", "take", number, "--as", "sam@izarlink.example")

    assert ended.err == ""


def test_a_line_of_a_json_log_is_an_object(anywhere: Command, capsys: pytest.CaptureFixture[str]):
    logs.configure(Settings.read({"IZARLINK_LOG_FORMAT": "json"}))

    structlog.get_logger().info("something_happened", ticket=12)

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["ticket"], line["level"]) == ("something_happened", 12, "info")
    assert line["timestamp"].endswith("Z")


def test_a_logged_failure_shows_no_variables(anywhere: Command, capsys: pytest.CaptureFixture[str]):
    logs.configure(Settings.read({"IZARLINK_LOG_FORMAT": "json"}))

    try:
        _divide(SECRET)
    except ZeroDivisionError:
        structlog.get_logger().exception("something_failed")

    logged = capsys.readouterr().err
    assert "ZeroDivisionError" in logged
    assert SECRET not in logged


def _divide(secret: str) -> float:
    return len(secret) / 0


def _mails_in_log(running: Running) -> int:
    return running.err.read_text().count("mail_sent")
