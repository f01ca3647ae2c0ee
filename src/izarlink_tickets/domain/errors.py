"""Expected refusals: what a rule answers when it says no.

They carry data; `refusal_messages` has the sentences.
"""

from dataclasses import dataclass
from datetime import datetime

from izarlink_tickets.domain.vocabulary import State


class Refusal(Exception):
    """A command was refused by a rule; nothing was stored."""


# --- who ------------------------------------------------------------------------------------------------------------


class NotAllowed(Refusal):
    """The actor may see the ticket but not do this."""


class OwnAccount(Refusal):
    """Nobody closes the account they work with."""


class LastAdministrator(Refusal):
    """Without an active administrator nobody could keep the directory any more."""


@dataclass(eq=False)
class RecordHasChanged(Refusal):
    """Somebody else changed the record since it was read. changes: field, value seen, value now (D5)."""

    changes: tuple[tuple[str, str, str], ...]


class SolutionApprovedByItsAuthor(NotAllowed):
    """Whoever wrote the solution can't be the one who approves it."""


@dataclass(eq=False)
class TicketNotFound(Refusal):
    """No such ticket, or not the actor's to see: the two answer alike (R41)."""

    number: int


# --- where the ticket stands ------------------------------------------------------------------------------------------


@dataclass(eq=False)
class WrongState(Refusal):
    """The command is not possible in the ticket's state. `since`: aware UTC, when that state began."""

    state: State
    since: datetime


class TicketIsClosed(WrongState):
    """The ticket is CLOTURE."""


class TicketIsCancelled(WrongState):
    """The ticket is ANNULE; nothing leaves that state."""


class TicketIsResolved(WrongState):
    """The ticket is RESOLU already."""


class TicketIsNotResolved(WrongState):
    """There is no pending solution."""


@dataclass(eq=False)
class SolutionHasChanged(Refusal):
    """The decision was made on another version of the solution than the pending one."""

    seen: int
    current: int


@dataclass(eq=False)
class TicketHasChanged(Refusal):
    """The author of the command saw an older version of the ticket, and the decision depends on it (D5)."""

    seen: int
    current: int


@dataclass(eq=False)
class AssignedMeanwhile(Refusal):
    """Another technician has been put in charge since the author of the command looked (D5)."""

    assignee_id: str


class StaffHasActed(Refusal):
    """A ticket can be withdrawn alone only while nobody at IzarLink has touched it (R40)."""


class CancellationAlreadyRequested(Refusal):
    """The customer has already asked to cancel."""


class NoCancellationRequested(Refusal):
    """There is no request to confirm or decline."""


@dataclass(eq=False)
class ReopeningTooLate(Refusal):
    """The window after closing is over (R39)."""

    window_days: int


class TooEarly(Refusal):
    """What the portal does by itself is not due: a reminder, an automatic closing, the end of a wait."""


class NothingChanges(Refusal):
    """The command would leave everything as it is."""


class AlreadyAssigned(NothingChanges):
    """The technician is in charge as it is."""


class AlreadyConcerned(NothingChanges):
    """The person is the ticket's requester, or watches it, as it is."""


# --- what was said ----------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class TextRefused(Refusal):
    """A text breaks a rule. `field`: title, description, comment, question, note, reason, solution, name."""

    field: str


class TextMissing(TextRefused):
    """The text is empty once trimmed."""


@dataclass(eq=False)
class TextTooShort(TextRefused):
    """Lengths in characters, after trimming."""

    minimum: int


@dataclass(eq=False)
class TextTooLong(TextRefused):
    """Lengths in characters, after trimming."""

    maximum: int
    length: int


@dataclass(eq=False)
class UnknownChoice(Refusal):
    """A code that is not among the choices of its field."""

    field: str


class CategoryNotOfType(Refusal):
    """The category belongs to the other ticket type."""


class CategoryNotActive(Refusal):
    """The category is no longer given to tickets."""


class UrgencyMissing(Refusal):
    """An Incident needs an urgency (R17)."""


class UrgencyNotAllowed(Refusal):
    """A Demande has no urgency (R16), and a customer knows two levels."""


class ServiceNotOfOrganisation(Refusal):
    """The service does not exist, is closed, or belongs to somebody else: the three answer alike."""


@dataclass(eq=False)
class RelationNotPossible(Refusal):
    """A new ticket goes back only to a finished one of the same company. `number`: the older one's."""

    number: int


class PersonNotEligible(Refusal):
    """The person named can't have that part: wrong company, wrong role or deactivated."""


class DateNotInFuture(Refusal):
    """A date to come was expected."""


# --- files ------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class TooManyFiles(Refusal):
    """More files than one command takes. left_out: the names of those above it, where somebody has counted."""

    maximum: int
    left_out: tuple[str, ...] = ()


class NothingToAdd(Refusal):
    """A follow-up needs a text or a file (R31)."""


# --- the same command twice -------------------------------------------------------------------------------------------


@dataclass(eq=False)
class CommandAlreadyUsed(Refusal):
    """The command id was used for other content (D4). `number`: the ticket that the first use led to."""

    number: int | None
