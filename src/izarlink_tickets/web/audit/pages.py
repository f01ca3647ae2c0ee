"""« Audit »: search, and a ticket at any version or date."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from flask import Blueprint, make_response, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account, find_accounts
from izarlink_tickets.application import ReplayedEvent
from izarlink_tickets.directory import category_labels, find_organisation, find_service
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import CHANNEL_LABELS, SYSTEM, Channel, Role
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.outbox.deliveries import deliveries_of
from izarlink_tickets.projections.ticket_queries import MAX_SEARCH, TicketFilter, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.audit import version_query
from izarlink_tickets.web.audit.event_labels import (
    ACCOUNT_FIELDS,
    FieldView,
    ValueFormatter,
    event_label,
    field_views,
    local_time,
    utc_time,
)
from izarlink_tickets.web.audit.snapshot import snapshot_of
from izarlink_tickets.web.desk.queue_row import queue_row_view
from izarlink_tickets.web.guards import auditor
from izarlink_tickets.web.list_query import ListQuery, line_up_to, parameter
from izarlink_tickets.web.templating import render

pages = Blueprint("audit", __name__, url_prefix="/audit")


@dataclass(frozen=True, slots=True)
class MailRecorded:
    """A mail.

    name: the recipient's, as it is now.
    answer: the server's, None before the first attempt.
    """

    name: str
    label: wording.DeliveryLabel
    answer: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as recorded.

    is_current: it made the version on the page.
    is_later: it came after that version.
    """

    version: int
    position: int
    name: str
    code: str
    actor: str
    actor_id: str
    role: str
    channel: str
    command_id: str
    at: datetime
    local_time: str
    utc_time: str
    fields: list[FieldView]
    is_current: bool
    is_later: bool
    url: str
    mails: Sequence[MailRecorded]


@dataclass(frozen=True)
class AuditQuery(ListQuery):
    """The search and page of the auditor's list."""

    ENDPOINT: ClassVar[str] = "audit.search"

    search: str = parameter("q", "", line_up_to(MAX_SEARCH))


@pages.get("")
@auditor
def search() -> str:
    viewer, query = authentication.viewer(), AuditQuery().with_arguments(request.args)
    with portal().database.query() as connection:
        page = list_tickets(
            connection,
            viewer.actor,
            filtered=TicketFilter(search=query.search),
            page_request=query.page_request,
        )
    return render(
        "audit/search.html",
        query=query,
        rows=[queue_row_view(row, viewer, now=now()) for row in page.rows],
        next_url=query.next_url(page),
        previous_url=query.previous_url(page),
    )


@pages.get("/tickets/<ticket:number>")
@auditor
def show(number: int) -> Response:
    viewer = authentication.viewer()
    replay = portal().audit.replay(viewer.actor, number=number)
    query = version_query.parse_version_query(request.args, replay.events, timezone=viewer.timezone)
    replay_to_version = portal().audit.replay(viewer.actor, number=number, version=query.version)
    with portal().database.query() as connection:
        formatter = ValueFormatter(_names(connection, replay.events), viewer.timezone)
        mails = _mails_by_event(connection, viewer, number=number, last=replay.last_version)
    page = render(
        "audit/ticket.html",
        number=number,
        query=query,
        last=replay.last_version,
        typed=clean_line(request.args.get("au", "")),
        snapshot=snapshot_of(replay_to_version, viewer, formatter),
        events=[
            _event_view(event, number, query.version, formatter, mails.get(event.version, ()))
            for event in replay.events
        ],
    )
    return make_response(page, query.status)


def _mails_by_event(
    connection: Connection, viewer: Account, *, number: int, last: int
) -> Mapping[int, list[MailRecorded]]:
    """Load the mails up to a version, by their command's first version."""
    deliveries = deliveries_of(connection, viewer.actor, number=number, first=1, last=last)
    return {
        version: [
            MailRecorded(mail.name, wording.delivery_label(mail, viewer), mail.last_answer, mail.attempts)
            for mail in mails
        ]
        for version, mails in deliveries.items()
    }


def _event_view(
    event: ReplayedEvent, number: int, version: int, formatter: ValueFormatter, mails: Sequence[MailRecorded]
) -> EventView:
    return EventView(
        version=event.version,
        position=event.position,
        name=event_label(event.event),
        code=event.event,
        actor=formatter.names.get(event.actor, _("Compte effacé")),
        actor_id=event.actor,
        role=wording.role_in_sentence(event.role),
        channel=_(CHANNEL_LABELS[Channel(event.channel)]),
        command_id=event.command_id,
        at=event.at,
        local_time=local_time(event.at, formatter.timezone),
        utc_time=utc_time(event.at),
        fields=list(field_views(event.data, formatter)),
        is_current=event.version == version,
        is_later=event.version > version,
        url=url_for("audit.show", number=number, version=event.version),
        mails=mails,
    )


def _names(connection: Connection, events: Sequence[ReplayedEvent]) -> dict[str, str]:
    """Load the names that the events refer to, by id or code."""
    ids = list(_ids(events))
    people = find_accounts(connection, ids={value for name, value in ids if name in ACCOUNT_FIELDS})
    services = (
        find_service(connection, service_id=value) for value in {value for name, value in ids if name == "service_id"}
    )
    organisation = find_organisation(connection, organisation_id=events[0].data["organisation_id"])
    return {
        SYSTEM.account_id: wording.role_label(Role.SYSTEM),
        **category_labels(connection, codes={value for name, value in ids if name == "category"}),
        **{account.id: account.name for account in people},
        **{service.id: wording.service_named(service.reference, service.label) for service in services if service},
        **({organisation.id: organisation.name} if organisation else {}),
    }


def _ids(events: Iterable[ReplayedEvent]) -> Iterator[tuple[str, str]]:
    """List the ids and category codes in the events, with their fields."""
    for event in events:
        yield "actor_id", event.actor
        for name, value in (*event.data.items(), *event.data.get("previous", {}).items()):
            if name == "mentioned_ids":
                yield from ((name, account_id) for account_id in value)
            elif (name == "category" or name.endswith("_id")) and value:
                yield name, value
