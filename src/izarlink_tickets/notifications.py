"""The notification policy: who is told of a command. It hears every event and writes outbox rows, nothing else.

The requester and the watchers hear of every command that leaves a public event, their own included unless they switched
that off; who else is told, the events say. Nobody of IzarLink is mailed about their own act.
Source: guide §3 « vous serez notifié par mail pour toutes les opérations sur votre ticket »; R20, R21.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Protocol

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Account, find_accounts, support_team
from izarlink_tickets.domain import access, events
from izarlink_tickets.domain.vocabulary import CommandContext, State

TEAM = "team"
ASSIGNEE = "assignee"


class Concerned(access.Owned, Protocol):
    """The ticket after the command, as far as it says who has to do with it."""

    @property
    def number(self) -> int: ...
    @property
    def assignee_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a command concerns, before rights and wishes. has_team: also whoever hears of new tickets."""

    ids: frozenset[str]
    has_team: bool


def notify(
    connection: Connection,
    context: CommandContext,
    *,
    ticket: Concerned,
    recorded: Sequence[events.TicketEvent],
    entry: int,
) -> None:
    """Write one letter for each person to tell of the command's events. entry: their place in the timeline."""
    is_opening = isinstance(recorded[0], events.Opened)
    for account in _readers(connection, ticket, recorded):
        if _wants(account, context, is_opening=is_opening) and access.sees(account.person, ticket):
            outbox.enqueue(
                connection,
                kind=outbox.MailKind.TICKET,
                actor_id=context.actor.account_id,
                command_id=context.command_id,
                account_id=account.id,
                number=ticket.number,
                entry=entry,
                now=context.at,
            )


def audience_of(ticket: Concerned, recorded: Iterable[events.TicketEvent]) -> Audience:
    """Collect whom the events of a command concern. ticket: as they left it."""
    ids: set[str] = set()
    for event in recorded:
        if event.IS_PUBLIC:
            ids |= {ticket.requester_id, *ticket.watcher_ids}
        ids |= {(ticket.assignee_id or "") if one == ASSIGNEE else one for one in _also_told(event)}
    return Audience(frozenset(ids - {"", TEAM}), has_team=TEAM in ids)


def _readers(connection: Connection, ticket: Concerned, recorded: Iterable[events.TicketEvent]) -> Iterable[Account]:
    """Collect the accounts of everybody whom the events concern, each once."""
    audience = audience_of(ticket, recorded)
    team = support_team(connection) if audience.has_team else []
    return {account.id: account for account in (*find_accounts(connection, ids=audience.ids), *team)}.values()


def _wants(account: Account, context: CommandContext, *, is_opening: bool) -> bool:
    if account.id != context.actor.account_id:
        return True
    if access.is_staff(account.person):
        return False
    return is_opening or account.mails_own_acts


@singledispatch
def _also_told(_event: events.TicketEvent) -> tuple[str, ...]:
    """Name who hears of the event besides requester and watchers: account ids, TEAM, ASSIGNEE."""
    return ()


@_also_told.register
def _(_event: events.Opened) -> tuple[str, ...]:
    return (TEAM,)


@_also_told.register(events.Assigned)
@_also_told.register(events.Requalified)
@_also_told.register(events.FollowUpAdded)
@_also_told.register(events.Resumed)
@_also_told.register(events.SolutionApproved)
@_also_told.register(events.CancellationDeclined)
def _(_event: events.TicketEvent) -> tuple[str, ...]:
    return (ASSIGNEE,)


@_also_told.register(events.SolutionRefused)
@_also_told.register(events.Reopened)
def _(_event: events.TicketEvent) -> tuple[str, ...]:
    return (ASSIGNEE, TEAM)


@_also_told.register
def _(event: events.CancellationRequested) -> tuple[str, ...]:
    # A new ticket that support has touched has nobody in charge yet.
    return (TEAM,) if event.state == State.NEW else (ASSIGNEE,)


@_also_told.register
def _(event: events.Cancelled) -> tuple[str, ...]:
    # A new ticket was everybody's; a wish to cancel is answered by one of those who work on it.
    return (TEAM,) if event.previous_state == State.NEW else (ASSIGNEE,)


@_also_told.register
def _(event: events.InternalNoteAdded) -> tuple[str, ...]:
    return tuple(event.mentioned_ids)


@_also_told.register
def _(event: events.WatcherRemoved) -> tuple[str, ...]:
    return (event.watcher_id,)


@_also_told.register
def _(event: events.RequesterChanged) -> tuple[str, ...]:
    return (event.previous_requester_id,)
