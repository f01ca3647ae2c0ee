"""« Bureau »: the page of a ticket, with all its forms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.application.desk_ticket import PersonOfTicket
from izarlink_tickets.directory import ServiceRecord
from izarlink_tickets.i18n import current_language, format_datetime, language_of
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import OtherTicket, TicketRow
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, settings
from izarlink_tickets.web.blank_forms import page_slots, render_blank, render_form
from izarlink_tickets.web.desk import presence
from izarlink_tickets.web.desk.composer import COMPOSER, WritingForm
from izarlink_tickets.web.desk.form_base import DeskForm
from izarlink_tickets.web.desk.forms import FORMS
from izarlink_tickets.web.desk.person_forms import WatcherForm
from izarlink_tickets.web.desk.queue_query import all_tickets_url
from izarlink_tickets.web.desk.queue_row import queue_row_view
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData, load_ticket_page_data
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.linkify import linkify
from izarlink_tickets.web.numbers import whole_number
from izarlink_tickets.web.row_memo import slotted_piece
from izarlink_tickets.web.slots import escaped
from izarlink_tickets.web.templating import macro, render
from izarlink_tickets.web.ticket_frame import ticket_response
from izarlink_tickets.web.timeline import EntryView, entry_view, timeline_html

pages = Blueprint("ticket", __name__)

Forms = Mapping[str, Markup]

# Beside a form that came back, the latest entries that its author hasn't read, which the timeline has whole.
NEWS_SHOWN, NEWS_EXCERPT = 20, 400


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
    presence.note_reading(number, last=page_data.people.own_presence)
    history = _history_values(page_data, returned, entry=entry)
    content = render(
        "desk/_ticket.html",
        form=returned,
        page_data=page_data,
        ticket=page_data.ticket,
        present=presence.present_colleagues(page_data.people.present),
        **history,
        **_form_values(page_data, returned, history["news"]),
    )
    return ticket_response("desk/ticket.html", returned, number=number, title=history["row"].title, content=content)


def _history_values(page_data: TicketPageData, returned: DeskForm | None, *, entry: int | None) -> dict[str, Any]:
    """Build the values for reading. entry: linked by a mail."""
    reader, number, seen = authentication.viewer(), page_data.ticket.number, _seen_version(page_data, returned)
    highlighted = entry or (None if returned else _first_after(page_data, seen))
    names, above = page_data.names, page_data.solution.number if page_data.solution else None
    entries = timeline_html(
        page_data.part,
        reader,
        number=number,
        names=names,
        now=now(),
        highlighted=None if highlighted == above else highlighted,
        seen=seen,
        above=above,
        deliveries=page_data.deliveries,
    )
    news = [entry for entry in page_data.part.entries if returned and seen and entry.number > seen]
    return {
        "row": queue_row_view(page_data.ticket, reader, now=now()),
        "facts": _facts(page_data.ticket, reader),
        "customer": _customer(page_data, reader),
        "solution": page_data.solution and entry_view(page_data.solution, reader, number=number, names=names),
        "solution_is_wanted": above is not None and highlighted == above,
        "entries": entries,
        "first_entry": page_data.part.entries[0].number if page_data.part.entries else None,
        "news": [_news_view(entry_view(entry, reader, number=number, names=names)) for entry in news[-NEWS_SHOWN:]],
    }


def _news_view(view: EntryView) -> EntryView:
    """Shorten an entry that is shown beside a returned form."""
    text = "".join(part.text for part in view.text or ())
    if len(text) <= NEWS_EXCERPT:
        return view
    excerpt = linkify(wording.beginning_of(text, maximum=NEWS_EXCERPT))
    return replace(view, text=excerpt, more_url=f"#e{view.number}")


def _form_values(page_data: TicketPageData, returned: DeskForm | None, news: Sequence[EntryView]) -> dict[str, object]:
    """Build the values for writing and deciding."""
    offered = [form_class for form_class in FORMS if form_class.is_offered(page_data)]
    if returned and type(returned) not in offered:
        offered.append(type(returned))
    slots = page_slots(target=page_data.ticket.number, seen=page_data.ticket.version)
    forms = {
        form_class.slug: _returned_form(returned, page_data, news)
        if returned and returned.slug == form_class.slug
        else _blank_form(form_class, page_data, slots)
        for form_class in offered
    }
    writing = [COMPOSER[slug] for slug in COMPOSER if slug in forms]
    return {
        "forms": {form_class.slug: forms.get(form_class.slug, "") for form_class in FORMS},
        "writing": [forms[form_class.slug] for form_class in writing],
        "tabs": _tabs(tuple(writing), returned),
        "watchers": [
            (wording.account_label(watcher.name, is_active=watcher.active), _removal(watcher, forms, slots))
            for watcher in page_data.people.watchers
        ],
    }


def _blank_form(form_class: type[DeskForm], page_data: TicketPageData, slots: Mapping[str, str]) -> Markup:
    """Render a form as the page offers it."""
    content = form_class.content(page_data)
    return render_blank(
        form_class.template,
        form_class.macro,
        partial(form_class.blank, content),
        *form_class.macro_arguments(page_data),
        key=(form_class, content),
        slots=slots,
    )


def _returned_form(returned: DeskForm, page_data: TicketPageData, news: Sequence[EntryView]) -> Markup:
    """Render a returned form. news: the entries unseen by its author."""
    arguments = returned.macro_arguments(page_data)
    came_back = (True, news) if isinstance(returned, WritingForm) else ()
    return render_form(
        returned.template, returned.macro, returned, *arguments, *came_back, target=page_data.ticket.number
    )


def _removal(watcher: PersonOfTicket, forms: Forms, slots: Mapping[str, str]) -> Markup | str:
    """Render the button that removes a watcher, where the page offers it."""
    if WatcherForm.slug not in forms:
        return ""
    own = escaped(account=watcher.id, person=watcher.name)
    removal = WatcherForm.removal
    return render_blank(WatcherForm.template, "removal", removal, key=WatcherForm, slots={**slots, **own})


def _tabs(writing: tuple[type[WritingForm], ...], returned: DeskForm | None) -> Markup | str:
    """Render the tabs of the composer, one of them open."""
    if not writing:
        return ""
    slugs = [form_class.slug for form_class in writing]
    preferred = [returned.slug if returned else None, request.args.get("ecrire")]
    mode = next(slug for slug in (*preferred, *slugs) if slug in slugs)
    single_keys = authentication.viewer().single_keys
    key = (writing, mode, single_keys, current_language())
    return slotted_piece(
        "composer tabs", key, lambda: macro("desk/_composer.html", "tabs")(writing, mode, single_keys)
    ).fill()


def _facts(ticket: TicketRow, reader: wording.Reader) -> Markup:
    """Render what the ticket is about."""
    locale, timezone, closes = language_of(reader.locale), reader.timezone, bool(settings().auto_close_days)
    return slotted_piece(
        "ticket facts",
        (ticket, locale, timezone, closes),
        lambda: _render_facts(ticket, locale, timezone, closes_on=ticket.closes_on if closes else None),
    ).fill()


def _render_facts(ticket: TicketRow, locale: str, timezone: str, *, closes_on: str | None) -> str:
    service = wording.service_named(ticket.service_reference, ticket.service_label, ticket.service_site or "")
    facts = (
        (_("Type de demande"), wording.type_label(ticket.ticket_type)),
        (_("Catégorie"), wording.category_label(ticket.category, ticket.category_label)),
        (_("Service"), service if ticket.service_id else wording.no_service()),
        (_("Urgence"), wording.urgency_label(ticket.urgency)),
        (_("Impact"), wording.impact_label(ticket.impact)),
        (_("Priorité"), wording.urgency_label(ticket.priority)),
        *_waits(ticket, closes_on),
    )
    opened_at = format_datetime(ticket.opened_at, locale=locale, timezone=timezone)
    opened_iso = ticket.opened_at.isoformat(timespec="seconds")
    return macro("desk/_ticket_side.html", "facts")(facts, opened_iso, opened_at, ticket.related_to)


def _waits(ticket: TicketRow, closes_on: str | None) -> Iterator[tuple[str, str]]:
    """Yield what the customer's silence leads to.

    closes_on: the day that a reminder named; None while closing is switched off.
    """
    if ticket.customer_is_silent:
        yield _("Rappel"), _("resté sans réponse")
    if closes_on:
        day = wording.day_label(closes_on)
        yield _("Clôture automatique"), _("le %(day)s, sans réponse d’ici là", day=day)


class _CustomerKey(NamedTuple):
    """All that the customer's card is made of."""

    organisation_id: str
    organisation_name: str
    requester_id: str
    requester_name: str
    requester: PersonOfTicket | None
    services: tuple[ServiceRecord, ...]
    more: int
    others: tuple[OtherTicket, ...]
    locale: str

    def render(self, reader: wording.Reader) -> str:
        others = [
            (
                other.number,
                wording.erased() if other.title is None else other.title,
                wording.reader_state_label(other.state, other.awaiting, reader),
            )
            for other in self.others
        ]
        url = all_tickets_url(organisation_id=self.organisation_id)
        card = macro("desk/_ticket_side.html", "customer")
        return card(self, self.requester, self.services, self.more, others, url)


def _customer(page_data: TicketPageData, reader: wording.Reader) -> Markup:
    """Render the card of the ticket's customer."""
    ticket, services = page_data.ticket, page_data.services_shown
    key = _CustomerKey(
        ticket.organisation_id,
        ticket.organisation_name,
        ticket.requester_id,
        wording.account_label(ticket.requester_name, is_active=ticket.requester_is_active),
        page_data.requester,
        services,
        len(page_data.choices.services) - len(services),
        page_data.others,
        language_of(reader.locale),
    )
    return slotted_piece("customer card", key, lambda: key.render(reader)).fill()


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
