"""What the address of the queue asks for, read from it and written back into it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import url_for

from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, State, TicketType, Urgency
from izarlink_tickets.projections.ticket_queries import MAX_SEARCH, ORDERS, TicketFilter
from izarlink_tickets.web.desk.views import BY_PRIORITY, DEFAULT_VIEW, VIEWS, View

# As somebody to whom a ticket is assigned.
NOBODY = "personne"
# As the state of a ticket: any but the last ones.
OPEN = "OUVERT"
# No id or code is longer.
_MAX_CODE = 64
_URGENCIES = {str(level.value) for level in Urgency}


@dataclass(frozen=True)
class QueueQuery:
    """What the URL asks for. Empty texts ask for nothing; older, newer: keys of pages.

    has_odd: whether it asks for a view, a code or an order that there isn't, and which is left aside.
    """

    view: View
    search: str = ""
    state: str = ""
    ticket_type: str = ""
    category: str = ""
    urgency: str = ""
    organisation_id: str = ""
    assignee_id: str = ""
    order: str = ""
    older: str = ""
    newer: str = ""
    has_odd: bool = False

    @property
    def sorting(self) -> str:
        return self.order or self.view.order

    @property
    def is_by_priority(self) -> bool:
        """Whether no heading shows what the list is sorted by."""
        return self.sorting == BY_PRIORITY

    @property
    def has_more(self) -> bool:
        """Whether one of « Plus de filtres » is in use."""
        return any((self.state, self.ticket_type, self.category, self.urgency, self.organisation_id, self.assignee_id))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search) or self.has_more

    def filter_for(self, viewer: Actor) -> TicketFilter:
        filtered = self.view.filter_for(viewer)
        is_anybody_s = not self.assignee_id or self.assignee_id == NOBODY
        return replace(
            filtered,
            search=self.search,
            states=states_offered(self.view, viewer).get(self.state, filtered.states),
            ticket_type=self.ticket_type or None,
            category=self.category or None,
            urgency=int(self.urgency) if self.urgency else None,
            organisation_id=self.organisation_id or None,
            assignee_id=filtered.assignee_id if is_anybody_s else self.assignee_id,
            is_unassigned=self.assignee_id == NOBODY,
        )

    @property
    def words(self) -> dict[str, str]:
        """Give what the URL says, without what it needn't."""
        words = {
            "vue": self.view.code,
            "q": self.search,
            "etat": self.state,
            "type": self.ticket_type,
            "categorie": self.category,
            "urgence": self.urgency,
            "organisation": self.organisation_id,
            "affecte": self.assignee_id,
            "tri": self.order,
            "apres": self.older,
            "avant": self.newer,
        }
        return {name: word for name, word in words.items() if word}

    def query(self) -> str:
        return urlencode(self.words)

    def address(self) -> str:
        """Write the URL that asks for this."""
        return f"{url_for('desk.queue.show')}?{self.query()}"


def parse_queue_query(arguments: Mapping[str, str], viewer: Actor) -> QueueQuery:
    """Read what the URL asks for. Codes are taken in any case."""
    words = {name: clean_line(word)[:MAX_SEARCH] for name, word in arguments.items()}
    view = VIEWS.get(words.get("vue", "").lower(), VIEWS[DEFAULT_VIEW])
    upper = {name: words.get(name, "").upper()[:_MAX_CODE] for name in ("etat", "type", "categorie", "urgence")}
    order = words.get("tri", "").lower()
    is_known = {
        "vue": words.get("vue", "").lower() in {"", *VIEWS},
        "etat": upper["etat"] in {"", *states_offered(view, viewer)},
        "type": upper["type"] in {"", *TicketType},
        "urgence": upper["urgence"] in {"", *_URGENCIES},
        "tri": order in {"", *ORDERS},
    }
    return QueueQuery(
        view=view,
        search=words.get("q", ""),
        state=upper["etat"] if is_known["etat"] else "",
        ticket_type=upper["type"] if is_known["type"] else "",
        category=upper["categorie"],
        urgency=upper["urgence"] if is_known["urgence"] else "",
        organisation_id=words.get("organisation", "")[:_MAX_CODE],
        assignee_id=words.get("affecte", "")[:_MAX_CODE],
        order=order if is_known["tri"] else "",
        older=words.get("apres", ""),
        newer=words.get("avant", ""),
        has_odd=not all(is_known.values()),
    )


def states_offered(view: View, viewer: Actor) -> dict[str, tuple[State, ...]]:
    """Give by its code what the view can be narrowed to: a state or, where finished ones are among them, all others."""
    states = view.filter_for(viewer).states or tuple(State)
    has_finished = not set(states) <= set(UNFINISHED)
    return ({OPEN: UNFINISHED} if has_finished else {}) | {one.value: (one,) for one in states}
