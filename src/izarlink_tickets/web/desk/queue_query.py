"""The query of the desk's queue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, State, TicketType, Urgency
from izarlink_tickets.projections.ticket_queries import MAX_SEARCH, ORDERS, TicketFilter
from izarlink_tickets.web.desk.views import BY_PRIORITY, DEFAULT_VIEW, EVERYTHING, VIEWS, View
from izarlink_tickets.web.list_query import MAX_CODE, ListQuery, code, line_up_to, one_of, parameter

# The value of « Affecté à » for tickets without an assignee.
NOBODY = "personne"
# The value of « État » for every state but the final ones.
OPEN = "OUVERT"


@dataclass(frozen=True)
class QueueQuery(ListQuery):
    """The view, filters, order and page of the queue.

    state: a code of `states_offered`.
    order: empty for the view's own.
    """

    ENDPOINT: ClassVar[str] = "desk.queue.show"

    view: View = parameter("vue", VIEWS[DEFAULT_VIEW], one_of(VIEWS.values()), is_always_written=True)
    search: str = parameter("q", "", line_up_to(MAX_SEARCH))
    state: str = parameter("etat", "", one_of((OPEN, *State)))
    ticket_type: TicketType | None = parameter("type", None, one_of(TicketType))
    category: str = parameter("categorie", "", code)
    urgency: str = parameter("urgence", "", one_of(str(level.value) for level in Urgency))
    organisation_id: str = parameter("organisation", "", line_up_to(MAX_CODE))
    assignee_id: str = parameter("affecte", "", line_up_to(MAX_CODE))
    order: str = parameter("tri", "", one_of(ORDERS))

    @classmethod
    def parse(cls, arguments: Mapping[str, str], viewer: Actor) -> Self:
        """Parse the URL of the queue.

        A state that the view does not offer is unknown.
        """
        query = cls().with_arguments(arguments)
        if query.state and query.state not in states_offered(query.view, viewer):
            return replace(query, state="", has_unknown_values=True)
        return query

    @property
    def effective_order(self) -> str:
        return self.order or self.view.order

    @property
    def is_by_priority(self) -> bool:
        """True for the order that no heading shows."""
        return self.effective_order == BY_PRIORITY

    @property
    def has_extra_filters(self) -> bool:
        """True while « Plus de filtres » filters."""
        return any((self.state, self.ticket_type, self.category, self.urgency, self.organisation_id, self.assignee_id))

    @property
    def is_filtered(self) -> bool:
        return bool(self.search) or self.has_extra_filters

    def filter_for(self, viewer: Actor) -> TicketFilter:
        filtered = self.view.filter_for(viewer)
        has_assignee = self.assignee_id not in {"", NOBODY}
        return replace(
            filtered,
            search=self.search,
            states=states_offered(self.view, viewer).get(self.state, filtered.states),
            ticket_type=self.ticket_type,
            category=self.category or None,
            urgency=int(self.urgency) if self.urgency else None,
            organisation_id=self.organisation_id or None,
            assignee_id=self.assignee_id if has_assignee else filtered.assignee_id,
            is_unassigned=self.assignee_id == NOBODY,
        )


def all_tickets_url(*, organisation_id: str) -> str:
    """Build the URL of all tickets of an organisation."""
    return QueueQuery(view=VIEWS[EVERYTHING], organisation_id=organisation_id).url()


def open_tickets_url(*, organisation_id: str = "", assignee_id: str = "") -> str:
    """Build the URL of an organisation's or a technician's open tickets."""
    view = VIEWS[EVERYTHING]
    return QueueQuery(view=view, state=OPEN, organisation_id=organisation_id, assignee_id=assignee_id).url()


def states_offered(view: View, viewer: Actor) -> dict[str, tuple[State, ...]]:
    """Return the states that the view can be filtered by, by code.

    `OPEN` where it has final ones.
    """
    states = view.filter_for(viewer).states or tuple(State)
    has_final_states = not set(states) <= set(UNFINISHED)
    return ({OPEN: UNFINISHED} if has_final_states else {}) | {state.value: (state,) for state in states}
