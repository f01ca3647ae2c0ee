"""The demo's content, read from the files in `data/`.

A ticket is a list of steps; each step is a method of `application.tickets.Tickets` with its arguments.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from izarlink_tickets.application.canned_responses import CannedResponseDraft
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.vocabulary import Channel, Role

PASSWORD = "demo-izarlink-2026"  # noqa: S105 - printed on the demo's sign-in page
FIRST_PASSWORD = "premiere-connexion-2026"  # noqa: S105 - of the person who has never signed in

_DATA = files(__package__) / "data"
_TICKET_FILES = ("bakehouse", "shop", "office", "garage")
# Command ids are derived from these, so that an interrupted load continues where it stopped.
_COMMANDS = UUID("b3b0a7a4-7b3e-4d0e-9f0e-3c1a52d6c0de")
_CANNED_RESPONSES = UUID("b1f1b1de-93c6-4e5b-8b5a-1f6c1a54f0aa")
# The hours in the files are those of the people's clocks.
_ZONE = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class DemoService:
    """A service of one of the customers."""

    reference: str
    organisation: str
    label: str
    site: str
    offer: str


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person of the demo.

    has_signed_in: has chosen `PASSWORD` and confirmed their contact details.
    """

    email: str
    name: str
    role: Role
    organisation: str | None = None
    phone: str = ""
    has_signed_in: bool = True

    @property
    def first_name(self) -> str:
        """The name that the tickets' files use."""
        return self.email.partition("@")[0]


@dataclass(frozen=True, slots=True)
class DemoStep:
    """One command on a ticket.

    days_ago: at least 1, so that the step is in the past wherever the demo is loaded.
    actor: a first name, or `portal`.
    arguments: those of `command`, with names and references in place of ids.
    """

    command_id: str
    days_ago: int
    at: time
    actor: str
    command: str
    channel: Channel
    arguments: Mapping[str, Any]

    def moment(self, now: datetime) -> datetime:
        """Return when the step happens. now: of the load, aware."""
        day = now.astimezone(_ZONE).date() - timedelta(days=self.days_ago)
        return datetime.combine(day, self.at, tzinfo=_ZONE)


@dataclass(frozen=True, slots=True)
class DemoTicket:
    """A ticket's steps; the first one opens it."""

    id: str
    steps: tuple[DemoStep, ...]


def demo_organisations() -> list[str]:
    """Return the names of the customers."""
    names: list[str] = _read("directory")["organisations"]
    return names


def demo_services() -> list[DemoService]:
    """Return the customers' services."""
    return [DemoService(**service) for service in _read("directory")["services"]]


def demo_people() -> list[DemoPerson]:
    """Return the people of both customers and of IzarLink."""
    return [DemoPerson(**person | {"role": Role(person["role"])}) for person in _read("directory")["people"]]


def demo_canned_responses() -> dict[str, CannedResponseDraft]:
    """Return the canned responses by command id."""
    drafts = [CannedResponseDraft(**draft) for draft in _read("directory")["canned_responses"]]
    return {str(uuid5(_CANNED_RESPONSES, draft.title)): draft for draft in drafts}


def demo_tickets() -> list[DemoTicket]:
    """Return all tickets, file by file."""
    return [_ticket(ticket) for name in _TICKET_FILES for ticket in _read(name)["tickets"]]


def demo_file(name: str) -> Upload:
    """Return a file that a person of the demo attaches."""
    return Upload(name, (_DATA / "files" / name).read_bytes())


def _ticket(opening: dict[str, Any]) -> DemoTicket:
    ticket_id, steps = opening.pop("id"), opening.pop("steps", [])
    opening["command"] = "open"
    return DemoTicket(
        ticket_id, tuple(_step(f"{ticket_id}/{place}", step) for place, step in enumerate((opening, *steps)))
    )


def _step(step_id: str, step: dict[str, Any]) -> DemoStep:
    return DemoStep(
        command_id=str(uuid5(_COMMANDS, step_id)),
        days_ago=step.pop("days_ago"),
        at=step.pop("at"),
        actor=step.pop("actor"),
        command=step.pop("command"),
        channel=Channel(step.pop("channel", Channel.WEB)),
        arguments=step,
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / f"{name}.toml").read_text("utf-8"))
