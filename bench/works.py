"""The measured pages and commands, each as a person would ask for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle

from bench import visitors
from bench.databases import SeededDatabase
from bench.seeding.log import Plan
from bench.templating import Rows
from bench.visitors import Visitor, Visitors
from izarlink_tickets.domain.vocabulary import GUIDE_CATEGORIES, UNFINISHED, Category, TicketType
from izarlink_tickets.web.tickets.ticket_form import NO_SERVICE

_LIST_ROW = r"<tr[^>]*>\s*<td data-label=\"N°\".*?</tr>"
_QUEUE_ROW = r"<tr[^>]*>\s*<td data-label=\"Urgence\".*?</tr>"
_ENTRY = r'<article id="e\d+".*?</article>'
_TICKETS = (
    "SELECT t.number, t.title, t.ticket_type, t.category, t.urgency, t.state, t.awaiting, t.opened_at,"
    " t.last_activity_at FROM ticket_list t WHERE t.number IN ({keys})"
)
_QUEUE = (
    "SELECT t.number, t.title, t.priority, o.name, t.ticket_type, t.category, t.state, t.awaiting, t.opened_at,"
    " t.last_activity_at, t.assignee_id, a.name FROM ticket_list t JOIN organisations o ON o.id = t.organisation_id"
    " LEFT JOIN accounts a ON a.id = t.assignee_id WHERE t.number IN ({keys})"
)
_HISTORY = (
    "SELECT h.version, h.entry, h.at, h.actor_id, h.role, h.event, h.words, a.name FROM history h"
    " LEFT JOIN accounts a ON a.id = h.actor_id WHERE h.number = ? AND h.version IN ({keys})"
)
LIST_ROWS = Rows(_LIST_ROW, r'"N°"[^>]*>(\d+)', _TICKETS)
QUEUE_ROWS = Rows(_QUEUE_ROW, r'name="ticket" value="(\d+)"', _QUEUE)


Form = tuple[Visitor, str, dict[str, str]]
Begin = Callable[[SeededDatabase, Visitors, str], Iterator[Form]]
MOST_FOLLOWED_UP = 2_000  # tickets
PAGES = (
    *("list", "list by state", "company's list", "customer's search"),
    *("queue", "all tickets", "oldest tickets", "desk's search"),
    *("ticket of 10", "ticket of 500", "desk ticket of 10", "desk ticket of 500"),
    *("news", "new ticket", "home"),
)
COMMANDS = ("open", "follow-up")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is read. rows: how they stand in it; None for a page without."""

    name: str
    path: str
    visitor: Visitor
    rows: Rows | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Command:
    """A form that is sent.

    next_form: for a host, returns a visitor, a path and the fields; others with each call.
    """

    name: str
    next_form: Callable[[str], Form]

    def request(self, host: str, *, path: str = "") -> bytes:
        """Build the next request. path: by default the form's own."""
        visitor, own_path, fields = self.next_form(host)
        return visitors.post(host, path or own_path, visitor, fields)


def pages(database: SeededDatabase, people: Visitors) -> list[Page]:
    """List the pages that are measured."""
    plan = Plan.of(database.seeded.tickets)
    ten, long = plan.ten_entries[0], plan.long_ticket
    customer, technician = people.customer, people.technician
    return [
        Page("list", "/tickets", customer, LIST_ROWS),
        Page("list by state", "/tickets?etat=CLOTURE", customer, LIST_ROWS),
        Page("company's list", "/tickets", people.company, LIST_ROWS),
        Page("customer's search", "/tickets?q=fibre", customer, LIST_ROWS),
        Page("queue", "/bureau?vue=a-traiter", technician, QUEUE_ROWS),
        Page("all tickets", "/bureau?vue=tous", technician, QUEUE_ROWS),
        Page("oldest tickets", "/bureau?vue=tous&tri=ouverture", technician, QUEUE_ROWS),
        Page("desk's search", "/bureau?vue=tous&q=fibre", technician, QUEUE_ROWS),
        Page("ticket of 10", f"/tickets/{ten}", customer, _entries(ten)),
        Page("ticket of 500", f"/tickets/{long}", customer, _entries(long)),
        Page("desk ticket of 10", f"/bureau/tickets/{ten}", technician, _entries(ten)),
        Page("desk ticket of 500", f"/bureau/tickets/{long}", technician, _entries(long)),
        Page("news", "/bureau/nouveautes?vue=a-traiter&vu=0", technician),
        Page("new ticket", "/tickets/nouveau", customer),
        Page("home", "/", customer, status=302),
    ]


