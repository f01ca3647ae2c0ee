"""The desk's views, the tabs of the queue."""

from collections.abc import Callable
from dataclasses import dataclass

from izarlink_tickets.domain.vocabulary import ACTIONABLE, UNFINISHED, UNRESOLVED, Actor, Awaiting, State, Urgency
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import DEFAULT_ORDER, TicketFilter

BY_PRIORITY = "-priorite"


@dataclass(frozen=True)
class View:
    """A view of the queue.

    code: its value in the URL. filter_for: returns its filter for a viewer.
    empty: the sentence of an empty list. order: the one it starts with.
    """

    code: str
    label: str
    filter_for: Callable[[Actor], TicketFilter]
    empty: str
    order: str = BY_PRIORITY

    def __str__(self) -> str:
        return self.code


VIEWS = {
    view.code: view
    for view in (
        View("a-traiter", _l("À traiter"), lambda _: TicketFilter(states=ACTIONABLE), _l("Rien à traiter.")),
        View(
            "haute-urgence",
            _l("Haute urgence"),
            lambda _: TicketFilter(states=UNRESOLVED, urgency_from=Urgency.HIGH),
            _l("Aucun incident de haute urgence en cours."),
        ),
        View(
            "a-moi",
            _l("À moi"),
            lambda viewer: TicketFilter(states=UNFINISHED, assignee_id=viewer.account_id),
            _l("Aucun ticket ne vous est affecté."),
        ),
        View(
            "attente-client",
            _l("En attente du client"),
            lambda _: TicketFilter(states=(State.PENDING,), awaiting=Awaiting.CUSTOMER),
            _l("Aucun ticket n’attend de réponse du client."),
        ),
        View(
            "resolus",
            _l("Résolus non approuvés"),
            lambda _: TicketFilter(states=(State.RESOLVED,)),
            _l("Aucune solution n’attend d’approbation."),
        ),
        View(
            "sans-reponse",
            _l("Sans réponse du client"),
            lambda _: TicketFilter(states=(State.PENDING, State.RESOLVED), is_silent=True),
            _l("Aucun rappel n’est resté sans réponse."),
        ),
        # Of all tickets, the latest activity is the useful order, and it has an index.
        View("tous", _l("Tous"), lambda _: TicketFilter(), _l("Aucun ticket."), order=DEFAULT_ORDER),
    )
}
DEFAULT_VIEW = "a-traiter"
EVERYTHING = "tous"
