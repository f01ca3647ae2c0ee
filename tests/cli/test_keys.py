"""`keys`: what operators read when they list and change them."""

import base64
import json
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.cli.conftest import Command, on_sqlite

from izarlink_tickets.application import Portal
from izarlink_tickets.config import fingerprint_of, short_fingerprint

pytestmark = on_sqlite


def listed(command: Command) -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = json.loads(command("keys", "list", "--json").out)
    return rows


def test_both_keys_are_listed_by_their_fingerprints(command: Command, portal: Portal):
    keys = portal.keys.sealing.newest, portal.keys.secret

    rows = listed(command)

    assert [row["key"] for row in rows] == [short_fingerprint(fingerprint_of(key)) for key in keys]
    assert [(row["purpose"], row["origin"], row["until"]) for row in rows] == [
        ("sealing", "file", None),
        ("secret", "file", None),
    ]


def test_both_keys_are_changed(command: Command, portal: Portal, tmp_path: Path):
    old = short_fingerprint(fingerprint_of(portal.keys.sealing.newest))

    ended = command("keys", "rotate")

    sealing, copy, retired, secret = ended.out.splitlines()
    assert ended.code == 0
    assert sealing.endswith("personal keys were wrapped anew.")
    assert copy == f"Keep a copy of {tmp_path / 'sealing_key'} in a safe place."
    assert str(tmp_path / f"sealing_key.{old}") in retired
    assert "is accepted until" in secret
    assert ended.err.count("master_key_changed") == 2
    assert [row["until"] is None for row in listed(command)] == [True, True, False, False]


def test_a_revoked_secret_key_signs_everybody_out(command: Command, tmp_path: Path):
    ended = command("keys", "rotate", "--secret", "--revoke")

    assert ended.out.endswith("everybody signs in again.\n")
    assert not (tmp_path / "secret_key.previous").exists()


def test_revoking_concerns_the_secret_key(command: Command):
    assert command("keys", "rotate", "--sealing", "--revoke").code == 2


@pytest.mark.parametrize(
    ("purpose", "variable"), [("--secret", "IZARLINK_SECRET_KEY"), ("--sealing", "IZARLINK_SEALING_KEY")]
)
def test_a_given_key_is_changed_by_its_operator(command, portal, environment, purpose, variable):
    given = portal.keys.secret if purpose == "--secret" else portal.keys.sealing.newest
    environment.setenv(variable, base64.b64encode(given).decode())

    ended = command("keys", "rotate", purpose)

    assert ended.code == 1
    assert f"{variable}_FALLBACKS" in ended.err


def test_doctor_warns_of_old_keys_and_of_unfinished_changes(command: Command, portal: Portal, tmp_path: Path):
    with portal.database.command() as connection:
        connection.execute(text("UPDATE master_keys SET since = '2023-01-01 00:00:00.000000'"))
    (tmp_path / "sealing_key.next").write_text("8uOP2LAx1kQpXQWcmPFqHv3WpFpPEmYhSxyVJWFJY3Q=\n")

    checks = {check["check"]: check for check in json.loads(command("doctor", "--json").out)}

    assert (checks["key ages"]["status"], checks["key changes"]["status"]) == ("warning", "warning")
    assert "more than" in checks["key ages"]["detail"]
    assert "keys rotate --sealing" in checks["key changes"]["remedy"]