def _entries(number: int) -> Rows:
    return Rows(_ENTRY, r'id="e(\d+)"', _HISTORY, (number,))


def commands(database: SeededDatabase, people: Visitors) -> list[Command]:
    """List the commands that are measured."""
    return [
        Command("open", _Forms(_openings, database, people)),
        Command("follow-up", _Forms(_follow_ups, database, people)),
    ]


class _Forms:
    """The forms of a command, each another one; begun with the first host that is asked for one."""

    def __init__(self, begin: Begin, database: SeededDatabase, people: Visitors) -> None:
        self._begin = partial(begin, database, people)
        self._forms: Iterator[Form] | None = None

    def __call__(self, host: str) -> Form:
        if self._forms is None:
            self._forms = self._begin(host)
        return next(self._forms)


def _openings(database: SeededDatabase, people: Visitors, host: str) -> Iterator[Form]:
    """Yield forms of new tickets, none similar to another of today."""
    path = "/tickets/nouveau"
    hidden = visitors.hidden_fields(host, path, people.others[0], having="title")
    sql = "SELECT requester_id, category FROM ticket_list WHERE number > :seeded"
    opened = {tuple(row) for row in database.select(sql, seeded=database.seeded.tickets)}
    for category in GUIDE_CATEGORIES.values():
        for visitor in people.others:
            if (visitor.account_id, category.code) not in opened:
                yield visitor, path, hidden | _ids(visitor) | _new_ticket(category)
    raise RuntimeError("no customer is left who has not opened a ticket of each category today")


def _new_ticket(category: Category) -> dict[str, str]:
    return {
        "ticket_type": category.ticket_type.value,
        "service": NO_SERVICE,
        "category": category.code,
        "urgency": "3" if category.ticket_type is TicketType.INCIDENT else "",
        "title": "Débit trop bas au fournil",
        "description": "Depuis ce matin le débit tombe à 2 Mbit/s au fournil, et la caisse ne répond plus.",
    }


def _follow_ups(database: SeededDatabase, people: Visitors, host: str) -> Iterator[Form]:
    """Yield messages of customers about their open tickets, in turn."""
    by_account = {visitor.account_id: visitor for visitor in people.others}
    states = ", ".join(f"'{state.value}'" for state in sorted(UNFINISHED))
    sql = f"SELECT requester_id, number FROM ticket_list WHERE state IN ({states}) AND number <= :seeded"  # noqa: S608
    found = database.select(f"{sql} ORDER BY number DESC LIMIT {MOST_FOLLOWED_UP}", seeded=database.seeded.tickets)
    own = [(by_account[account_id], number) for account_id, number in found if account_id in by_account]
    visitor, number = own[0]
    hidden = visitors.hidden_fields(host, f"/tickets/{number}", visitor, having="comment")
    comment = "La mesure de ce matin donne encore 2 Mbit/s, caisse comprise. Merci de nous rappeler."
    for visitor, number in cycle(own):
        # The number is for the ideal, which reads it here.
        yield visitor, f"/tickets/{number}/suivi", hidden | _ids(visitor) | {"comment": comment, "number": str(number)}


def _ids(visitor: Visitor) -> dict[str, str]:
    ids = {"command_id": visitors.new_command_id(), "form_id": visitors.new_command_id()}
    return {"auteur": visitor.account_id, **ids}
