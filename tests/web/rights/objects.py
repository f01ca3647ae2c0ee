"""Objects of every kind that a URL names, for each owner."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.attachments.pictures import picture
from tests.cast import MENDI, Cast, new_service
from tests.web.rights.canaries import CANNED_BODY, CANNED_TITLE, LINE_OF_MENDI, PHONE_OF_CHARLIE, canary, file_name
from tests.web.rights.matrix import OWNERSHIPS

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Account, Purpose, create_token
from izarlink_tickets.application import Portal
from izarlink_tickets.application.canned_responses import CannedResponseDraft
from izarlink_tickets.attachments import Upload
from izarlink_tickets.directory import ServiceRecord
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.projections.history_queries import files_of
from izarlink_tickets.projections.ticket_queries import find_ticket
from izarlink_tickets.web.assets import address_of

OWNERS = dict(zip(OWNERSHIPS, ("alice", "carol", "charlie"), strict=False))
# Objects of emma from before she moved to the stranger's company; no column of the matrix.
FORMER = "former"
STATES = (State.NEW, State.IN_PROGRESS, State.PENDING, State.RESOLVED, State.CLOSED)
# Whoever has this link knows whose password it is for: the form gives the address to password managers.
RESET = "/mot-de-passe/<token>"
# The state that allows a command, by the end of its URL. For others the ticket is new.
STATE_FOR = {
    "approuver": State.RESOLVED,
    "refuser": State.RESOLVED,
    "reviser": State.RESOLVED,
    "<ticket:number>/retirer": State.RESOLVED,
    "annulation/retirer": State.IN_PROGRESS,
    "approbation": State.RESOLVED,
    "reprendre": State.PENDING,
    "rouvrir": State.CLOSED,
    "annulation": State.IN_PROGRESS,
}
# All numbers have as many digits, so that no length differs.
FIRST_NUMBER, MISSING_NUMBER = 10, 99
MISSING_ID, NO_TOKEN = "00000000-0000-4000-8000-000000000000", "x" * 43
Values = Mapping[str, object]
SCRIPTS: tuple[Values, Values] = (
    dict(zip(("version", "name"), address_of("desk.js").split("/")[-2:], strict=True)),
    {"version": "0" * 12, "name": "desk.xy"},
)


@dataclass(frozen=True)
class Objects:
    """The created objects.

    line: a second service of the stranger. watched: a ticket of the customer that the company role watches.
    numbers: of tickets, by state and ownership. versions: by number. url_values: by argument and ownership.
    """

    line: ServiceRecord
    watched: int
    numbers: Mapping[tuple[State, str], int]
    versions: Mapping[int, int]
    url_values: Mapping[str, Mapping[str, object]]

    def values_for(self, route: str, arguments: Collection[str], ownership: str) -> Values:
        """Return the arguments of a route. Raises: KeyError, for an unknown argument."""
        if route.startswith("/static/"):
            return SCRIPTS[ownership == "missing"]
        known = {name: by_owner[ownership] for name, by_owner in self.url_values.items() if ownership in by_owner}
        state = next((state for end, state in STATE_FOR.items() if route.endswith(f"/{end}")), State.NEW)
        known["number"] = self.numbers.get((state, ownership), MISSING_NUMBER)
        if route.startswith("/profil/mail/"):
            known["token"] = known["token_of_address"]
        return {name: known[name] for name in arguments}


def create_objects(portal: Portal, cast: Cast) -> Objects:
    """Create objects of every kind for each owner."""
    for _ in range(FIRST_NUMBER - 1):
        _open(portal, cast, "charlie")
    numbers = {
        (state, ownership): _ticket(portal, cast, name, state) for ownership, name in OWNERS.items() for state in STATES
    }
    former = {state: _ticket(portal, cast, "emma", state) for state in STATES}
    numbers |= {(state, FORMER): number for state, number in former.items()}
    versions = {number: _version(portal, cast, number) for number in numbers.values()}
    line = new_service(portal, cast.clock(), organisation_name=MENDI, **LINE_OF_MENDI)
    _open(portal, cast, "charlie", service_id=line.id)
    watched = _watched_ticket(portal, cast)
    charlie = cast["charlie"]
    portal.profiles.confirm_contact(charlie.id, name=charlie.name, phone=PHONE_OF_CHARLIE, now=cast.clock())
    new = [numbers[State.NEW, ownership] for ownership in OWNERS]
    values = {**_owned_values(portal, cast, new), **_unowned_values(portal, cast)}
    values["file_id"][FORMER], values["name"][FORMER] = _file(portal, former[State.NEW]), file_name("emma")
    values["picture_id"][FORMER] = _picture(portal, former[State.NEW])
    return Objects(line, watched, numbers, versions, values)


def _owned_values(portal: Portal, cast: Cast, tickets: Sequence[int]) -> dict[str, dict[str, object]]:
    """Return the values of objects that have an owner."""
    accounts, now = [cast[name] for name in OWNERS.values()], cast.clock()
    return {
        "file_id": _of_each([_file(portal, number) for number in tickets], MISSING_ID),
        "picture_id": _of_each([_picture(portal, number) for number in tickets], MISSING_ID),
        "name": _of_each([file_name(name) for name in OWNERS.values()], file_name("missing")),
        "account_id": _of_each([account.id for account in accounts], MISSING_ID),
        "organisation_id": _of_each([account.organisation_id for account in accounts], MISSING_ID),
        "service_id": _of_each([cast.fibre.id, cast.fibre.id, cast.line_of_mendi.id], MISSING_ID),
        "reference": _of_each([cast.fibre.reference, cast.fibre.reference, cast.line_of_mendi.reference], "FTTX-00000"),
        "mail_id": _of_each([_mail_id(portal, number) for number in tickets], MISSING_ID),
        "token_of_address": _of_each([_new_address(portal, account, now) for account in accounts], NO_TOKEN),
        "token": _of_each([_token(portal, account, Purpose.RESET, now) for account in accounts], NO_TOKEN),
    }


def _unowned_values(portal: Portal, cast: Cast) -> dict[str, dict[str, object]]:
    """Return the values of objects without an owner."""
    text = portal.canned_responses.create(cast.context("sam"), CannedResponseDraft(CANNED_TITLE, CANNED_BODY, 1))
    view = cast.context("sam")
    portal.saved_views.create(view, name="Débits", query="vue=tous&categorie=DEBIT")
    return {
        "view_id": _of_each([view.command_id] * 3, MISSING_ID),
        "code": _of_each(["DEBIT"] * 3, "DEBIX"),
        # Of the opening, which every ticket has.
        "entry": {**_of_each([1] * 3, 1), FORMER: 1},
        "event_version": _of_each([1] * 3, 1),
        "text_id": _of_each([text] * 3, MISSING_ID),
        "slug": _of_each(["repondre"] * 3, "repondre"),
    }


def _of_each(three: Sequence[object], missing: object) -> dict[str, object]:
    return dict(zip(OWNERSHIPS, [*three, missing], strict=True))


def _open(portal: Portal, cast: Cast, owner: str, *, category: str = "DEBIT", service_id: str | None = None) -> int:
    return portal.tickets.open(
        cast.context(owner),
        ticket_type="INCIDENT",
        category=category,
        service_id=service_id,
        urgency=4,
        title=canary("title", owner),
        description=canary("description", owner),
        uploads=[Upload(file_name(owner), canary("bytes", owner).encode()), Upload("photo.png", picture())],
    ).number


def _ticket(portal: Portal, cast: Cast, owner: str, state: State) -> int:
    number, tickets = _open(portal, cast, owner), portal.tickets
    if state is State.IN_PROGRESS:
        tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
        tickets.request_cancellation(cast.context(owner), number=number, reason=canary("followup", owner))
    if state is State.PENDING:
        tickets.request_information(cast.context("sam"), number=number, question=canary("question", owner))
    if state in {State.RESOLVED, State.CLOSED}:
        tickets.add_follow_up(cast.context(owner), number=number, text=canary("followup", owner))
        tickets.resolve(cast.context("sam"), number=number, solution=canary("solution", owner))
    if state is State.CLOSED:
        tickets.approve_solution(
            cast.context(owner), number=number, solution_version=1, comment=canary("comment", owner)
        )
    if state is not State.NEW:
        # A note on a new ticket is an action of staff, after which its customer can't cancel it.
        tickets.add_internal_note(
            cast.context("sam"), number=number, text=canary("note", owner), mentioned_ids=[cast["nora"].id]
        )
    return number


def _watched_ticket(portal: Portal, cast: Cast) -> int:
    """Open a ticket of alice that bob and emma watch.

    Support has answered it, and no other ticket has its category.
    """
    number = _open(portal, cast, "alice", category="LENTEUR")
    for name in ("bob", "emma"):
        portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast[name].id)
    portal.tickets.add_internal_note(cast.context("sam"), number=number, text=canary("note", "alice"))
    portal.tickets.add_follow_up(cast.context("sam"), number=number, text=canary("followup", "alice"))
    return number


def _version(portal: Portal, cast: Cast, number: int) -> int:
    with portal.database.query() as connection:
        found = find_ticket(connection, cast["sam"].actor, number=number)
    assert found is not None
    return found.version


def _file(portal: Portal, number: int) -> object:
    with portal.database.query() as connection:
        return files_of(connection, number=number)[0].file_id


def _picture(portal: Portal, number: int) -> object:
    with portal.database.query() as connection:
        return files_of(connection, number=number)[1].file_id


def _mail_id(portal: Portal, number: int) -> object:
    with portal.database.query() as connection:
        return outbox.list_messages(connection, outbox.outbox.c.number == number)[0].id


def _token(portal: Portal, account: Account, purpose: Purpose, now: datetime) -> object:
    with portal.database.command() as connection:
        return create_token(connection, account_id=account.id, purpose=purpose, now=now)


def _new_address(portal: Portal, account: Account, now: datetime) -> object:
    portal.profiles.request_email_change(account.id, email=f"nouvelle.{account.email}", now=now)
    return _token(portal, account, Purpose.EMAIL, now)
