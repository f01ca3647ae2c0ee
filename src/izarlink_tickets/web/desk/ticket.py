"""« Bureau », one ticket: everything about it, and everything that can be done to it, on one page."""

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web import authentication
from izarlink_tickets.web.context import now, settings
from izarlink_tickets.web.desk.composer import ResolveForm
from izarlink_tickets.web.desk.form_base import DeskForm
from izarlink_tickets.web.desk.forms import FORMS, REMOVE, WatcherForm
from izarlink_tickets.web.desk.rows import row_shown
from izarlink_tickets.web.desk.subject import Subject, subject_of
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.prose import Part, parts_of
from izarlink_tickets.web.tickets.numbers import whole_number
from izarlink_tickets.web.timeline import entries_shown

pages = Blueprint("ticket", __name__)

COMPOSER = ("repondre", "note", "demander", "resoudre")


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


def page_of(number: int, *, refused: DeskForm | None = None) -> Response:
    """Show the ticket. refused: the form that could not be carried out; it comes back at its place, as it was typed."""
    if isinstance(refused, FormWithFiles):
        refused.keep_files()
    wanted = whole_number(request.args.get("entree"))
    subject = subject_of(number, before=whole_number(request.args.get("avant")), wanted=wanted)
    forms = _forms(subject, refused)
    reader, seen = authentication.viewer(), _seen(subject, refused)
    entries = entries_shown(subject.timeline, reader, number=number, wanted=wanted, seen=seen)
    page = render_template(
        "desk/ticket.html",
        form=refused,
        forms=forms,
        mode=_mode(forms, refused),
        removals=_removals(subject),
        subject=subject,
        ticket=subject.ticket,
        shown=row_shown(subject.ticket, reader, now=now()),
        facts=_facts(subject.ticket),
        others=[row_shown(one, reader, now=now()) for one in subject.others],
        solution=_solution(subject),
        entries=entries,
        news=[entry for entry in entries if entry.is_new],
        max_bytes=settings().attachment_max_bytes,
        max_files=MAX_FILES,
    )
    return make_response(page, refused.status if refused else 200)


def _forms(subject: Subject, refused: DeskForm | None) -> dict[str, DeskForm | None]:
    """Give each form by its slug; None where the ticket's state doesn't offer it."""
    forms = {one.slug: one.blank(subject) if one.is_offered(subject) else None for one in FORMS}
    return forms | {refused.slug: refused} if refused else forms


def _mode(forms: dict[str, DeskForm | None], refused: DeskForm | None) -> str | None:
    """Say which part of the composer stands open; None where there is nothing to write."""
    possible = [slug for slug in COMPOSER if forms[slug]]
    return refused.slug if refused and refused.slug in possible else next(iter(possible), None)


def _removals(subject: Subject) -> list[Removal]:
    return [Removal(one.id, one.name, WatcherForm(formdata=None, operation=REMOVE)) for one in subject.watchers]


def _facts(ticket: TicketRow) -> list[tuple[str, str]]:
    service = f"{ticket.service_reference} – {ticket.service_label}" if ticket.service_id else wording.NO_SERVICE
    return [
        ("Type de demande", wording.type_said(ticket.ticket_type)),
        ("Catégorie", wording.category_said(ticket.category, ticket.category_label)),
        ("Service", service),
        ("Urgence", wording.urgency_said(ticket.urgency)),
        ("Impact", wording.impact_said(ticket.impact)),
        ("Priorité", wording.urgency_said(ticket.priority)),
    ]


def _solution(subject: Subject) -> tuple[Part, ...] | None:
    words = subject.solution.words if subject.solution else ""
    return None if words is None else parts_of(words)


def _seen(subject: Subject, refused: DeskForm | None) -> int | None:
    """Give the version that the author of a solution had before him, where more came in since (D5).

    The form that comes back shows what is new: sent again, it has seen it.
    """
    if not isinstance(refused, ResolveForm) or not refused.is_stale:
        return None
    seen, refused.version.data = refused.seen_version, str(subject.ticket.version)
    return seen
