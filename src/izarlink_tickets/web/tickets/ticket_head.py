"""The head of a customer's ticket: state, turn and people."""

from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.domain.events import Held
from izarlink_tickets.domain.vocabulary import FINISHED, Actor, Awaiting, State
from izarlink_tickets.i18n import format_day_in_words, language_of
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.history_queries import EntryRows
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.app_context import now
from izarlink_tickets.web.row_memo import slotted_piece
from izarlink_tickets.web.templating import macro
from izarlink_tickets.web.tickets.ticket_view import ticket_view

# The four steps of a ticket, and the states in which it stands there.
_STEPS = (
    (_l("Reçu"), frozenset({State.NEW})),
    (_l("Pris en charge"), frozenset({State.IN_PROGRESS, State.PENDING})),
    (_l("Résolu"), frozenset({State.RESOLVED})),
    (_l("Clôturé"), frozenset({State.CLOSED})),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the steps of a ticket."""

    label: str
    is_done: bool = False
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class TicketHead:
    """The head of a ticket’s page.

    day: since when the ticket is in its state.
    is_event: the state came on that day, rather than lasts since then. next_step: what comes next, empty at the end.
    assignee: None for nobody.
    """

    state: str
    state_code: str
    iso: str
    day: str
    is_event: bool
    next_step: str
    steps: tuple[Step, ...]
    assignee: str | None
    is_finished: bool
    watchers: tuple[str, ...]


class _HeadKey(NamedTuple):
    """All that the head is made of; a `wording.Reader`, too.

    held_until: as its label. year: in the reader's zone, which the day of the state leaves out.
    """

    ticket: TicketRow
    watchers: tuple[str, ...]
    held_until: str
    decides: bool
    actor: Actor
    locale: str
    timezone: str
    year: int

    def render(self) -> str:
        head = ticket_head(self.ticket, self, watchers=self.watchers, held_until=self.held_until, decides=self.decides)
        return str(macro("tickets/_ticket_head.html", "head")(head))


def head_html(
    ticket: TicketRow, reader: Account, *, watchers: tuple[str, ...], hold: EntryRows | None, decides: bool
) -> Markup:
    """Render the head.

    hold: the entry that holds the ticket. decides: the reader can approve the solution, or answer.
    """
    key = _HeadKey(
        ticket=ticket,
        watchers=watchers,
        held_until=_held_until(hold),
        decides=decides,
        actor=Actor("", reader.actor.role),
        locale=language_of(reader.locale),
        timezone=reader.timezone,
        year=now().astimezone(ZoneInfo(reader.timezone)).year,
    )
    return slotted_piece("ticket head", key, key.render).fill()


def facts_html(ticket: TicketRow, reader: Account) -> Markup:
    """Render what the ticket is about."""
    locale, timezone = language_of(reader.locale), reader.timezone

    def render() -> str:
        return str(macro("tickets/_ticket_head.html", "facts")(ticket_view(ticket, reader, now=now())))

    return slotted_piece("customer's facts", (ticket, locale, timezone), render).fill()


def ticket_head(
    ticket: TicketRow, reader: wording.Reader, *, watchers: tuple[str, ...], held_until: str, decides: bool
) -> TicketHead:
    """Format where the ticket stands for the reader."""
    state = State(ticket.state)
    locale, timezone = language_of(reader.locale), reader.timezone
    return TicketHead(
        state=wording.reader_state_label(ticket.state, ticket.awaiting, reader),
        state_code=ticket.state,
        iso=ticket.state_since.isoformat(timespec="seconds"),
        day=format_day_in_words(ticket.state_since, now=now(), locale=locale, timezone=timezone),
        is_event=state in {State.RESOLVED, *FINISHED},
        next_step=_next_step(ticket, held_until, decides=decides),
        steps=_steps(ticket, state),
        assignee=ticket.assignee_name,
        is_finished=state in FINISHED,
        watchers=watchers,
    )


def _held_until(hold: EntryRows | None) -> str:
    step = hold.parse().step(Held) if hold else None
    return wording.held_until_label(step.facts) if step else ""


def _next_step(ticket: TicketRow, held_until: str, *, decides: bool) -> str:
    """Return what comes next, and whose turn it is."""
    if ticket.awaiting == Awaiting.CUSTOMER:
        return _("à vous de répondre") if decides else _("une réponse est attendue")
    if ticket.awaiting == Awaiting.THIRD_PARTY:
        return _("reprise prévue le %(day)s", day=held_until) if held_until else ""
    if ticket.state == State.RESOLVED:
        return _("à vous d’approuver") if decides else _("en attente d’approbation")
    return {
        State.NEW.value: _("le support va le prendre en charge"),
        State.IN_PROGRESS.value: _("le support y travaille"),
    }.get(ticket.state, "")


def _steps(ticket: TicketRow, state: State) -> tuple[Step, ...]:
    """Return the four steps; a cancelled ticket has two or three."""
    if state is State.CANCELLED:
        started = [Step(str(_STEPS[1][0]), is_done=True)] if ticket.assignee_id else []
        return (Step(str(_STEPS[0][0]), is_done=True), *started, Step(_("Annulé"), is_current=True))
    current = next(place for place, (_label, states) in enumerate(_STEPS) if state in states)
    return tuple(
        Step(str(label), is_done=place < current, is_current=place == current)
        for place, (label, _states) in enumerate(_STEPS)
    )
