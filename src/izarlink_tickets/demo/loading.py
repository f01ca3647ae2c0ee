"""Make the demo through the ordinary use cases, with a clock in the past weeks.

A load that was cut short goes on where it stopped: commands keep their ids, people are looked up first.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Account, find_account_by_email
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.application.operations.demo_mark import begin_demo, finish_demo
from izarlink_tickets.config import Settings
from izarlink_tickets.database import Database
from izarlink_tickets.demo import cast
from izarlink_tickets.demo.script import PORTAL, Scene, Step, Story
from izarlink_tickets.demo.stories import STORIES
from izarlink_tickets.demo.texts import TEXTS, id_of
from izarlink_tickets.directory import find_service_by_reference, list_organisations
from izarlink_tickets.domain.vocabulary import SYSTEM, Actor, Channel, CommandContext

# Longer ago than the first story.
_BEGINNING = timedelta(days=45)
_USER_AGENT = "izarlink-tickets demo load"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class _Cue:
    """One step of one story, and its place among the story's steps; the opening is 0."""

    at: datetime
    nth: int
    story: Story
    step: Step | None


class _Unmailed(Database):
    """A database in which no letter waits when a command commits: no mailer beside this load can send one."""

    def __init__(self, settings: Settings, *, now: datetime) -> None:
        super().__init__(settings.database_url, data_dir=settings.data_dir)
        self._now = now

    @contextmanager
    def command(self) -> Iterator[Connection]:
        """As always, with what the command has posted written off."""
        with super().command() as connection:
            yield connection
            outbox.discard(connection, now=self._now)


@dataclass(frozen=True, slots=True)
class _Backstage:
    """The use cases that make the demo, on a database of their own. since: when the load began."""

    portal: Portal
    since: datetime


def load(portal: Portal, *, now: datetime) -> bool:
    """Fill an empty database with the demo; False if it was there already. now: aware UTC.

    Raises: DatabaseNotEmpty.
    """
    with portal.database.command() as connection:
        since = begin_demo(connection, now=now)
    if since is None:
        return False
    database = _Unmailed(portal.settings, now=now)
    try:
        _make(_Backstage(open_portal(portal.settings, portal.keys, database=database), since))
    finally:
        database.close()
    with portal.database.command() as connection:
        finish_demo(connection)
    return True


def _make(backstage: _Backstage) -> None:
    _make_directory(backstage)
    people = {character.first_name: _welcome(backstage, character) for character in cast.CHARACTERS}
    _keep_texts(backstage, people["sam"])
    _tell(backstage, people | {PORTAL: SYSTEM})


def _make_directory(backstage: _Backstage) -> None:
    with backstage.portal.database.query() as connection:
        known = {organisation.name for organisation in list_organisations(connection)}
        contracted = {line for line in cast.LINES if find_service_by_reference(connection, reference=line.reference)}
    for name in cast.ORGANISATIONS:
        if name not in known:
            backstage.portal.directory.create_organisation(_operator(backstage), name=name)
    for line in cast.LINES:
        if line not in contracted:
            backstage.portal.directory.create_service(
                _operator(backstage),
                reference=line.reference,
                organisation_name=line.organisation,
                label=line.label,
                site=line.site,
                offer=line.offer,
            )


def _keep_texts(backstage: _Backstage, keeper: Actor) -> None:
    for text in TEXTS:
        context = CommandContext(keeper, backstage.since - _BEGINNING, Channel.WEB, id_of(text))
        backstage.portal.canned_responses.create(context, text)


def _operator(backstage: _Backstage) -> CommandContext:
    """Act at the command line, before anything is told."""
    return CommandContext(SYSTEM, backstage.since - _BEGINNING, Channel.CLI, str(uuid4()))


def _welcome(backstage: _Backstage, character: cast.Character) -> Actor:
    """Create the account, and let whoever has signed in before do so as the guide says (R4–R6)."""
    # An initial password lives seven days, so that of the newcomer is made as late as can be.
    at = backstage.since - _BEGINNING if character.has_signed_in else backstage.since
    account = _account_of(backstage, character)
    if account is None:
        context = CommandContext(SYSTEM, at, Channel.CLI, str(uuid4()))
        wanted = NewAccount(character.email, character.name, character.role, character.organisation)
        account, _ = backstage.portal.accounts.create_account_with_password(
            context, wanted, password=cast.FIRST_PASSWORD
        )
    if character.has_signed_in and account.confirmed_at is None:
        _sign_in_for_the_first_time(backstage, character, account, at)
    return account.person


def _account_of(backstage: _Backstage, character: cast.Character) -> Account | None:
    with backstage.portal.database.query() as connection:
        return find_account_by_email(connection, email=character.email)


def _sign_in_for_the_first_time(
    backstage: _Backstage, character: cast.Character, account: Account, at: datetime
) -> None:
    password = cast.FIRST_PASSWORD if account.must_change_password else cast.PASSWORD
    visitor = backstage.portal.sign_ins.sign_in(
        identifier=character.email, password=password, remote_address=_LOOPBACK, user_agent=_USER_AGENT, now=at
    )
    if visitor.must_change_password:
        visitor = backstage.portal.profiles.choose_first_password(
            visitor, password=cast.PASSWORD, user_agent=_USER_AGENT, now=at
        )
    backstage.portal.profiles.confirm_contact(account.id, name=character.name, phone=character.phone, now=at)
    backstage.portal.sign_ins.sign_out(visitor.session_id)


def _tell(backstage: _Backstage, people: Mapping[str, Actor]) -> None:
    account_ids = {first_name: person.account_id for first_name, person in people.items()}
    services = _service_ids(backstage)
    numbers: dict[str, int] = {}
    for cue in sorted(_cues(backstage.since), key=lambda cue: cue.at):
        story, step = cue.story, cue.step
        teller = step or story
        context = CommandContext(people[teller.who], cue.at, teller.channel, story.command_id(cue.nth))
        if step is None:
            numbers[story.name] = _open(backstage, context, story, account_ids, services)
            continue
        step.does(Scene(backstage.portal.tickets, context, numbers[story.name], account_ids, backstage.since))


def _cues(now: datetime) -> Iterator[_Cue]:
    for story in STORIES:
        yield _Cue(story.when.before(now), 0, story, None)
        for nth, step in enumerate(story.steps, start=1):
            yield _Cue(step.when.before(now), nth, story, step)


def _open(
    backstage: _Backstage,
    context: CommandContext,
    story: Story,
    account_ids: Mapping[str, str],
    services: Mapping[str, str],
) -> int:
    answer = backstage.portal.tickets.open(
        context,
        ticket_type=story.ticket_type,
        category=story.category,
        service_id=story.service and services[story.service],
        urgency=story.urgency,
        title=story.title,
        description=story.description,
        uploads=story.uploads,
        requester_id=story.wanted_for and account_ids[story.wanted_for],
    )
    return answer.number


def _service_ids(backstage: _Backstage) -> dict[str, str]:
    with backstage.portal.database.query() as connection:
        found = [find_service_by_reference(connection, reference=line.reference) for line in cast.LINES]
    return {service.reference: service.id for service in found if service}
