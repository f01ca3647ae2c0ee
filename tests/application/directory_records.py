"""Records of the directory, for the tests."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select
from tests.cast import ETXEA

from izarlink_tickets.accounts import Account, find_account
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.directory import Organisation, organisation_by_name
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.event_store import events

# For tests without locks or SQL that differs between the databases.
on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
EMILE = NewAccount("emile@etxea.example", "Émile Harispe", Role.CUSTOMER, ETXEA)


def organisation(portal: Portal, name: str) -> Organisation:
    with portal.database.query() as connection:
        return organisation_by_name(connection, name=name)


def account(portal: Portal, account_id: str) -> Account:
    with portal.database.query() as connection:
        account = find_account(connection, account_id=account_id)
    assert account is not None
    return account


def last_event(portal: Portal) -> tuple[str, dict[str, Any]]:
    """Return the stream of the newest event, and its fields."""
    with portal.database.query() as connection:
        row = connection.execute(select(events).order_by(events.c.position.desc()).limit(1)).one()
    return str(UUID(str(row.stream_id))), orjson.loads(row.state)
