"""« Audit »: find a ticket, see it as it was at any version or date, and every event as it was recorded (R43)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, make_response, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.accounts import find_accounts
from izarlink_tickets.application import ReplayedEvent
from izarlink_tickets.directory import category_labels, find_organisation, find_service
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import CHANNEL_LABELS, SYSTEM, Channel, Role
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import TicketFilter, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.audit import version_query
from izarlink_tickets.web.audit.event_labels import (
    ACCOUNT_FIELDS,
    EVENTS,
    FieldView,
    ValueFormatter,
    field_views,
    local_time,
    utc_time,
)
from izarlink_tickets.web.audit.mails import MailRecorded, mails_by_event
from izarlink_tickets.web.audit.snapshot import snapshot_of
from izarlink_tickets.web.desk.queue_row import queue_row_view
from izarlink_tickets.web.guards import auditor

pages = Blueprint("audit", __name__, url_prefix="/audit")


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as recorded. is_current: the last of the version shown; is_later: not yet known to it."""

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
    local: str
    utc: str
    fields: list[FieldView]
    is_current: bool
    is_later: bool
    address: str
    mails: Sequence[MailRecorded]


@pages.get("")
@auditor
def search() -> str:
    viewer = authentication.viewer()
    words = clean_line(request.args.get("q", ""))
    with portal().database.query() as connection:
        page = list_tickets(
            connection,
            viewer.person,
            filtered=TicketFilter(search=words),
            older_than=request.args.get("apres"),
            newer_than=request.args.get("avant"),
        )
    return render_template(
        "audit/search.html",
        words=words,
        rows=[queue_row_view(row, viewer, now=now()) for row in page.rows],
        older=page.older and _search_address(words, apres=page.older),
        newer=page.newer and _search_address(words, avant=page.newer),
    )


@pages.get("/tickets/<ticket:number>")
@auditor
def show(number: int) -> Response:
    viewer = authentication.viewer()
    whole = portal().audit.replay(viewer.person, number=number)
    asked = version_query.parse_version_query(request.args, whole.events, timezone=viewer.timezone)
    until_then = portal().audit.replay(viewer.person, number=number, version=asked.version)
    with portal().database.query() as connection:
        said = ValueFormatter(_names(connection, whole.events), viewer.timezone)
        mails = mails_by_event(connection, viewer, number=number, last=whole.last_version)
    page = render_template(
        "audit/ticket.html",
        number=number,
        asked=asked,
        last=whole.last_version,
        typed=clean_line(request.args.get("au", "")),
        snapshot=snapshot_of(until_then, viewer, said),
        events=[_shown(event, number, asked.version, said, mails.get(event.version, ())) for event in whole.events],
    )
    return make_response(page, asked.status)


def _search_address(words: str, **page: str) -> str:
    return f"{url_for('audit.search')}?{urlencode(({'q': words} if words else {}) | page)}"


def _shown(
    event: ReplayedEvent, number: int, version: int, said: ValueFormatter, mails: Sequence[MailRecorded]
) -> EventView:
    return EventView(
        version=event.version,
        position=event.position,
        name=EVENTS.get(event.event, event.event),
        code=event.event,
        actor=said.names.get(event.actor, _("Compte effacé")),
        actor_id=event.actor,
        role=wording.role_in_sentence(event.role),
        channel=_(CHANNEL_LABELS[Channel(event.channel)]),
        command_id=event.command_id,
        at=event.at,
        local=local_time(event.at, said.timezone),
        utc=utc_time(event.at),
        fields=list(field_views(event.data, said)),
        is_current=event.version == version,
        is_later=event.version > version,
        address=url_for("audit.show", number=number, version=event.version),
        mails=mails,
    )


def _names(connection: Connection, events: Sequence[ReplayedEvent]) -> dict[str, str]:
    """Look up what the ids in the events stand for."""
    ids = list(_ids(events))
    people = find_accounts(connection, ids={one for name, one in ids if name in ACCOUNT_FIELDS})
    services = (find_service(connection, service_id=one) for one in {one for name, one in ids if name == "service_id"})
    organisation = find_organisation(connection, organisation_id=events[0].data["organisation_id"])
    return {
        SYSTEM.account_id: wording.role_label(Role.SYSTEM),
        **category_labels(connection, codes={one for name, one in ids if name == "category"}),
        **{account.id: account.name for account in people},
        **{service.id: wording.service_named(service.reference, service.label) for service in services if service},
        **({organisation.id: organisation.name} if organisation else {}),
    }


def _ids(events: Iterable[ReplayedEvent]) -> Iterator[tuple[str, str]]:
    """List the ids and categories in the events, each with the name of its field."""
    for event in events:
        yield "actor_id", event.actor
        for name, value in (*event.data.items(), *event.data.get("previous", {}).items()):
            if name == "mentioned_ids":
                yield from ((name, one) for one in value)
            elif (name == "category" or name.endswith("_id")) and value:
                yield name, value
