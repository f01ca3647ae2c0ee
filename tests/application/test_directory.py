"""Organisations and services as administrators manage them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.application.directory_records import EMILE, account, last_event, on_sqlite, organisation
from tests.application.signing_in import account_events, sign_in
from tests.cast import ETXEA, MENDI, Cast, Clock

from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import Position
from izarlink_tickets.directory import (
    NameTaken,
    OrganisationInactive,
    ReferenceTaken,
    UnknownOrganisation,
    UnknownService,
    find_service,
)
from izarlink_tickets.domain.errors import CommandAlreadyUsed, NothingChanges, RecordHasChanged, Refusal

MISSING = "00000000-0000-4000-8000-000000000000"


# --- organisations ----------------------------------------------------------------------------------------------------


def test_a_new_organisation_is_recorded_for_its_creator_without_its_name(portal: Portal, cast: Cast) -> None:
    done = portal.directory.create_organisation(cast.context("root"), name="Fromagerie Ossau")

    stream, fields = last_event(portal)
    assert (stream, fields["organisation_id"]) == (cast["root"].id, done.id)
    assert account_events(portal)[-1] == "OrganisationCreated"
    assert "Ossau" not in str(fields)


def test_the_same_form_sent_twice_makes_one_organisation(portal: Portal, cast: Cast) -> None:
    context = cast.context("root")

    first = portal.directory.create_organisation(context, name="Fromagerie Ossau")
    again = portal.directory.create_organisation(context, name="Fromagerie Ossau")

    assert (again.id, again.is_repeated) == (first.id, True)
    assert account_events(portal).count("OrganisationCreated") == 3


@on_sqlite
def test_another_name_under_the_same_id_is_refused(portal: Portal, cast: Cast) -> None:
    context = cast.context("root")
    portal.directory.create_organisation(context, name="Fromagerie Ossau")

    with pytest.raises(CommandAlreadyUsed):
        portal.directory.create_organisation(context, name="Fromagerie Aspe")


def test_a_double_click_makes_one_organisation(portal: Portal, cast: Cast) -> None:
    context = cast.context("root")

    def click(_: int) -> str:
        return portal.directory.create_organisation(context, name="Fromagerie Ossau").id

    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(click, range(4)))

    assert len(ids) == 1
    assert account_events(portal).count("OrganisationCreated") == 3


@on_sqlite
def test_an_organisation_is_renamed_and_found_by_its_new_name(portal: Portal, cast: Cast) -> None:
    mendi = organisation(portal, MENDI)

    portal.directory.rename_organisation(cast.context("root"), organisation_id=mendi.id, name="Garage Mendi & fils")

    assert organisation(portal, "garage mendi & FILS").id == mendi.id
    with pytest.raises(UnknownOrganisation):
        organisation(portal, MENDI)


@on_sqlite
@pytest.mark.parametrize(
    ("name", "refusal"), [(ETXEA, NameTaken), (MENDI, NothingChanges)], ids=["another's", "its own"]
)
def test_a_taken_or_unchanged_name_is_refused(portal: Portal, cast: Cast, name: str, refusal: type[Refusal]) -> None:
    mendi = organisation(portal, MENDI)

    with pytest.raises(refusal):
        portal.directory.rename_organisation(cast.context("root"), organisation_id=mendi.id, name=name)


@on_sqlite
def test_capitals_of_a_name_can_be_corrected(portal: Portal, cast: Cast) -> None:
    mendi = organisation(portal, MENDI)

    portal.directory.rename_organisation(cast.context("root"), organisation_id=mendi.id, name="garage mendi")

    assert organisation(portal, MENDI).name == "garage mendi"


def test_a_conflicting_edit_is_refused_with_the_changes(portal: Portal, cast: Cast) -> None:
    mendi = organisation(portal, MENDI)
    portal.directory.rename_organisation(cast.context("root"), organisation_id=mendi.id, name="Garage Mendi SARL")

    with pytest.raises(RecordHasChanged) as refused:
        portal.directory.rename_organisation(
            cast.context("root"), organisation_id=mendi.id, name="Garage Mendi SAS", seen={"name": MENDI}
        )

    assert refused.value.changes == (("name", MENDI, "Garage Mendi SARL"),)


def test_a_deactivated_organisation_deactivates_its_accounts(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")
    etxea = organisation(portal, ETXEA)

    portal.directory.deactivate_organisation(cast.context("root"), organisation_id=etxea.id)

    assert portal.sign_ins.visitor(visitor.session_id, now=clock()) is None
    assert not organisation(portal, ETXEA).active
    assert account_events(portal)[-4:] == ["Deactivated", "Deactivated", "Deactivated", "OrganisationDeactivated"]


@on_sqlite
@pytest.mark.parametrize(
    "attempt",
    [
        lambda portal, cast: portal.accounts.create_account(cast.context("root"), EMILE),
        lambda portal, cast: portal.accounts.reactivate(cast.context("root"), email="alice@etxea.example"),
        lambda portal, cast: portal.accounts.change_role(
            cast.context("root"), email="charlie@mendi.example", position=Position("customer", ETXEA)
        ),
        lambda portal, cast: portal.directory.create_service(
            cast.context("root"), reference="FTTO-1", organisation_name=ETXEA, label="Fibre"
        ),
    ],
    ids=["create an account", "reactivate an account", "move an account", "create a service"],
)
def test_an_inactive_organisation_gets_no_account_or_service(
    portal: Portal, cast: Cast, attempt: Callable[[Portal, Cast], object]
) -> None:
    etxea = organisation(portal, ETXEA)
    portal.directory.deactivate_organisation(cast.context("root"), organisation_id=etxea.id)

    with pytest.raises(OrganisationInactive):
        attempt(portal, cast)


def test_a_reactivated_organisation_leaves_its_accounts_deactivated(portal: Portal, cast: Cast, clock: Clock) -> None:
    etxea = organisation(portal, ETXEA)
    portal.directory.deactivate_organisation(cast.context("root"), organisation_id=etxea.id)

    portal.directory.reactivate_organisation(cast.context("root"), organisation_id=etxea.id)
    portal.accounts.reactivate(cast.context("root"), email="alice@etxea.example")

    assert sign_in(portal, clock, "alice@etxea.example")
    assert not account(portal, cast["bob"].id).active
    assert account_events(portal)[-3:-1] == ["OrganisationReactivated", "Reactivated"]


# --- services ---------------------------------------------------------------------------------------------------------


def test_a_changed_service_is_recorded_without_its_values(portal: Portal, cast: Cast) -> None:
    portal.directory.change_service(
        cast.context("root"), service_id=cast.fibre.id, label="Fibre du fournil", site="Bayonne", offer="FTTO 1G"
    )

    with portal.database.query() as connection:
        changed = find_service(connection, service_id=cast.fibre.id)
    assert changed is not None
    assert (changed.site, changed.offer, changed.active) == ("Bayonne", "FTTO 1G", True)
    assert last_event(portal)[1]["changed"] == ["site", "offer"]


@on_sqlite
def test_a_service_is_deactivated_and_reactivated_once(portal: Portal, cast: Cast) -> None:
    before = account_events(portal)

    for _ in range(2):
        portal.directory.deactivate_service(cast.context("root"), service_id=cast.fibre.id)
    for _ in range(2):
        portal.directory.reactivate_service(cast.context("root"), service_id=cast.fibre.id)

    assert account_events(portal) == [*before, "ServiceDeactivated", "ServiceReactivated"]


def test_unknown_records_and_taken_references_are_refused(portal: Portal, cast: Cast) -> None:
    with pytest.raises(UnknownService):
        portal.directory.deactivate_service(cast.context("root"), service_id=MISSING)
    with pytest.raises(UnknownOrganisation):
        portal.directory.deactivate_organisation(cast.context("root"), organisation_id=MISSING)
    with pytest.raises(ReferenceTaken):
        portal.directory.create_service(
            cast.context("root"), reference="ftto-00417", organisation_name=MENDI, label="Fibre"
        )
