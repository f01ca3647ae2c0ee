"""« Audit »: search, and a ticket at any version or date."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

import orjson
from flask import Blueprint, make_response, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.application import ReplayedEvent
from izarlink_tickets.application.audit_names import load_recorded_names
from izarlink_tickets.domain.text import TEXT_MAXIMUM
from izarlink_tickets.domain.vocabulary import CHANNEL_LABELS, SYSTEM, Actor, Channel, Role
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import language_of
from izarlink_tickets.outbox.deliveries import DeliveryRow, deliveries_of
from izarlink_tickets.projections.ticket_queries import MAX_SEARCH, TicketFilter, list_tickets
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.audit import version_query
from izarlink_tickets.web.audit.event_labels import (
    FieldView,
    ValueFormatter,
    event_label,
    field_views,
    local_time,
    utc_time,
)
from izarlink_tickets.web.audit.snapshot import FILES_SHOWN, snapshot_of
from izarlink_tickets.web.desk.queue_row import queue_row_view
from izarlink_tickets.web.guards import auditor
from izarlink_tickets.web.list_query import ListQuery, line_up_to, parameter
from izarlink_tickets.web.row_memo import slotted_html
from izarlink_tickets.web.templating import macro, render
from izarlink_tickets.web.timeline import MAIL_LINES, MAX_SHOWN
from izarlink_tickets.web.timeline_part import html_bytes

pages = Blueprint("audit", __name__, url_prefix="/audit")

# Upper bounds, measured: of an event around its fields, of a field around its value, of a mail with its answer.
_EVENT_BYTES, _FIELD_BYTES, _MAIL_BYTES = 1_300, 160, 900


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
    whole_url: of the event alone, with whole texts. more_mails: how many are not listed.
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
    whole_url: str
    mails: Sequence[MailRecorded]
    more_mails: int


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
    viewer, queries = authentication.viewer(), []

    def choose(events: Sequence[ReplayedEvent]) -> int:
        queries.append(version_query.parse_version_query(request.args, events, timezone=viewer.timezone))
        return queries[0].version

    replay = portal().audit.replay_at(viewer.actor, number=number, choose=choose)
    query, last = queries[0], replay.last_version
    shown = version_query.parse_shown_events(request.args, version=query.version, last=last)
    snapshot, part = replay.events[: query.version], replay.events[shown.first - 1 : shown.last]
    with portal().database.query() as connection:
        mails = deliveries_of(connection, viewer.actor, number=number, first=shown.first, last=shown.last)
        shown = shown.fitting([_event_bytes(event, mails.get(event.version, ())) for event in part])
        part = replay.events[shown.first - 1 : shown.last]
        names = _names(connection, snapshot, part)
    page = render(
        "audit/ticket.html",
        number=number,
        query=query,
        shown=shown,
        last=last,
        typed=version_query.typed_moment(request.args),
        snapshot=snapshot_of(replay, snapshot, viewer, ValueFormatter(names, viewer.timezone)),
        files_shown=FILES_SHOWN,
        events=_events_html(part, viewer, number=number, version=query.version, names=names, mails=mails),
    )
    return make_response(page, query.status)


@pages.get("/tickets/<ticket:number>/evenements/<version:event_version>")
@auditor
def show_event(number: int, event_version: int) -> str:
    """Render one event, with the whole of its texts."""
    viewer = authentication.viewer()
    replay = portal().audit.replay(viewer.actor, number=number)
    if event_version > replay.last_version:
        raise NotFound
    event = replay.events[event_version - 1]
    with portal().database.query() as connection:
        names = _names(connection, [event])
        mails = deliveries_of(connection, viewer.actor, number=number, first=event_version, last=event_version)
    key = _event_key(event, viewer, number=number, version=event_version, names=names, mails=mails)
    view = _event_view(event, key, ValueFormatter(names, viewer.timezone, longest=TEXT_MAXIMUM))
    return render("audit/event.html", number=number, event=view)


class _EventKey(NamedTuple):
    """All that an event's HTML is made of; a `wording.Reader`, too.

    data: as JSON.
    """

    number: int
    head: tuple[Hashable, ...]
    data: bytes
    names: tuple[tuple[str, str], ...]
    mails: tuple[DeliveryRow, ...]
    is_current: bool
    is_later: bool
    actor: Actor
    locale: str
    timezone: str


def _events_html(
    events: Sequence[ReplayedEvent],
    viewer: Account,
    *,
    number: int,
    version: int,
    names: Mapping[str, str],
    mails: Mapping[int, tuple[DeliveryRow, ...]],
) -> list[Markup]:
    """Render events. version: the one on the page."""
    keys = [_event_key(event, viewer, number=number, version=version, names=names, mails=mails) for event in events]
    pieces = slotted_html("audit event", keys, lambda index: _event_html(events[index], keys[index]))
    return [piece.fill() for piece in pieces]


def _event_key(
    event: ReplayedEvent,
    viewer: Account,
    *,
    number: int,
    version: int,
    names: Mapping[str, str],
    mails: Mapping[int, tuple[DeliveryRow, ...]],
) -> _EventKey:
    return _EventKey(
        number,
        (event.position, event.version, event.event, event.at, event.actor, event.role, event.command_id),
        # Pages remember the keys of what they have shown: no more of a text than that.
        orjson.dumps((event.channel, {name: _beginning(value) for name, value in event.data.items()})),
        tuple((value, names[value]) for _, value in _ids([event]) if value in names),
        mails.get(event.version, ()),
        is_current=event.version == version,
        is_later=event.version > version,
        actor=Actor("", viewer.role),
        locale=language_of(viewer.locale),
        timezone=viewer.timezone,
    )


def _beginning(value: Any) -> Any:  # noqa: ANN401 - any value of an event
    return value[: MAX_SHOWN + 1] if isinstance(value, str) else value


def _event_bytes(event: ReplayedEvent, mails: Sequence[DeliveryRow]) -> int:
    """Estimate the HTML of an event, never too small."""
    fields = sum(_FIELD_BYTES + 2 * html_bytes(str(_beginning(value))) for value in event.data.values())
    return _EVENT_BYTES + fields + _MAIL_BYTES * min(len(mails), MAIL_LINES)


def _event_html(event: ReplayedEvent, key: _EventKey) -> str:
    return macro("audit/_event.html", "event")(_event_view(event, key, ValueFormatter(dict(key.names), key.timezone)))


def _event_view(event: ReplayedEvent, key: _EventKey, formatter: ValueFormatter) -> EventView:
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
        is_current=key.is_current,
        is_later=key.is_later,
        url=url_for("audit.show", number=key.number, version=event.version),
        whole_url=url_for("audit.show_event", number=key.number, event_version=event.version),
        more_mails=max(0, len(key.mails) - MAIL_LINES),
        mails=[
            MailRecorded(mail.name, wording.delivery_label(mail, key), mail.last_answer, mail.attempts)
            for mail in (row.parse() for row in key.mails[:MAIL_LINES])
        ],
    )


def _names(connection: Connection, *events: Sequence[ReplayedEvent]) -> dict[str, str]:
    """Load the names that the events refer to, by id or code."""
    recorded = load_recorded_names(connection, {value for some in events for _, value in _ids(some)})
    names = {key: wording.service_named(*found) for key, found in recorded.items()}
    return {SYSTEM.account_id: wording.role_label(Role.SYSTEM), **names}


def _ids(events: Iterable[ReplayedEvent]) -> Iterator[tuple[str, str]]:
    """List the ids and category codes in the events, with their fields."""
    for event in events:
        yield "actor_id", event.actor
        for name, value in (*event.data.items(), *event.data.get("previous", {}).items()):
            if name == "mentioned_ids":
                yield from ((name, account_id) for account_id in value)
            elif (name == "category" or name.endswith("_id")) and value:
                yield name, value
