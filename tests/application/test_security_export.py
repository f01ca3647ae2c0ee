"""Security events in OCSF."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from eventsourcing.persistence import StoredEvent
from tests.application.signing_in import sign_in
from tests.cast import Cast, Clock

from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import Position
from izarlink_tickets.application.ocsf import OcsfClass, ocsf_of_event, ocsf_of_line
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.cli.session import READER
from izarlink_tickets.domain.account import ACCOUNT_EVENTS, AccountEvent
from izarlink_tickets.domain.errors import NotAllowed
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.security_log import Reason

HOST = "support.example"
STORED = Path(__file__).parents[1] / "stored_events"
LINE = {
    "reason": "withheld",
    "detail": "number",
    "account": "a1",
    "route": "/<ticket:number>",
    "method": "GET",
    "request": "0123456789abcdef",
    "network": "fedcba9876543210",
    "address": None,
    "event": "security",
    "level": "warning",
    "timestamp": "2026-11-02T08:00:00.000000Z",
}
# Attributes that the schema's version 1.8 requires, and of which it requires one.
REQUIRED = {"class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "time", "metadata"}
REQUIRED_OF = {
    OcsfClass.ACCOUNT_CHANGE: {"user"},
    OcsfClass.AUTHENTICATION: {"user", "dst_endpoint"},
    OcsfClass.ENTITY_MANAGEMENT: {"entity"},
    OcsfClass.USER_ACCESS_MANAGEMENT: {"user", "privileges"},
    OcsfClass.HTTP_ACTIVITY: {"http_request", "dst_endpoint"},
}
ACTIVITIES = {
    OcsfClass.ACCOUNT_CHANGE: {*range(1, 13), 99},
    OcsfClass.AUTHENTICATION: {1, 2, 99},
    OcsfClass.ENTITY_MANAGEMENT: {1, 2, 3},
    OcsfClass.USER_ACCESS_MANAGEMENT: {1, 2},
    OcsfClass.HTTP_ACTIVITY: {*range(1, 10), 99},
}


def assert_valid(event: dict[str, Any]) -> None:
    kind = OcsfClass(event["class_uid"])
    assert event.keys() >= REQUIRED | REQUIRED_OF[kind] | {"actor", "status_id"}
    assert event["category_uid"] == kind // 1000
    assert event["activity_id"] in ACTIVITIES[kind]
    assert event["type_uid"] == kind * 100 + event["activity_id"]
    assert event["severity_id"] in range(7)
    assert isinstance(event["time"], int)
    assert event["metadata"]["version"] == "1.8.0"
    assert event["metadata"]["product"].keys() >= {"name", "vendor_name", "version"}
    people = [event["actor"]["user"], *([event["user"]] if "user" in event else [])]
    assert all(person.keys() & {"name", "uid"} for person in people)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in {"signed_in", "account_locked"}])
@pytest.mark.parametrize(
    "changed", [{}, {"account": None, "route": None, "method": None, "request": None, "network": None}]
)
def test_each_line_is_a_valid_event(reason: Reason, changed: dict[str, None]):
    event = ocsf_of_line(LINE | {"reason": reason} | changed, host=HOST)

    assert event is not None
    assert_valid(event)
    assert event["metadata"]["event_code"] == reason


@pytest.mark.parametrize("kind", ACCOUNT_EVENTS, ids=lambda kind: kind.__name__)
def test_each_account_event_is_a_valid_event(kind: type[AccountEvent]):
    for sample in json.loads((STORED / f"{kind.TOPIC}.json").read_text("utf-8")):
        stored = StoredEvent(UUID(sample["stream_id"]), sample["version"], kind.TOPIC, orjson.dumps(sample["state"]))
        event = mapper_of(None).to_domain_event(stored)
        assert isinstance(event, kind)

        assert_valid(ocsf_of_event(event, host=HOST))


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (Reason.SECOND_FACTOR_AWAITED, OcsfClass.AUTHENTICATION),
        (Reason.MASTER_KEY_CHANGED, OcsfClass.ENTITY_MANAGEMENT),
        (Reason.SIGNED_OUT, OcsfClass.AUTHENTICATION),
    ],
)
def test_what_succeeds_is_no_refusal(reason: Reason, kind: OcsfClass):
    event = ocsf_of_line(LINE | {"reason": reason.value}, host=HOST)

    assert event
    assert (event["class_uid"], event["status_id"]) == (kind, 1)
    assert event.keys().isdisjoint({"action_id", "disposition_id"})


def test_a_refused_request_says_what_was_refused_to_whom():
    event = ocsf_of_line(LINE | {"address": "192.0.2.7"}, host=HOST)

    assert event is not None
    assert (event["class_uid"], event["activity_name"], event["time"]) == (4002, "Get", 1_793_606_400_000)
    assert event["http_request"]["url"] == {"hostname": HOST, "path": "/<ticket:number>"}
    assert event["src_endpoint"] == {"uid": "fedcba9876543210", "ip": "192.0.2.7"}
    assert (event["status_id"], event["action_id"], event["disposition_id"]) == (2, 2, 2)
    assert event["actor"]["user"]["uid"] == "a1"


def test_what_accounts_live_through_is_exported_in_order(portal: Portal, cast: Cast, clock: Clock):
    sign_in(portal, clock, "alice@etxea.example")
    position = Position(Role.SUPPORT, "")
    portal.accounts.change_role(cast.context("root"), email="ada@izarlink.example", position=position)
    portal.accounts.deactivate(cast.context("root"), email="charlie@mendi.example")

    exported = portal.security_export.export(READER, lines=[])

    assert exported.from_events == len(exported.events) > 8
    assert [event["time"] for event in exported.events] == sorted(event["time"] for event in exported.events)
    for event in exported.events:
        assert_valid(event)
    assert [event["class_uid"] for event in exported.events[-3:]] == [3002, 3005, 3001]
    assert exported.events[-2]["privileges"] == ["support"]
    assert exported.events[-1]["actor"]["user"] == {"uid": cast["root"].id, "type_id": 2}
    assert b"alice" not in exported.as_json_lines()


def test_lines_that_repeat_events_are_left_out_and_foreign_ones_counted(portal: Portal, cast: Cast):
    lines = [
        json.dumps(LINE),
        json.dumps(LINE | {"reason": "signed_in"}),
        json.dumps(LINE | {"event": "command"}),
        json.dumps(LINE | {"reason": "of a newer release"}),
        "Traceback (most recent call last):",
        "",
        "[1]",
    ]

    exported = portal.security_export.export(READER, lines=lines)

    assert (exported.from_lines, exported.unreadable) == (1, 4)


def test_older_events_can_be_left_out(portal: Portal, cast: Cast, clock: Clock):
    before = portal.security_export.export(READER, lines=[json.dumps(LINE)], since=clock() + timedelta(days=1))

    assert before.events == []


def test_only_auditors_export(portal: Portal, cast: Cast):
    with pytest.raises(NotAllowed):
        portal.security_export.export(cast["alice"].actor, lines=[])
