"""« Bureau », one ticket: everything about it, and everything that can be done to it, on one page."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.application.canned_texts import CannedText, offered_texts
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web import authentication
from izarlink_tickets.web.context import now, portal, settings
from izarlink_tickets.web.desk import presence
from izarlink_tickets.web.desk.composer import COMPOSER
from izarlink_tickets.web.desk.form_base import DeskForm
from izarlink_tickets.web.desk.forms import FORMS
from izarlink_tickets.web.desk.people import REMOVE, WatcherForm
from izarlink_tickets.web.desk.rows import row_shown
from izarlink_tickets.web.desk.subject import Subject, subject_of
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.prose import Part, parts_of
from izarlink_tickets.web.tickets.numbers import whole_number
from izarlink_tickets.web.timeline import entries_shown

pages = Blueprint("ticket", __name__)

Forms = Mapping[str, DeskForm | None]


@dataclass(frozen=True)
class Removal:
    """The button that takes a watcher away."""

    account_id: str
    name: str
    form: WatcherForm


@pages.get("/tickets/<ticket:number>")
@staff
def show(number: int) -> Response:
    return page_of(number)


def page_of(number: int, *, returned: DeskForm | None = None) -> Response:
    """Show the ticket. returned: a form that is not carried out, or not yet; it comes back as it was typed."""
    if isinstance(returned, FormWithFiles):
        returned.keep_files()
    wanted = whole_number(request.args.get("entree"))
    subject = subject_of(number, before=whole_number(request.args.get("avant")), wanted=wanted)
    presence.note(number)
    page = render_template(
        "desk/ticket.html",
        form=returned,
        subject=subject,
        ticket=subject.ticket,
        present=presence.present_on(number),
        **_read(subject, returned, wanted=wanted),
        **_written(subject, returned),
    )
    return make_response(page, returned.status if returned else 200)


def _read(subject: Subject, returned: DeskForm | None, *, wanted: int | None) -> dict[str, object]:
    """Give what there is to read, in words."""
    reader, number, seen = authentication.viewer(), subject.ticket.number, _seen(subject, returned)
    wanted = wanted or (None if returned else _first_after(subject, seen))
    entries = entries_shown(
        subject.timeline, reader, number=number, wanted=wanted, seen=seen, deliveries=subject.deliveries
    )
    return {
        "shown": row_shown(subject.ticket, reader, now=now()),
        "facts": _facts(subject.ticket),
        "others": [row_shown(one, reader, now=now()) for one in subject.others],
        "solution": _solution(subject),
        "entries": entries,
        "news": [entry for entry in entries if entry.is_new] if returned else [],
    }


def _written(subject: Subject, returned: DeskForm | None) -> dict[str, object]:
    """Give what can be done and written."""
    forms = _forms(subject, returned)
    return {
        "forms": forms,
        "writing": [forms[slug] for slug in COMPOSER if forms[slug]],
        "mode": _mode(forms, returned),
        "texts": _offered_texts(),
        "removals": [_removal(subject, one.id, one.name) for one in subject.watchers],
        "max_bytes": settings().attachment_max_bytes,
        "max_files": MAX_FILES,
    }


def _offered_texts() -> list[CannedText]:
    with portal().database.query() as connection:
        return offered_texts(connection)


def _forms(subject: Subject, returned: DeskForm | None) -> Forms:
    """Give each form by its slug; None where the ticket's state doesn't offer it."""
    forms = {one.slug: one.blank(subject) if one.is_offered(subject) else None for one in FORMS}
    return forms | {returned.slug: returned} if returned else forms


def _mode(forms: Forms, returned: DeskForm | None) -> str | None:
    """Say which part of the composer stands open; None where there is nothing to write."""
    possible = [slug for slug in COMPOSER if forms[slug]]
    wishes = [returned.slug if returned else None, request.args.get("ecrire")]
    return next((slug for slug in (*wishes, *possible) if slug in possible), None)


def _removal(subject: Subject, account_id: str, name: str) -> Removal:
    form = WatcherForm(formdata=None, operation=REMOVE, version=str(subject.ticket.version))
    return Removal(account_id, name, form)


def _facts(ticket: TicketRow) -> list[tuple[str, str]]:
    service = wording.service_named(ticket.service_reference, ticket.service_label)
    return [
        (_("Type de demande"), wording.type_said(ticket.ticket_type)),
        (_("Catégorie"), wording.category_said(ticket.category, ticket.category_label)),
        (_("Service"), service if ticket.service_id else wording.no_service()),
        (_("Urgence"), wording.urgency_said(ticket.urgency)),
        (_("Impact"), wording.impact_said(ticket.impact)),
        (_("Priorité"), wording.urgency_said(ticket.priority)),
    ]


def _solution(subject: Subject) -> tuple[Part, ...] | None:
    words = subject.solution.words if subject.solution else ""
    return None if words is None else parts_of(words)


def _first_after(subject: Subject, seen: int | None) -> int | None:
    """Give the first entry that is new to the viewer, which the page leads to."""
    return next((entry.number for entry in subject.timeline.entries if seen and entry.number > seen), None)


def _seen(subject: Subject, returned: DeskForm | None) -> int | None:
    """Give the version after which everything is new to the viewer; None where nothing is pointed out.

    A form that comes back shows what came in since its author read the ticket: sent again, it has seen it (D5).
    """
    if returned is None:
        return whole_number(request.args.get("depuis"))
    seen, returned.version.data = returned.seen_version, str(subject.ticket.version)
    return seen or None
