"""Notification policy: one outbox message for each person whom a command concerns.

Requester and watchers are notified of every command with a public event; of their own commands unless they switched
that off. So is the company role that asked to be told of all its tickets. The assignee, the team and others are
notified of certain events. Staff get no mail about their own commands. Nothing goes into the void: all support stands
in for an assignee who is missing or whose account is closed, the company role for such a requester. What one account
writes in a flood reaches each person as a digest an hour (`application.usage_limits`).
Source: guide §3, « vous serez notifié par mail pour toutes les opérations sur votre ticket ».
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Protocol

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Recipient, find_among_or_support, find_company, find_recipients, find_support
from izarlink_tickets.domain import access, events
from izarlink_tickets.domain.vocabulary import CommandContext, State

TEAM = "team"
ASSIGNEE = "assignee"


class ConcernedTicket(access.OwnedTicket, Protocol):
    """The ticket after the command, with the people it concerns."""

    @property
    def number(self) -> int: ...
    @property
    def assignee_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Audience:
    """The accounts that a command concerns, before rights and preferences.

    has_team: also the staff who are notified of new tickets.
    needs_assignee: somebody in charge has to learn of it. is_public: the customer has to.
    """

    ids: frozenset[str]
    has_team: bool
    needs_assignee: bool
    is_public: bool


def people_concerned(
    connection: Connection, ticket: ConcernedTicket, recorded: Sequence[events.TicketEvent]
) -> list[Recipient]:
    """Find the people whom the events concern. ticket: after the command."""
    audience = audience_of(ticket, recorded)
    informed = ticket.organisation_id if audience.is_public else None
    if audience.needs_assignee and ticket.assignee_id is None:
        people = find_among_or_support(connection, ids=audience.ids, informed=informed)
    else:
        people = find_recipients(connection, ids=audience.ids, with_team=audience.has_team, informed=informed)
    return people + _stand_ins(connection, ticket, audience, people)


def _stand_ins(
    connection: Connection, ticket: ConcernedTicket, audience: Audience, people: Sequence[Recipient]
) -> list[Recipient]:
    """Find who else is told because an account is closed; rarely anybody."""
    closed = {person.actor.account_id for person in people if not person.actor.is_active}
    others: list[Recipient] = []
    if audience.needs_assignee and ticket.assignee_id in closed:
        others += find_support(connection)
    if audience.is_public and ticket.requester_id in closed:
        others += find_company(connection, organisation_id=ticket.organisation_id)
    known = {person.actor.account_id for person in people}
    return [person for person in others if person.actor.account_id not in known]


def recipients_among(
    people: Iterable[Recipient],
    context: CommandContext,
    *,
    ticket: ConcernedTicket,
    recorded: Sequence[events.TicketEvent],
) -> list[str]:
    """Return the accounts to notify among the people concerned."""
    is_opening = isinstance(recorded[0], events.Opened)
    return [
        person.actor.account_id
        for person in people
        if _wants_mail(person, context, is_opening=is_opening) and access.sees(person.actor, ticket)
    ]


def notify(
    connection: Connection,
    context: CommandContext,
    account_ids: Collection[str],
    *,
    number: int,
    entry: int,
    digest_at: datetime | None = None,
) -> None:
    """Enqueue one message for each account.

    entry: of the timeline. digest_at: when they leave, as one mail a person; None for at once.
    """
    outbox.enqueue_all(
        connection,
        kind=outbox.MailKind.TICKET,
        actor_id=context.actor.account_id,
        command_id=context.command_id,
        account_ids=account_ids,
        number=number,
        entry=entry,
        now=context.at,
        digest_at=digest_at,
    )


def audience_of(ticket: ConcernedTicket, recorded: Iterable[events.TicketEvent]) -> Audience:
    """Collect the accounts that the events concern. ticket: after the command."""
    ids: set[str] = set()
    needs_assignee = is_public = False
    for event in recorded:
        others = _others_concerned(event)
        if event.IS_PUBLIC:
            is_public = True
            ids |= {ticket.requester_id, *ticket.watcher_ids}
        # What staff do reaches the customer; somebody at the desk knows of it.
        needs_assignee = needs_assignee or (ASSIGNEE in others and event.role not in access.STAFF_ROLES)
        ids |= {(ticket.assignee_id or "") if other == ASSIGNEE else other for other in others}
    return Audience(frozenset(ids - {"", TEAM}), TEAM in ids, needs_assignee=needs_assignee, is_public=is_public)


def _wants_mail(person: Recipient, context: CommandContext, *, is_opening: bool) -> bool:
    if person.actor.account_id != context.actor.account_id:
        return True
    if access.is_staff(person.actor):
        return False
    return is_opening or person.mails_own_acts


@singledispatch
def _others_concerned(_event: events.TicketEvent) -> tuple[str, ...]:
    """Return who is concerned besides requester and watchers: account ids, TEAM, ASSIGNEE."""
    return ()


@_others_concerned.register
def _(_event: events.Opened) -> tuple[str, ...]:
    return (TEAM,)


@_others_concerned.register(events.Assigned)
@_others_concerned.register(events.Requalified)
@_others_concerned.register(events.FollowUpAdded)
@_others_concerned.register(events.Resumed)
@_others_concerned.register(events.SolutionApproved)
@_others_concerned.register(events.AutoClosed)
@_others_concerned.register(events.SilenceReported)
@_others_concerned.register(events.CancellationDeclined)
def _(_event: events.TicketEvent) -> tuple[str, ...]:
    return (ASSIGNEE,)


@_others_concerned.register(events.SolutionRefused)
@_others_concerned.register(events.Reopened)
def _(_event: events.TicketEvent) -> tuple[str, ...]:
    return (ASSIGNEE, TEAM)


@_others_concerned.register(events.CancellationRequested)
@_others_concerned.register(events.CancellationRequestWithdrawn)
def _(event: events.CancellationRequested | events.CancellationRequestWithdrawn) -> tuple[str, ...]:
    # A new ticket that support has touched has no assignee yet.
    return (TEAM,) if event.state == State.NEW else (ASSIGNEE,)


@_others_concerned.register
def _(event: events.Cancelled) -> tuple[str, ...]:
    # A new ticket concerns the whole team; one in progress its assignee.
    return (TEAM,) if event.previous_state == State.NEW else (ASSIGNEE,)


@_others_concerned.register
def _(event: events.InternalNoteAdded) -> tuple[str, ...]:
    return tuple(event.mentioned_ids)


@_others_concerned.register
def _(event: events.WatcherRemoved) -> tuple[str, ...]:
    return (event.watcher_id,)


@_others_concerned.register
def _(event: events.RequesterChanged) -> tuple[str, ...]:
    return (event.previous_requester_id,)
