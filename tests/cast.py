"""The people of the tests, created through the use cases."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from izarlink_tickets.accounts import Account, confirm_contact, find_account, hash_password, set_password
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.directory import ServiceRecord, find_service
from izarlink_tickets.domain.vocabulary import SYSTEM, Channel, CommandContext, Role

ETXEA, MENDI = "Boulangerie Etxea", "Garage Mendi"
PASSWORD = "un mot de passe de test 77"
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

_PASSWORD_HASH = hash_password(PASSWORD)
_MEMBERS = (
    NewAccount("alice@etxea.example", "Alice Etcheverry", Role.CUSTOMER, ETXEA, "05 59 00 00 01"),
    NewAccount("bob@etxea.example", "Bob Etcheverry", Role.COMPANY, ETXEA, "05 59 00 00 02"),
    NewAccount("carol@etxea.example", "Carol Etcheverry", Role.CUSTOMER, ETXEA),
    NewAccount("charlie@mendi.example", "Charlie Mendiburu", Role.CUSTOMER, MENDI),
    NewAccount("sam@izarlink.example", "Sam Iriart", Role.SUPPORT),
    NewAccount("nora@izarlink.example", "Nora Iriart", Role.SUPPORT),
    NewAccount("root@izarlink.example", "Root Iriart", Role.ADMINISTRATOR),
    NewAccount("ada@izarlink.example", "Ada Iriart", Role.AUDITOR),
)


@dataclass
class Clock:
    """A clock that stands still until a test advances it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        """Advance by the keywords of a timedelta; return the new time."""
        self.now += timedelta(**duration)
        return self.now


@dataclass
class Cast:
    """Accounts by first name, which is the start of their address.

    Each has chosen PASSWORD. alice, bob and carol work at Etxea, charlie at Mendi, the others at IzarLink.
    """

    accounts: dict[str, Account]
    fibre: ServiceRecord
    line_of_mendi: ServiceRecord
    clock: Clock
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def __getitem__(self, name: str) -> Account:
        return self.accounts[name]

    def context(self, name: str, *, command_id: str | None = None, channel: Channel = Channel.WEB) -> CommandContext:
        """Build the context of a command, one second after the previous one.

        command_id: a new one by default.
        """
        person = SYSTEM if name == "system" else self.accounts[name].actor
        return CommandContext(
            person, self.clock.advance(seconds=1), channel, command_id or str(UUID(int=next(self._ids)))
        )


def assemble(portal: Portal, clock: Clock) -> Cast:
    """Create the organisations, their services and all people."""
    now = clock()
    for name in (ETXEA, MENDI):
        portal.directory.create_organisation(_operator(now), name=name)
    fibre = new_service(portal, now, reference="FTTO-00417", organisation_name=ETXEA, label="Fibre du fournil")
    line = new_service(portal, now, reference="FTTH-00981", organisation_name=MENDI, label="Fibre de l’atelier")
    accounts = {member.email.partition("@")[0]: bring_in(portal, member, now) for member in _MEMBERS}
    return Cast(accounts, fibre, line, clock)


def new_service(portal: Portal, now: datetime, **fields: str) -> ServiceRecord:
    """Create a service as the command line does."""
    result = portal.directory.create_service(_operator(now), **fields)
    with portal.database.query() as connection:
        created = find_service(connection, service_id=result.id)
    assert created is not None
    return created


def _operator(now: datetime) -> CommandContext:
    return CommandContext(SYSTEM, now, Channel.CLI, str(uuid4()))


def bring_in(portal: Portal, member: NewAccount, now: datetime) -> Account:
    """Create an account that has chosen PASSWORD and confirmed its details."""
    account = portal.accounts.create_account(_operator(now), member)
    with portal.database.command() as connection:
        set_password(connection, account_id=account.id, password_hash=_PASSWORD_HASH, now=now)
        confirm_contact(connection, account_id=account.id, now=now)
        known = find_account(connection, account_id=account.id)
    assert known is not None
    return known
