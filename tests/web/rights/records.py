"""The records that addresses refer to, by owner; tickets in every state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.cast import MENDI, Cast, new_service
from tests.web.rights.canaries import CANNED_BODY, CANNED_TITLE, PHONE_OF_CHARLIE, SERVICE_OF_MENDI, canary, file_name
from tests.web.rights.table import WHOSE

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

OWNERS = dict(zip(WHOSE, ("alice", "carol", "charlie"), strict=False))
# The tickets that emma opened before she moved to another company; the table has no column for them.
FORMER = "former"
STATES = (State.NEW, State.IN_PROGRESS, State.PENDING, State.RESOLVED, State.CLOSED)
# By the last part of an address: the state that its command requires. Elsewhere the ticket is new.
STATE_FOR = {
    "approuver": State.RESOLVED,
    "refuser": State.RESOLVED,
    "reviser": State.RESOLVED,
    "retirer": State.RESOLVED,
    "approbation": State.RESOLVED,
    "reprendre": State.PENDING,
    "rouvrir": State.CLOSED,
    "annulation": State.IN_PROGRESS,
}
# All numbers have two digits, because an answer may contain one.
FIRST_NUMBER, MISSING_NUMBER = 10, 99
MISSING_ID, NO_TOKEN = "00000000-0000-4000-8000-000000000000", "x" * 43
Values = Mapping[str, object]
SCRIPTS: tuple[Values, Values] = (
    dict(zip(("version", "name"), address_of("desk.js").split("/")[-2:], strict=True)),
    {"version": "0" * 12, "name": "desk.xy"},
)


@dataclass(frozen=True)
class Records:
    """The records.

    service: of the strangers. watched: a ticket of the customer, with watchers.
    numbers: of tickets, by state and owner. versions: by number. values: of arguments, by name and owner.
    """

    service: ServiceRecord
    watched: int
    numbers: Mapping[tuple[State, str], int]
    versions: Mapping[int, int]
    values: Mapping[str, Mapping[str, object]]

    def arguments_for(self, route: str, arguments: Collection[str], whose: str) -> Values:
        """Return the arguments of a route. Raises: KeyError for an unknown one."""
        if route.startswith("/static/"):
            return SCRIPTS[whose == "missing"]
        known = {name: by_owner[whose] for name, by_owner in self.values.items() if whose in by_owner}
        state = STATE_FOR.get(route.rpartition("/")[2], State.NEW)
        known["number"] = self.numbers.get((state, whose), MISSING_NUMBER)
        if route.startswith("/profil/mail/"):
            known["token"] = known["token_of_address"]
        return {name: known[name] for name in arguments}


def create_records(portal: Portal, cast: Cast) -> Records:
    """Create all records."""
    for _ in range(FIRST_NUMBER - 1):
        _open(portal, cast, "charlie")
    numbers = {(state, whose): _ticket(portal, cast, name, state) for whose, name in OWNERS.items() for state in STATES}
    former = {state: _ticket(portal, cast, "emma", state) for state in STATES}
    numbers |= {(state, FORMER): number for state, number in former.items()}
    versions = {number: _version(portal, cast, number) for number in numbers.values()}
    service = new_service(portal, cast.clock(), organisation_name=MENDI, **SERVICE_OF_MENDI)
    _open(portal, cast, "charlie", service_id=service.id)
    watched = _watched_ticket(portal, cast)
    charlie = cast["charlie"]
    portal.profiles.confirm_contact(charlie.id, name=charlie.name, phone=PHONE_OF_CHARLIE, now=cast.clock())
    new = [numbers[State.NEW, whose] for whose in OWNERS]
    values = {**_owned(portal, cast, new), **_ownerless(portal, cast)}
    values["file_id"][FORMER], values["name"][FORMER] = _file(portal, former[State.NEW]), file_name("emma")
    return Records(service, watched, numbers, versions, values)


def _owned(portal: Portal, cast: Cast, tickets: Sequence[int]) -> dict[str, dict[str, object]]:
    """Return the values of arguments that refer to an owner's record."""
    accounts, now = [cast[name] for name in OWNERS.values()], cast.clock()
    return {
        "file_id": _of_each([_file(portal, number) for number in tickets], MISSING_ID),
        "name": _of_each([file_name(name) for name in OWNERS.values()], file_name("missing")),
        "account_id": _of_each([account.id for account in accounts], MISSING_ID),
        "organisation_id": _of_each([account.organisation_id for account in accounts], MISSING_ID),
        "service_id": _of_each([cast.fibre.id, cast.fibre.id, cast.line_of_mendi.id], MISSING_ID),
        "mail_id": _of_each([_mail(portal, number) for number in tickets], MISSING_ID),
        "token_of_address": _of_each([_new_address(portal, account, now) for account in accounts], NO_TOKEN),
        "token": _of_each([_token(portal, account, Purpose.RESET, now) for account in accounts], NO_TOKEN),
    }


