"""Loading the demo through the ordinary use cases, backdated.

An interrupted load continues where it stopped: commands have fixed ids, and people are looked up first.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from izarlink_tickets import outbox, security_log
from izarlink_tickets.accounts import Account, find_account_by_email, hash_password
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.application.operations.demo_mark import begin_demo, finish_demo
from izarlink_tickets.application.transaction import CommandResult
from izarlink_tickets.config import Settings
from izarlink_tickets.database import Database, OptimisticTransaction
from izarlink_tickets.demo.scenario import (
    FIRST_PASSWORD,
    PASSWORD,
    DemoPerson,
    DemoStep,
    demo_canned_responses,
    demo_file,
    demo_organisations,
    demo_people,
    demo_services,
    demo_tickets,
)
from izarlink_tickets.directory import find_service_by_reference, list_organisations
from izarlink_tickets.domain.vocabulary import (
    GUIDE_CATEGORIES,
    SYSTEM,
    Actor,
    Channel,
    CommandContext,
    SilenceCause,
)

# Before the first ticket.
_DIRECTORY_AGE = timedelta(days=45)
_USER_AGENT = "izarlink-tickets demo load"
_LOOPBACK = "127.0.0.1"


class _MaillessDatabase(Database):
    """A database whose commands discard their mails before they commit.

    A mailer that runs beside the load therefore finds none to send.
    """

    def __init__(self, settings: Settings, *, now: datetime) -> None:
        super().__init__(settings.database_url, data_dir=settings.data_dir)
        self._now = now

    @contextmanager
    def optimistic_command(self) -> Iterator[OptimisticTransaction]:
        with super().optimistic_command() as transaction:
            yield transaction
            transaction.begin_writing()
            outbox.discard(transaction.connection, now=self._now)


@dataclass(frozen=True, slots=True)
class _Loader:
    """The use cases that make the demo.

    since: when the first load began.
    """

    portal: Portal
    since: datetime


def load(portal: Portal, *, now: datetime) -> bool:
    """Fill an empty database with the demo; False if already loaded.

    now: aware UTC. Raises: DatabaseNotEmpty.
    """
    with portal.database.command() as connection:
        since = begin_demo(connection, now=now)
    if since is None:
        return False
    with closing(_MaillessDatabase(portal.settings, now=now)) as database:
        # Everybody signs in by a password alone, as in the demo later.
        settings = portal.settings.model_copy(update={"second_factor": "off"})
        _load_all(_Loader(open_portal(settings, portal.keys, database=database), since))
    with portal.database.command() as connection:
        finish_demo(connection)
    return True


def _load_all(loader: _Loader) -> None:
    _load_directory(loader)
    actors = {person.first_name: _load_person(loader, person) for person in demo_people()}
    for command_id, draft in demo_canned_responses().items():
        context = CommandContext(actors["sam"], loader.since - _DIRECTORY_AGE, Channel.WEB, command_id)
        loader.portal.canned_responses.create(context, draft)
    _load_tickets(loader, actors | {"portal": SYSTEM})


def _load_directory(loader: _Loader) -> None:
    with loader.portal.database.query() as connection:
        known = {organisation.name for organisation in list_organisations(connection)}
        missing = [
            service
            for service in demo_services()
            if not find_service_by_reference(connection, reference=service.reference)
        ]
    for name in demo_organisations():
        if name not in known:
            loader.portal.directory.create_organisation(_operator(loader.since - _DIRECTORY_AGE), name=name)
    for service in missing:
        loader.portal.directory.create_service(
            _operator(loader.since - _DIRECTORY_AGE),
            reference=service.reference,
            organisation_name=service.organisation,
            label=service.label,
            site=service.site,
            offer=service.offer,
        )


def _operator(at: datetime) -> CommandContext:
    return CommandContext(SYSTEM, at, Channel.CLI, str(uuid4()))


def _load_person(loader: _Loader, person: DemoPerson) -> Actor:
    # An initial password lives seven days: that of a person who hasn't signed in yet is made now.
    at = loader.since - _DIRECTORY_AGE if person.has_signed_in else loader.since
    with loader.portal.database.query() as connection:
        account = find_account_by_email(connection, email=person.email)
    if account is None:
        new = NewAccount(person.email, person.name, person.role, person.organisation)
        account, _ = loader.portal.accounts.create_account_with_password(_operator(at), new, password=FIRST_PASSWORD)
    if person.has_signed_in and account.confirmed_at is None:
        _sign_in_for_the_first_time(loader.portal, person, account, at)
    return account.actor


def _sign_in_for_the_first_time(portal: Portal, person: DemoPerson, account: Account, at: datetime) -> None:
    password = FIRST_PASSWORD if account.must_change_password else PASSWORD
    with security_log.muted():
        visitor = portal.sign_ins.sign_in(
            identifier=person.email, password=password, remote_address=_LOOPBACK, user_agent=_USER_AGENT, now=at
        )
    if visitor.must_change_password:
        # The sign-in page shows it: no choice of a person, which would have to be stronger.
        hashed = hash_password(PASSWORD)
        visitor = portal.profiles.store_first_password(visitor, hashed, user_agent=_USER_AGENT, now=at)
    portal.profiles.confirm_contact(account.id, name=person.name, phone=person.phone, now=at)
    portal.sign_ins.sign_out(visitor.session_id)


def _load_tickets(loader: _Loader, actors: Mapping[str, Actor]) -> None:
    ids = {first_name: actor.account_id for first_name, actor in actors.items()} | _service_ids(loader.portal.database)
    numbers: dict[str, int] = {}
    steps = [(step.moment(loader.since), ticket.id, step) for ticket in demo_tickets() for step in ticket.steps]
    for at, ticket_id, step in sorted(steps, key=lambda step: step[0]):
        arguments = _arguments(step, ids, loader.since)
        if ticket_id in numbers:
            arguments["number"] = numbers[ticket_id]
        command = getattr(loader.portal.tickets, step.command)
        result: CommandResult = command(
            CommandContext(actors[step.actor], at, step.channel, step.command_id), **arguments
        )
        numbers[ticket_id] = result.number


def _service_ids(database: Database) -> dict[str, str]:
    with database.query() as connection:
        services = [find_service_by_reference(connection, reference=service.reference) for service in demo_services()]
    return {service.reference: service.id for service in services if service}


def _arguments(step: DemoStep, ids: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return the step's arguments, with ids in place of names and references."""
    arguments: dict[str, Any] = {}
    if step.command == "open":
        ticket_type = GUIDE_CATEGORIES[step.arguments["category"]].ticket_type.value
        arguments |= {"ticket_type": ticket_type, "service_id": None, "urgency": None}
    for name, value in step.arguments.items():
        match name:
            case "service" | "requester" | "assignee":
                arguments[f"{name}_id"] = ids[value]
            case "watcher":
                arguments["account_id"] = ids[value]
            case "mentioned":
                arguments["mentioned_ids"] = [ids[first_name] for first_name in value]
            case "until_days_ahead":
                arguments["until"] = (now + timedelta(days=value)).replace(minute=0, second=0, microsecond=0)
            case "cause":
                arguments["cause"] = SilenceCause(value)
            case "files":
                arguments["uploads"] = tuple(demo_file(file) for file in value)
            case _:
                arguments[name] = value
    return arguments
