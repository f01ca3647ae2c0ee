"""docs/events.md describes every event as the code does."""

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from izarlink_tickets.domain.account import ACCOUNT_EVENTS, AccountEvent
from izarlink_tickets.domain.events import TICKET_EVENTS, TicketEvent

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
KIND = re.compile(r"^### `(?P<topic>[^`]+)`: (?P<name>\w+)\n\n(?P<meaning>.+?) Since (?P<since>[\d.]+)\.", re.MULTILINE)
FIELD = re.compile(r"^\| `(\w+)` \| ([^|]+) \|", re.MULTILINE)

# The page's names of types; a moment is stored as text, and only `timestamp` is loaded as one.
TYPES: dict[Any, str] = {
    str: "string",
    int: "integer",
    str | None: "string or null",
    int | None: "integer or null",
    list[str]: "array of strings",
    dict[str, Any]: "object",
    datetime: "moment",
}

EVENTS: list[type[TicketEvent] | type[AccountEvent]] = [*TICKET_EVENTS, *ACCOUNT_EVENTS]
# In columns of their own, not in the stored object.
COLUMNS = {"originator_id", "originator_version"}


def section_of(heading: str) -> str:
    """Return the text after a heading, up to the next one."""
    return re.split(r"^##", PAGE.split(heading + "\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def documented(heading: str) -> dict[str, str]:
    return dict(FIELD.findall(section_of(heading)))


def declared(event: type[TicketEvent] | type[AccountEvent], *, without: Iterable[str] = ()) -> dict[str, str]:
    names = [field.name for field in fields(event) if field.name not in {*COLUMNS, *without}]
    hints = get_type_hints(event)
    sealed = dict.fromkeys(getattr(event, "SEALED", ()), ", sealed")
    return {name: TYPES[hints[name]] + sealed.get(name, "") for name in names}


COMMON = {field.name for field in fields(TicketEvent)}
COMMON_OF_ACCOUNTS = {field.name for field in fields(AccountEvent)}


def test_the_page_lists_the_kinds_of_events_in_the_order_of_the_code():
    listed = [(kind["topic"], kind["name"]) for kind in KIND.finditer(PAGE)]

    assert listed == [(event.TOPIC, event.__name__) for event in EVENTS]


def test_no_kind_of_event_on_the_page_lacks_its_meaning_or_its_release():
    assert len(KIND.findall(PAGE)) == PAGE.count("\n### ")


@pytest.mark.parametrize("event", TICKET_EVENTS, ids=lambda event: event.TOPIC)
def test_the_page_describes_every_field_of_a_ticket_event(event: type[TicketEvent]):
    heading = f"### `{event.TOPIC}`: {event.__name__}"

    assert documented(heading) == declared(event, without=COMMON)


@pytest.mark.parametrize("event", ACCOUNT_EVENTS, ids=lambda event: event.TOPIC)
def test_the_page_describes_every_field_of_an_account_event(event: type[AccountEvent]):
    heading = f"### `{event.TOPIC}`: {event.__name__}"

    assert documented(heading) == declared(event, without=COMMON_OF_ACCOUNTS)


def test_the_page_describes_the_fields_that_all_events_share():
    assert documented("## Every event of a ticket") == declared(TicketEvent)
    assert documented("## Every event of an account") == declared(AccountEvent)