def _ownerless(portal: Portal, cast: Cast) -> dict[str, dict[str, object]]:
    """Return the values of arguments without an owner."""
    text = portal.canned_responses.create(cast.context("sam"), CannedResponseDraft(CANNED_TITLE, CANNED_BODY, 1))
    view = cast.context("sam")
    portal.saved_views.create(view, name="Débits", query="vue=tous&categorie=DEBIT")
    return {
        "view_id": _of_each([view.command_id] * 3, MISSING_ID),
        "code": _of_each(["DEBIT"] * 3, "DEBIX"),
        "text_id": _of_each([text] * 3, MISSING_ID),
        "slug": _of_each(["repondre"] * 3, "repondre"),
    }


def _of_each(three: Sequence[object], missing: object) -> dict[str, object]:
    return dict(zip(WHOSE, [*three, missing], strict=True))


def _open(portal: Portal, cast: Cast, owner: str, *, category: str = "DEBIT", service_id: str | None = None) -> int:
    return portal.tickets.open(
        cast.context(owner),
        ticket_type="INCIDENT",
        category=category,
        service_id=service_id,
        urgency=4,
        title=canary("title", owner),
        description=canary("description", owner),
        uploads=[Upload(file_name(owner), canary("bytes", owner).encode())],
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
        # A note on a new ticket is an act of staff, after which its customer can't withdraw it alone.
        tickets.add_internal_note(
            cast.context("sam"), number=number, text=canary("note", owner), mentioned_ids=[cast["nora"].id]
        )
    return number


def _watched_ticket(portal: Portal, cast: Cast) -> int:
    """Open a ticket of alice, the only one of its category, watched by bob and emma."""
    number = _open(portal, cast, "alice", category="LENTEUR")
    for name in ("bob", "emma"):
        portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast[name].id)
    portal.tickets.add_internal_note(cast.context("sam"), number=number, text=canary("note", "alice"))
    portal.tickets.add_follow_up(cast.context("sam"), number=number, text=canary("followup", "alice"))
    return number


def _version(portal: Portal, cast: Cast, number: int) -> int:
    with portal.database.query() as connection:
        ticket = find_ticket(connection, cast["sam"].actor, number=number)
    assert ticket is not None
    return ticket.version


def _file(portal: Portal, number: int) -> object:
    with portal.database.query() as connection:
        return files_of(connection, number=number)[0].file_id


def _mail(portal: Portal, number: int) -> object:
    with portal.database.query() as connection:
        return outbox.list_messages(connection, outbox.outbox.c.number == number)[0].id


def _token(portal: Portal, account: Account, purpose: Purpose, now: datetime) -> object:
    with portal.database.command() as connection:
        return create_token(connection, account_id=account.id, purpose=purpose, now=now)


def _new_address(portal: Portal, account: Account, now: datetime) -> object:
    portal.profiles.request_email_change(account.id, email=f"nouvelle.{account.email}", now=now)
    return _token(portal, account, Purpose.EMAIL, now)
