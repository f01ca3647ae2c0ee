"""`doctor`: one line per check, with a remedy."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, text, update
from tests.attachments.clamd import MAX_STREAM, running_clamd, running_peer
from tests.cast import Cast
from tests.cli.conftest import Command, on_sqlite
from tests.identity_provider.scripted_provider import scripted_provider, settings_of_provider
from tests.openings import open_incident

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.config import FAULTS_ALLOWED
from izarlink_tickets.outbox import MailStatus
from izarlink_tickets.sealing import installation

# Root ignores file modes unless it drops these privileges.
_SETPRIV = ("setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search")
WITHOUT_PRIVILEGES = (*(() if os.geteuid() else _SETPRIV), sys.executable, "-m", "izarlink_tickets")


def _checks(command: Command) -> dict[str, dict[str, str]]:
    return {result["check"]: result for result in json.loads(command("doctor", "--json").out)}


def test_a_sound_installation_has_no_failed_check(command: Command):
    ended = command("doctor")

    assert ended.code == 0
    assert "failed" not in ended.out


def test_a_sound_installation_runs_all_checks(command: Command):
    assert list(_checks(command)) == [
        *(
            "python",
            "settings",
            "address",
            "listening",
            "proxies",
            "data folder",
            "attachments",
            "disk",
            "clock",
            "faults",
        ),
        *(
            "antivirus",
            "breached passwords",
            "single sign-on",
            "mail server",
            "keys",
            "database",
            "schema",
            "sealing key",
            "writing",
            "log",
            "history",
            "mails",
            "passwords",
            "demo",
            "key changes",
            "key ages",
            "second factor",
        ),
    ]


@on_sqlite
@pytest.mark.parametrize(
    ("bind", "proxies", "status"),
    [
        ("127.0.0.1:8000", None, "ok"),
        ("[::1]:8000", None, "ok"),
        ("0.0.0.0:8000", None, "failed"),
        ("192.0.2.7:8000", None, "failed"),
        ("[::]:8000", None, "failed"),
        ("0.0.0.0:8000", "10.0.0.1", "ok"),
    ],
)
def test_a_server_that_is_open_to_the_network_without_a_proxy_is_found(
    command: Command, environment: pytest.MonkeyPatch, bind: str, proxies: str | None, status: str
):
    environment.setenv("IZARLINK_BIND", bind)
    environment.setenv("IZARLINK_BASE_URL", "http://127.0.0.1:8000")
    if proxies:
        environment.setenv("IZARLINK_TRUSTED_PROXIES", proxies)

    assert _checks(command)["listening"]["status"] == status


@on_sqlite
@pytest.mark.parametrize(
    ("bind", "status"), [("0.0.0.0:9100", "warning"), ("127.0.0.1:9100", "ok"), ("10.0.0.5:9100", "ok")]
)
def test_metrics_that_everybody_reaches_are_found(
    command: Command, environment: pytest.MonkeyPatch, bind: str, status: str
):
    environment.setenv("IZARLINK_METRICS_BIND", bind)

    assert _checks(command)["listening"]["status"] == status


@on_sqlite
@pytest.mark.parametrize(
    ("base_url", "status"), [("http://127.0.0.1:8000", "ok"), ("https://demo.izarlink.example", "failed")]
)
def test_a_demo_on_a_public_address_is_found(
    command: Command, portal: Portal, environment: pytest.MonkeyPatch, base_url: str, status: str
):
    environment.setenv("IZARLINK_BASE_URL", base_url)
    with portal.database.command() as connection:
        connection.execute(insert(installation).values(name="demo", value="loaded"))

    assert _checks(command)["demo"]["status"] == status


def test_a_database_role_with_rights_over_the_server_is_found(command: Command, portal: Portal):
    status = _checks(command)["database"]["status"]

    # The tests' own role is the server's administrator.
    assert status == ("ok" if portal.database.path else "warning")


def test_invalid_settings_end_the_checks(anywhere: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_FROBNICATE", "yes")

    ended = anywhere("doctor")

    assert ended.code == 1
    assert "IZARLINK_FROBNICATE" in ended.out.splitlines()[-1]


def test_an_installation_that_was_never_migrated_has_no_keys(anywhere: Command):
    ended = anywhere("doctor")

    assert ended.code == 1
    assert "migrate" in ended.out.splitlines()[-1]


@on_sqlite
def test_a_provider_that_names_another_issuer_fails(command: Command, environment: pytest.MonkeyPatch):
    with scripted_provider() as provider:
        for name, value in settings_of_provider(provider).items():
            environment.setenv(name, value)
        checks = _checks(command)
        sound = checks["single sign-on"]
        provider.document = {"issuer": "https://evil.example"}
        wrong = _checks(command)["single sign-on"]

    assert (sound["status"], checks["break-glass account"]["status"]) == ("ok", "warning")
    assert (wrong["status"], "names another issuer" in wrong["detail"]) == ("failed", True)


@on_sqlite
def test_an_unreachable_database_is_found_without_showing_its_password(
    command: Command, environment: pytest.MonkeyPatch
):
    environment.setenv("IZARLINK_DATABASE_URL", "postgresql://izar:very-secret@127.0.0.1:1/izarlink")

    ended = command("doctor")

    assert ended.code == 1
    assert "failed  database" in ended.out
    assert "very-secret" not in ended.out


@on_sqlite
def test_a_lock_that_cannot_be_opened_is_found(command: Command, tmp_path: Path):
    lock = next(tmp_path.rglob("*.db.lock"))
    lock.unlink()
    lock.mkdir()

    ended = command("doctor")

    assert (ended.code, ended.err) == (1, "")
    (failed,) = [line for line in ended.out.splitlines() if line.startswith("failed")]
    assert f"failed  writing: The database can't be reached: [Errno 21] Is a directory: '{lock}'. - Let" in failed


@on_sqlite
def test_a_read_only_database_is_found(command: Command, tmp_path: Path):
    next(tmp_path.rglob("*.db")).chmod(0o400)

    ended = subprocess.run([*WITHOUT_PRIVILEGES, "doctor"], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (1, "")
    assert "failed  writing: The database refused: attempt to write a readonly database" in ended.stdout


@on_sqlite
def test_an_antivirus_that_does_not_answer_is_found(command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_CLAMD_URL", "tcp://127.0.0.1:1")

    ended = command("doctor", "--json")

    assert ended.code == 1
    assert [result["check"] for result in json.loads(ended.out) if result["status"] == "failed"] == ["antivirus"]


@on_sqlite
def test_an_antivirus_that_answers_names_its_version(command: Command, environment: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "clamd").mkdir()
    with running_clamd(tmp_path / "clamd") as url:
        environment.setenv("IZARLINK_CLAMD_URL", url)
        check = _checks(command)["antivirus"]

    assert (check["status"], check["detail"][:7]) == ("ok", "ClamAV ")


@on_sqlite
def test_an_antivirus_with_a_small_limit_is_found(command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_ATTACHMENT_MAX_BYTES", str(MAX_STREAM + 1))
    with running_peer() as url:
        environment.setenv("IZARLINK_CLAMD_URL", url)
        check = _checks(command)["antivirus"]

    assert check["status"] == "failed"
    assert "size limit" in check["detail"]


@on_sqlite
def test_a_mail_server_that_does_not_answer_is_found(command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_SMTP_URL", "smtp://127.0.0.1:1")

    ended = command("doctor", "--json")

    assert ended.code == 1
    assert [result["check"] for result in json.loads(ended.out) if result["status"] == "failed"] == ["mail server"]


@on_sqlite
def test_a_folder_that_others_can_read_is_found(command: Command, tmp_path: Path):
    tmp_path.chmod(0o755)

    finding = _checks(command)["data folder"]

    assert (finding["status"], finding["remedy"]) == ("warning", f"chmod 700 {tmp_path}")


@on_sqlite
def test_an_address_without_encryption_is_found(command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_BASE_URL", "http://support.izarlink.example")

    assert _checks(command)["address"]["status"] == "warning"


@on_sqlite
def test_allowed_failpoints_are_found(command: Command, environment: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / FAULTS_ALLOWED).touch()
    allowed = _checks(command)["faults"]["status"]
    environment.setenv("IZARLINK_FAULT", "mail-claimed:1")

    assert (allowed, _checks(command)["faults"]["status"]) == ("warning", "failed")


@on_sqlite
def test_a_full_disk_is_found(command: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))

    assert _checks(command)["disk"]["status"] == "failed"


def test_an_event_in_the_future_is_found(command: Command, portal: Portal, cast: Cast):
    number = open_incident(portal, cast)
    cast.clock.advance(days=2)
    portal.tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
    cast.clock.advance(days=-2)

    assert _checks(command)["history"]["status"] == "warning"


def test_a_clock_that_was_ahead_is_forgotten_with_the_next_event(command: Command, portal: Portal, cast: Cast):
    cast.clock.advance(days=12 * 365)
    open_incident(portal, cast)
    cast.clock.advance(days=-12 * 365)
    during = _checks(command)["history"]["status"]

    portal.accounts.deactivate(cast.context("root"), email="alice@etxea.example")

    assert (during, _checks(command)["history"]["status"]) == ("warning", "ok")


def test_mails_that_wait_too_long_are_found(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    cast.clock.advance(hours=1)

    finding = _checks(command)["mails"]

    assert finding["status"] == "warning"
    assert "work" in finding["remedy"]


def test_failed_mails_are_found(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(update(outbox.outbox).values(status=MailStatus.FAILED.value))

    assert "mail retry" in _checks(command)["mails"]["remedy"]


def test_a_head_that_lags_behind_the_log_fails(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(text("UPDATE log_head SET position = position - 1"))

    log = _checks(command)["log"]

    assert log["status"] == "failed"
    assert "verify" in log["remedy"]


def test_accounts_without_a_password_of_their_own_are_counted(command: Command):
    command("account", "reset-password", "alice@etxea.example")

    assert _checks(command)["passwords"]["detail"].startswith("1 account has")
