"""Organisations and their connections."""

import pytest
from tests.accounts.moments import NOW

from izarlink_tickets.directory import (
    InvalidReference,
    NameTaken,
    ReferenceTaken,
    ServiceRecord,
    UnknownOrganisation,
    close_service,
    create_organisation,
    create_service,
    find_organisation,
    find_service,
    find_service_by_reference,
    list_organisations,
    list_services,
    organisation_by_name,
    reopen_service,
    services_of,
)
from izarlink_tickets.domain.errors import TextMissing, TextTooLong


@pytest.fixture
def fibre(database, etxea) -> ServiceRecord:
    with database.command() as connection:
        return create_service(
            connection, reference="FTTO-00417", organisation_id=etxea.id, label="Fibre", site="Bayonne", offer="FTTO 1G"
        )


def test_an_organisation_is_found_by_id_and_by_name_in_any_capitals(database, etxea):
    with database.query() as connection:
        assert find_organisation(connection, organisation_id=etxea.id) == etxea
        assert organisation_by_name(connection, name="  BOULANGERIE\u00a0etxea ") == etxea
        assert etxea.active
        assert etxea.created_at == NOW


def test_an_unknown_organisation_is_refused_by_name_and_absent_by_id(database, etxea):
    with database.query() as connection:
        assert find_organisation(connection, organisation_id="another") is None
        with pytest.raises(UnknownOrganisation):
            organisation_by_name(connection, name="Etxea")


def test_organisations_are_listed_by_name(database, etxea):
    with database.command() as connection:
        mendi = create_organisation(connection, name="garage Mendi", now=NOW)
        arrosa = create_organisation(connection, name="Arrosa", now=NOW)

        assert list_organisations(connection) == [arrosa, etxea, mendi]


@pytest.mark.parametrize("name", ["Boulangerie Etxea", "BOULANGERIE ETXEA", " Boulangerie\u2028Etxea\u200f "])
def test_two_organisations_cannot_have_one_name(database, etxea, name):
    with pytest.raises(NameTaken), database.command() as connection:
        create_organisation(connection, name=name, now=NOW)


@pytest.mark.parametrize(("name", "refusal"), [("", TextMissing), (" \u200b ", TextMissing), ("a" * 101, TextTooLong)])
def test_a_name_is_one_to_a_hundred_characters(database, name, refusal):
    with pytest.raises(refusal), database.command() as connection:
        create_organisation(connection, name=name, now=NOW)


def test_a_service_is_found_by_id_by_reference_and_by_its_organisation(database, etxea, fibre):
    with database.query() as connection:
        assert find_service(connection, service_id=fibre.id) == fibre
        assert find_service_by_reference(connection, reference="ftto-00417 ") == fibre
        assert services_of(connection, organisation_id=etxea.id) == [fibre]
        assert services_of(connection, organisation_id="another") == []
        assert list_services(connection) == [fibre]
        assert find_service(connection, service_id="another") is None


def test_two_services_cannot_have_one_reference_even_of_two_organisations(database, fibre):
    with database.command() as connection:
        mendi = create_organisation(connection, name="Garage Mendi", now=NOW)

    with pytest.raises(ReferenceTaken), database.command() as connection:
        create_service(connection, reference="ftto-00417", organisation_id=mendi.id, label="Fibre")


@pytest.mark.parametrize("reference", ["", "FTTO 00417", "-417", "417-", "FTTO--417", "é417", "A" * 41, "41\n7"])
def test_a_reference_is_letters_and_digits_in_groups(database, etxea, reference):
    with pytest.raises(InvalidReference), database.command() as connection:
        create_service(connection, reference=reference, organisation_id=etxea.id, label="Fibre")


def test_a_service_belongs_to_a_known_organisation(database):
    with pytest.raises(UnknownOrganisation), database.command() as connection:
        create_service(connection, reference="FTTO-1", organisation_id="another", label="Fibre")


def test_a_closed_service_is_kept_and_can_be_reopened(database, fibre):
    with database.command() as connection:
        close_service(connection, service_id=fibre.id)
        closed = services_of(connection, organisation_id=fibre.organisation_id)
        reopen_service(connection, service_id=fibre.id)
        reopened = find_service(connection, service_id=fibre.id)

    assert [service.active for service in closed] == [False]
    assert reopened == fibre
