"""Refusals: the expected errors of commands.

They carry data; `refusal_messages` has the sentences.
"""

from dataclasses import dataclass
from datetime import datetime

from izarlink_tickets.domain.vocabulary import State


class Refusal(Exception):
    """A rule refused the command; nothing was stored."""


@dataclass(eq=False)
class TryAgainLater(Refusal):
    """A limit is reached for now.

    retry_after_seconds: until there is room again.
    """

    retry_after_seconds: int


# --- rights and accounts ----------------------------------------------------------------------------------------------


class NotAllowed(Refusal):
    """The actor has no right to do this."""


class OwnAccount(Refusal):
    """You cannot disable your own account."""


class OwnAddress(Refusal):
    """Nobody changes their own mail address as an administrator."""


class LastAdministrator(Refusal):
    """The portal needs at least one active administrator."""


class ChangedMeanwhile(Refusal):
    """The author decided on a version that has changed since."""


@dataclass(eq=False)
class RecordHasChanged(ChangedMeanwhile):
    """The record has changed since. changes: field, value seen, value now."""

    changes: tuple[tuple[str, str, str], ...]


class SolutionApprovedByItsAuthor(NotAllowed):
    """The author of a solution cannot approve it."""


@dataclass(eq=False)
class TicketNotFound(Refusal):
    """The ticket does not exist, or the actor may not see it."""

    number: int


# --- the state of the ticket ------------------------------------------------------------------------------------------


@dataclass(eq=False)
class WrongState(Refusal):
    """The state forbids the command. since: its start, aware UTC."""

    state: State
    since: datetime


class TicketIsClosed(WrongState):
    """The ticket is closed."""


class TicketIsCancelled(WrongState):
    """The ticket is cancelled, for good."""


class TicketIsResolved(WrongState):
    """The ticket is already resolved."""


class TicketIsNotResolved(WrongState):
    """The ticket has no pending solution."""


@dataclass(eq=False)
class SolutionHasChanged(ChangedMeanwhile):
    """The decision is about an older version of the solution."""

    seen: int
    current: int


@dataclass(eq=False)
class TicketHasChanged(ChangedMeanwhile):
    """The decision is about an older version of the ticket."""

    seen: int
    current: int


@dataclass(eq=False)
class AssignedMeanwhile(ChangedMeanwhile):
    """Another technician has been put in charge meanwhile."""

    assignee_id: str


class StaffHasActed(Refusal):
    """Support has acted; the requester can only ask to cancel."""


class CancellationAlreadyRequested(Refusal):
    """The customer has already asked to cancel the ticket."""


class NoCancellationRequested(Refusal):
    """There is no request to cancel the ticket."""


@dataclass(eq=False)
class ReopeningTooLate(Refusal):
    """The window for reopening is over. window_days: its length."""

    window_days: int


class TooEarly(Refusal):
    """A reminder, closing or end of a wait is not due."""


class NothingChanges(Refusal):
    """The command would change nothing."""


class AlreadyAssigned(NothingChanges):
    """The technician is already in charge."""


class AlreadyConcerned(NothingChanges):
    """The person is already the requester or a watcher."""


@dataclass(eq=False)
class TooManyWatchers(Refusal):
    """The ticket has as many watchers as it may."""

    maximum: int


# --- texts and choices ------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class TextRefused(Refusal):
    """A text breaks a rule.

    field: title, description, comment, question, note, reason, solution, name.
    """

    field: str


class TextMissing(TextRefused):
    """The text is empty after trimming."""


@dataclass(eq=False)
class TextTooShort(TextRefused):
    """The text is too short. minimum: in characters, after trimming."""

    minimum: int


@dataclass(eq=False)
class TextTooLong(TextRefused):
    """The text is too long. Lengths in characters, after trimming."""

    maximum: int
    length: int


@dataclass(eq=False)
class UnknownChoice(Refusal):
    """The code is not one of the field's choices."""

    field: str


class CategoryNotOfType(Refusal):
    """The category belongs to the other ticket type."""


class CategoryNotActive(Refusal):
    """New tickets can no longer have the category."""


class UrgencyMissing(Refusal):
    """An Incident needs an urgency."""


class UrgencyNotAllowed(Refusal):
    """A Demande has no urgency, and customers may only choose two levels."""


class ServiceNotOfOrganisation(Refusal):
    """The service is unknown, closed, or another customer's."""


@dataclass(eq=False)
class RelationNotPossible(Refusal):
    """The older ticket is unfinished or another company's. number: its number."""

    number: int


class PersonNotEligible(Refusal):
    """The person has the wrong company or role, or is deactivated."""


class DateNotInFuture(Refusal):
    """The date must be in the future."""


# --- files ------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class TooManyFiles(Refusal):
    """Too many files. left_out: names above the maximum, if known."""

    maximum: int
    left_out: tuple[str, ...] = ()


class NothingToAdd(Refusal):
    """A follow-up needs a text or a file."""


# --- limits -----------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class HourlyLimitReached(TryAgainLater):
    """The account has done too much within an hour.

    maximum: a number, or bytes.
    """

    maximum: int


class TooManyTickets(HourlyLimitReached):
    """The account has opened too many tickets."""


class TooManyFollowUps(HourlyLimitReached):
    """The account has written or decided too often on its tickets."""


class TooManyFileBytes(HourlyLimitReached):
    """The account has attached too many bytes."""


@dataclass(eq=False)
class QuotaReached(Refusal):
    """The customer's files would exceed their quota. Sizes in bytes."""

    maximum: int
    used: int


# --- repeated commands ------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class CommandAlreadyUsed(Refusal):
    """The command id has other content. number: of its first ticket."""

    number: int | None
