"""Probes for monitoring."""

import pytest
from sqlalchemy import text
from tests.cast import Cast
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.database import Database, DatabaseUnreachable


@pytest.mark.cve("CVE-2025-21626")
def test_a_living_process_says_no_more_than_that(anonymous: Browser):
    answer = anonymous.get("/-/live")

    assert (answer.status, answer.response.text, answer.response.mimetype) == (200, "ok\n", "text/plain")


def test_a_portal_that_can_serve_is_ready(anonymous: Browser):
    answer = anonymous.get("/-/ready")

    assert (answer.status, answer.response.text) == (200, "ok\n")


def test_a_portal_that_is_not_migrated_is_not_ready(anonymous: Browser, portal: Portal):
    with portal.database.command() as connection:
        connection.execute(text("DELETE FROM alembic_version"))

    assert anonymous.get("/-/ready").status == 503


def test_a_portal_without_its_database_is_not_ready(anonymous: Browser, monkeypatch: pytest.MonkeyPatch):
    def fail(_: Database) -> None:
        raise DatabaseUnreachable

    monkeypatch.setattr(Database, "query", fail)

    answer = anonymous.get("/-/ready")

    assert (answer.status, answer.response.text) == (503, "not ready\n")
    assert anonymous.get("/-/live").status == 200


def test_the_health_is_for_administrators(browser_of, cast: Cast, portal: Portal):
    portal.profiles.request_password_reset(
        identifier="alice@etxea.example", remote_address="127.0.0.1", now=cast.clock()
    )
    cast.clock.advance(seconds=90)

    health = browser_of("root").get("/-/health").response.get_json()

    assert health["schema_is_current"] is True
    assert (health["mails_waiting"], health["mails_oldest_waiting_seconds"], health["mails_failed"]) == (1, 90, 0)
    assert health["disk_free_bytes"] > 0


def test_a_mail_that_waits_for_long_is_a_problem(browser_of, cast: Cast, portal: Portal):
    portal.profiles.request_password_reset(
        identifier="alice@etxea.example", remote_address="127.0.0.1", now=cast.clock()
    )
    cast.clock.advance(minutes=31)

    answer = browser_of("root").get("/-/health")

    assert answer.status == 503
    assert answer.response.get_json()["problems"] == ["mails-late"]
