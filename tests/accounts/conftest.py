"""Etxea with alice and bob, and sam of the support."""

import pytest
from tests.accounts.moments import NOW

from izarlink_tickets.accounts import create_account
from izarlink_tickets.directory import create_organisation
from izarlink_tickets.domain.vocabulary import Role


@pytest.fixture
def etxea(database):
    with database.command() as connection:
        return create_organisation(connection, name="Boulangerie Etxea", now=NOW)


@pytest.fixture
def alice(database, etxea):
    with database.command() as connection:
        return create_account(
            connection,
            email="alice@etxea.example",
            name="Alice Etcheverry",
            role=Role.CUSTOMER,
            organisation_id=etxea.id,
            now=NOW,
        )


@pytest.fixture
def bob(database, etxea):
    with database.command() as connection:
        return create_account(
            connection,
            email="bob@etxea.example",
            name="Bob Elissalde",
            role=Role.COMPANY,
            organisation_id=etxea.id,
            now=NOW,
        )


@pytest.fixture
def sam(database):
    with database.command() as connection:
        return create_account(connection, email="sam@izarlink.example", name="Sam Iriart", role=Role.SUPPORT, now=NOW)
