"""The security log of a process, and its own file."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from izarlink_tickets import security_log
from izarlink_tickets.cli import logs
from izarlink_tickets.config import Settings
from izarlink_tickets.security_log import Reason

ORIGIN = security_log.RequestOrigin("/connexion", "POST", "0123456789abcdef", "fedcba9876543210")
FIELDS = ["reason", "detail", "account", "route", "method", "request", "network", "address", "event", "level"]


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[Path]:
    """Configure the log for errors alone; return the security log's file."""
    handlers, level = logging.root.handlers, logging.root.level
    file = tmp_path / "security.log"
    logs.configure(Settings.read({"IZARLINK_SECURITY_LOG": str(file), "IZARLINK_LOG_LEVEL": "error"}))
    yield file
    logging.root.handlers, logging.root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    for handler in logging.getLogger(security_log.EVENT).handlers:
        handler.close()


def test_the_file_has_a_json_line_each_and_only_its_owner_reads_it(configured: Path):
    security_log.bind_request(ORIGIN)
    security_log.record(Reason.SIGNED_IN, account_id="a1")
    security_log.unbind_request()
    security_log.record(Reason.MALFORMED_REQUEST, detail='"\n\u2028')

    first, second = map(json.loads, configured.read_text("utf-8").splitlines())
    assert [*first] == [*FIELDS, "timestamp"]
    assert (first["reason"], first["account"], first["network"]) == ("signed_in", "a1", "fedcba9876543210")
    assert first["timestamp"].endswith("Z")
    assert (second["route"], second["detail"]) == (None, '"\n\u2028')
    assert configured.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("reason", "is_attack"),
    [(Reason.WRONG_SECOND_FACTOR, True), (Reason.SIGNED_IN, False), (Reason.UNKNOWN_PATH, False)],
)
def test_the_filter_for_fail2ban_finds_the_address_of_an_attack(configured: Path, reason: Reason, *, is_attack: bool):
    text = (Path(__file__).parents[2] / "deploy" / "fail2ban-filter.conf").read_text("utf-8")
    pattern = text.partition("failregex = ")[2].partition("\n")[0].replace("<ADDR>", r"(?P<address>[0-9a-f.:]+)")

    security_log.bind_request(replace(ORIGIN, address="2001:db8::7"))
    security_log.record(reason, account_id="a1", detail="number")
    security_log.unbind_request()

    match = re.match(pattern, configured.read_text("utf-8"))
    assert (match and match["address"]) == ("2001:db8::7" if is_attack else None)


def test_a_file_that_was_moved_away_is_opened_anew(configured: Path):
    security_log.record(Reason.SIGNED_IN)
    configured.rename(configured.with_suffix(".1"))

    security_log.record(Reason.SIGNED_OUT)

    assert json.loads(configured.read_text("utf-8"))["reason"] == "signed_out"


def test_a_line_that_cannot_be_written_goes_to_stderr(configured: Path, capsys):
    configured.mkdir()

    security_log.record(Reason.WITHHELD)

    assert '"reason": "withheld"' in capsys.readouterr().err
