"""How a story is told: an opening, then steps at moments of the past weeks. The verbs are the ordinary commands.

No text of a story is here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from izarlink_tickets.application import CommandResult
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.vocabulary import GUIDE_CATEGORIES, Channel, CommandContext, Urgency

# The stories tell the hour as their people read it off the wall.
_PLACE = ZoneInfo("Europe/Paris")
_COMMANDS = UUID("b3b0a7a4-7b3e-4d0e-9f0e-3c1a52d6c0de")

HIGH, MEDIUM = Urgency.HIGH, Urgency.MEDIUM
PORTAL = "izarlink"  # who reminds: nobody's first name


@dataclass(frozen=True, slots=True)
class Moment:
    """An hour of a day, at least one day before the demo is loaded, so that it has passed wherever the load happens."""

    days_ago: int
    hour: time

    def before(self, now: datetime) -> datetime:
        """Give the moment as seen from `now` (aware)."""
        day = now.astimezone(_PLACE).date() - timedelta(days=self.days_ago)
        return datetime.combine(day, self.hour, tzinfo=_PLACE)


def at(days_ago: int, hour: str) -> Moment:
    """Read « 7:52 », two days ago say, as a moment."""
    hours, _, minutes = hour.partition(":")
    return Moment(days_ago, time(int(hours), int(minutes)))


@dataclass(frozen=True, slots=True)
class Scene:
    """What a verb works with. account_ids: by first name. now: when the demo is loaded, aware."""

    tickets: Tickets
    context: CommandContext
    number: int
    account_ids: Mapping[str, str]
    now: datetime


Verb = Callable[[Scene], CommandResult]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens to the ticket."""

    when: Moment
    who: str
    does: Verb
    channel: Channel = Channel.WEB


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket from its opening on. service: a reference, None for « Autre / je ne sais pas ».

    wanted_for: the first name of the customer for whom staff opens it.
    """

    name: str
    when: Moment
    who: str
    category: str
    service: str | None
    title: str
    description: str
    urgency: Urgency | None = None
    uploads: tuple[Upload, ...] = ()
    wanted_for: str | None = None
    channel: Channel = Channel.WEB
    steps: tuple[Step, ...] = field(default=(), kw_only=True)

    @property
    def ticket_type(self) -> str:
        return GUIDE_CATEGORIES[self.category].ticket_type.value

    def command_id(self, nth: int) -> str:
        """Name the opening (0) and the steps (from 1): a load that was cut short goes on where it stopped."""
        return str(uuid5(_COMMANDS, f"{self.name}/{nth}"))


def takes(scene: Scene) -> CommandResult:
    """Take charge of the ticket."""
    return scene.tickets.assign(scene.context, number=scene.number, assignee_id=scene.context.actor.account_id)


def hands_to(first_name: str) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.assign(scene.context, number=scene.number, assignee_id=scene.account_ids[first_name])

    return verb


def writes(text: str, *uploads: Upload) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.add_follow_up(scene.context, number=scene.number, text=text, uploads=uploads)

    return verb


def notes(text: str, *, mentioned: tuple[str, ...] = ()) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        ids = [scene.account_ids[first_name] for first_name in mentioned]
        return scene.tickets.add_internal_note(scene.context, number=scene.number, text=text, mentioned_ids=ids)

    return verb


def asks(question: str) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.request_information(scene.context, number=scene.number, question=question)

    return verb


def waits(reason: str, *, days_from_now: int) -> Verb:
    """Hold for a third party. days_from_now: of the load; a date in the stories' past is negative."""

    def verb(scene: Scene) -> CommandResult:
        until = (scene.now + timedelta(days=days_from_now)).replace(minute=0, second=0, microsecond=0)
        return scene.tickets.hold(scene.context, number=scene.number, reason=reason, until=until)

    return verb


def goes_on(scene: Scene) -> CommandResult:
    """End the wait."""
    return scene.tickets.resume(scene.context, number=scene.number)


def reminds(scene: Scene) -> CommandResult:
    """Remind the customer."""
    return scene.tickets.remind(scene.context, number=scene.number)


def solves(solution: str) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.resolve(scene.context, number=scene.number, solution=solution)

    return verb


def approves(comment: str = "", *, version: int = 1) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.approve_solution(
            scene.context, number=scene.number, solution_version=version, comment=comment
        )

    return verb


def refuses(reason: str, *uploads: Upload, version: int = 1) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.refuse_solution(
            scene.context, number=scene.number, solution_version=version, reason=reason, uploads=uploads
        )

    return verb


def records_approval(note: str) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.record_approval(scene.context, number=scene.number, note=note)

    return verb


def reopens(reason: str) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.reopen(scene.context, number=scene.number, reason=reason)

    return verb


def cancels(reason: str) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.cancel(scene.context, number=scene.number, reason=reason)

    return verb


def asks_to_cancel(reason: str) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        return scene.tickets.request_cancellation(scene.context, number=scene.number, reason=reason)

    return verb


def confirms_cancellation(scene: Scene) -> CommandResult:
    """Grant the wish to cancel."""
    return scene.tickets.confirm_cancellation(scene.context, number=scene.number)


def lets_read_along(first_name: str) -> Verb:
    def verb(scene: Scene) -> CommandResult:
        account_id = scene.account_ids[first_name]
        return scene.tickets.add_watcher(scene.context, number=scene.number, account_id=account_id)

    return verb
