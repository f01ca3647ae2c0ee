"""The organisations, people and services of a seeded portal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Connection, insert, update

from izarlink_tickets.accounts import accounts, hash_password
from izarlink_tickets.accounts.account import insert_accounts, new_account
from izarlink_tickets.config import SealingKey
from izarlink_tickets.directory import Organisation
from izarlink_tickets.directory.organisation import insert_organisations
from izarlink_tickets.directory.service import ServiceRecord, insert_services
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.sealing import create_keys
from izarlink_tickets.sessions.session import sessions

ORGANISATIONS, STAFF, MAILED_STAFF = 200, 16, 2
LEAST_PEOPLE, MOST_PEOPLE, TICKETS_A_PERSON = 3, 20, 30
PASSWORD = "quatre chevaux jaunes 88"
_NAMES = ("Alice", "Bixente", "Carol", "Denis", "Elaia", "Francis", "Gaxuxa", "Hélène", "Iban", "Jeanne")
_SURNAMES = ("Etcheverry", "Iriart", "Mendiburu", "Harispe", "Larralde", "Duhalde", "Bidart", "Sallaberry", "Etxart")

_IDS = 4096  # of people and companies, remembered because each ticket has some


@dataclass(frozen=True, slots=True)
class People:
    """The people by id; customers of an organisation are consecutive, its first is of the company role."""

    organisations: int
    people: int  # of an organisation
    staff: int = STAFF

    @classmethod
    def of(cls, tickets: int) -> "People":
        """Choose the numbers of people that fit this many tickets."""
        people = tickets // (ORGANISATIONS * TICKETS_A_PERSON)
        return cls(ORGANISATIONS, max(LEAST_PEOPLE, min(MOST_PEOPLE, people)))

    @property
    def customers(self) -> int:
        return self.organisations * self.people


@lru_cache(maxsize=_IDS)
def organisation_id(nth: int) -> str:
    """Return the id of an organisation, from 0."""
    return str(UUID(int=(2 << 64) + nth, version=4))


@lru_cache(maxsize=_IDS)
def staff_id(nth: int) -> str:
    """Return the id of a technician, from 0; the last two are an administrator and an auditor."""
    return str(UUID(int=(3 << 64) + nth, version=4))


@lru_cache(maxsize=_IDS)
def customer_id(nth: int) -> str:
    """Return the id of a customer's account, from 0."""
    return str(UUID(int=(4 << 64) + nth, version=4))


@lru_cache(maxsize=_IDS)
def service_id(nth: int) -> str:
    """Return the id of an organisation's service."""
    return str(UUID(int=(5 << 64) + nth, version=4))


def insert_people(connection: Connection, people: People, *, master_key: SealingKey, now: datetime) -> list[str]:
    """Insert the directory and the keys of all people; return the ids of the accounts."""
    insert_organisations(connection, list(_organisations(people, now)))
    insert_services(connection, list(_services(people)))
    rows = list(_accounts(people, now))
    insert_accounts(connection, rows)
    ids = [str(row["id"]) for row in rows]
    signed = {"password_hash": hash_password(PASSWORD), "password_changed_at": now, "confirmed_at": now}
    connection.execute(update(accounts).values(signed | {"last_signed_in_at": now}))
    few = [staff_id(nth) for nth in range(MAILED_STAFF)]
    connection.execute(update(accounts).where(accounts.c.id.not_in(few)).values(mails_new_tickets=False))
    create_keys(connection, ids, master_key=master_key, now=now)
    return ids


def insert_sessions(connection: Connection, account_ids: list[str], *, now: datetime) -> None:
    """Insert a live session for each account, which nobody has the cookie of."""
    rows = [
        {"id_hash": f"{nth:064x}", "account_id": account_id, "created_at": now, "last_seen_at": now, "user_agent": "-"}
        for nth, account_id in enumerate(account_ids)
    ]
    connection.execute(insert(sessions), rows)


def _organisations(people: People, now: datetime) -> Iterator[Organisation]:
    for nth in range(people.organisations):
        yield Organisation(organisation_id(nth), f"{_SURNAMES[nth % len(_SURNAMES)]} et fils {nth}", now, active=True)


def _services(people: People) -> Iterator[ServiceRecord]:
    for nth in range(people.organisations):
        yield ServiceRecord(
            service_id(nth), f"FTTO-{nth:05d}", organisation_id(nth), "Fibre du siège", "Bayonne", "FTTO", active=True
        )


def _accounts(people: People, now: datetime) -> Iterator[dict[str, object]]:
    for nth in range(people.staff):
        role = {people.staff - 2: Role.ADMINISTRATOR, people.staff - 1: Role.AUDITOR}.get(nth, Role.SUPPORT)
        yield _account(nth, id_=staff_id(nth), email=f"s{nth}@izarlink.example", role=role, organisation=None, now=now)
    for nth in range(people.customers):
        role = Role.CUSTOMER if nth % people.people else Role.COMPANY
        of = organisation_id(nth // people.people)
        yield _account(nth, id_=customer_id(nth), email=f"p{nth}@bench.example", role=role, organisation=of, now=now)


def _account(
    nth: int, *, id_: str, email: str, role: Role, organisation: str | None, now: datetime
) -> dict[str, object]:
    name = f"{_NAMES[nth % len(_NAMES)]} {_SURNAMES[nth // len(_NAMES) % len(_SURNAMES)]}"
    row = new_account(
        email=email, name=name, role=role, now=now, organisation_id=organisation, phone="", locale="fr",
        timezone="Europe/Paris",
    )  # fmt: skip
    return row | {"id": id_}
