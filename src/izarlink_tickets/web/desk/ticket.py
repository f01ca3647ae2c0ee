"""« Bureau »: the page of a ticket, with all its forms."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.desk.canned_responses import CannedResponse, active_canned_responses
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal, settings
from izarlink_tickets.web.desk import presence
from izarlink_tickets.web.desk.composer import COMPOSER
from izarlink_tickets.web.desk.form_base import DeskForm
from izarlink_tickets.web.desk.forms import FORMS
from izarlink_tickets.web.desk.person_forms import REMOVE, WatcherForm
from izarlink_tickets.web.desk.queue_query import all_tickets_url
from izarlink_tickets.web.desk.queue_row import queue_row_view
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData, load_ticket_page_data
from izarlink_tickets.web.forms import form_page
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.numbers import whole_number
from izarlink_tickets.web.timeline import entry_view, timeline_html

pages = Blueprint("ticket", __name__)

Forms = Mapping[str, DeskForm | None]


@dataclass(frozen=True)
class Removal:
    """The button that removes a watcher."""

    account_id: str
    name: str
    form: WatcherForm


@pages.get("/tickets/<ticket:number>")
@staff
def show(number: int) -> Response:
    return page_of(number)


def page_of(number: int, *, returned: DeskForm | None = None) -> Response:
    """Render the ticket. returned: a form that comes back as typed.

    Raises: TicketNotFound.
    """
    entry = whole_number(request.args.get("entree"))
    page_data = load_ticket_page_data(number, before=whole_number(request.args.get("avant")), entry=entry)
    presence.note(number)
    return form_page(
        "desk/ticket.html",
        returned,
        page_data=page_data,
        ticket=page_data.ticket,
        present=presence.present_on(number),
        **_history_values(page_data, returned, entry=entry),
        **_form_values(page_data, returned),
    )


def _history_values(page_data: TicketPageData, returned: DeskForm | None, *, entry: int | None) -> dict[str, object]:
    """Build the values for reading. entry: linked by a mail."""
    reader, number, seen = authentication.viewer(), page_data.ticket.number, _seen_version(page_data, returned)
    highlighted = entry or (None if returned else _first_after(page_data, seen))
    names = page_data.names
    entries = timeline_html(
        page_data.part,
        reader,
        number=number,
        names=names,
        now=now(),
        highlighted=highlighted,
        seen=seen,
        deliveries=page_data.deliveries,
    )
    news = [entry for entry in page_data.part.entries if returned and seen and entry.number > seen]
    return {
        "row": queue_row_view(page_data.ticket, reader, now=now()),
        "all_tickets_url": all_tickets_url(organisation_id=page_data.ticket.organisation_id),
        "facts": _facts(page_data.ticket),
        "others": [queue_row_view(row, reader, now=now()) for row in page_data.others],
        "solution": page_data.solution and entry_view(page_data.solution, reader, number=number, names=names),
        "entries": entries,
        "first_entry": page_data.part.entries[0].number if page_data.part.entries else None,
        "news": [entry_view(entry, reader, number=number, names=names) for entry in news],
    }


def _form_values(page_data: TicketPageData, returned: DeskForm | None) -> dict[str, object]:
    """Build the values for writing and deciding."""
    forms = _forms(page_data, returned)
    return {
        "forms": forms,
        "writing": [forms[slug] for slug in COMPOSER if forms[slug]],
        "mode": _mode(forms, returned),
        "texts": _canned_responses(),
        "removals": [_removal(page_data, watcher) for watcher in page_data.watchers],
        "max_bytes": settings().attachment_max_bytes,
        "max_files": MAX_FILES,
    }


def _canned_responses() -> list[CannedResponse]:
    with portal().database.query() as connection:
        return active_canned_responses(connection)


def _forms(page_data: TicketPageData, returned: DeskForm | None) -> Forms:
    """Build the forms by slug; None where the page doesn't offer one."""
    forms = {
        form_class.slug: form_class.blank(page_data) if form_class.is_offered(page_data) else None
        for form_class in FORMS
    }
    return forms | {returned.slug: returned} if returned else forms


def _mode(forms: Forms, returned: DeskForm | None) -> str | None:
    """Return the slug of the composer's open tab, if any."""
    offered = [slug for slug in COMPOSER if forms[slug]]
    preferred = [returned.slug if returned else None, request.args.get("ecrire")]
    return next((slug for slug in (*preferred, *offered) if slug in offered), None)


def _removal(page_data: TicketPageData, watcher: Account) -> Removal:
    form = WatcherForm(formdata=None, operation=REMOVE, seen=str(page_data.ticket.version))
    return Removal(watcher.id, watcher.name, form)


def _facts(ticket: TicketRow) -> list[tuple[str, str]]:
    service = wording.service_named(ticket.service_reference, ticket.service_label)
    return [
        (_("Type de demande"), wording.type_label(ticket.ticket_type)),
        (_("Catégorie"), wording.category_label(ticket.category, ticket.category_label)),
        (_("Service"), service if ticket.service_id else wording.no_service()),
        (_("Urgence"), wording.urgency_label(ticket.urgency)),
        (_("Impact"), wording.impact_label(ticket.impact)),
        (_("Priorité"), wording.urgency_label(ticket.priority)),
    ]


def _first_after(page_data: TicketPageData, seen: int | None) -> int | None:
    """Find the first entry that is new to the viewer."""
    return next((entry.number for entry in page_data.part.entries if seen and entry.number > seen), None)


def _seen_version(page_data: TicketPageData, returned: DeskForm | None) -> int | None:
    """Return the last version that the viewer has read, if known.

    A form that comes back shows the new entries: sent again, its author has seen them.
    """
    if returned is None:
        return whole_number(request.args.get("depuis"))
    seen = returned.seen_version
    returned.mark_seen(page_data.ticket.version)
    return seen or None
