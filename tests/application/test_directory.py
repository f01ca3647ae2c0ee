"""What an administrator does to organisations, connections and accounts: once, seen, and recorded without a name."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select
from tests.application.coming_in import facts, posted, sign_in
from tests.cast import ETXEA, MENDI, Cast, Clock

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
    Account,
    EmailTaken,
    OrganisationMissing,
    OrganisationNotAllowed,
    PasswordAlreadyChosen,
    find_account,
)
from izarlink_tickets.application import Portal
from izarlink_tickets.application.account_changes import Contact, Position
from izarlink_tickets.application.administration import NewAccount
from izarlink_tickets.application.signing_in import WrongCredentials
from izarlink_tickets.directory import (
    NameTaken,
    Organisation,
    OrganisationInactive,
    ReferenceTaken,
    UnknownOrganisation,
    UnknownService,
    find_service,
    organisation_named,
)
from izarlink_tickets.domain.errors import (
    CommandAlreadyUsed,
    LastAdministrator,
    NothingChanges,
    OwnAccount,
    RecordHasChanged,
    Refusal,
)
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.event_store import events

# What comes to no SQL that differs, and to no lock.
on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
EMILE = NewAccount("emile@etxea.example", "Émile Harispe", Role.CUSTOMER, ETXEA)
MISSING = "00000000-0000-4000-8000-000000000000"


def organisation(portal: Portal, name: str) -> Organisation:
    with portal.database.query() as connection:
        return organisation_named(connection, name=name)


def account(portal: Portal, account_id: str) -> Account:
    with portal.database.query() as connection:
        found = find_account(connection, account_id=account_id)
    assert found is not None
    return found


def last_fact(portal: Portal) -> tuple[str, dict[str, Any]]:
    """Give the stream of the newest event, and what it says."""
    with portal.database.query() as connection:
        row = connection.execute(select(events).order_by(events.c.position.desc()).limit(1)).one()
    return str(UUID(str(row.stream_id))), orjson.loads(row.state)


# --- organisations ----------------------------------------------------------------------------------------------------


def test_a_new_organisation_is_a_fact_of_who_made_it_without_its_name(portal: Portal, cast: Cast) -> None:
    done = portal.directory.create_organisation(cast.act("root"), name="Fromagerie Ossau")

    stream, said = last_fact(portal)
    assert (stream, said["organisation_id"]) == (cast["root"].id, done.id)
    assert facts(portal)[-1] == "OrganisationCreated"
    assert "Ossau" not in str(said)


def test_the_same_form_sent_twice_makes_one_organisation(portal: Portal, cast: Cast) -> None:
    act = cast.act("root")

    first = portal.directory.create_organisation(act, name="Fromagerie Ossau")
    again = portal.directory.create_organisation(act, name="Fromagerie Ossau")

    assert (again.id, again.is_repeated) == (first.id, True)
    assert facts(portal).count("OrganisationCreated") == 3


@on_sqlite
def test_the_same_form_with_another_name_is_given_back(portal: Portal, cast: Cast) -> None:
    act = cast.act("root")
    portal.directory.create_organisation(act, name="Fromagerie Ossau")

    with pytest.raises(CommandAlreadyUsed):
        portal.directory.create_organisation(act, name="Fromagerie Aspe")


def test_a_double_click_makes_one_organisation(portal: Portal, cast: Cast) -> None:
    act = cast.act("root")

    def click(_: int) -> str:
        return portal.directory.create_organisation(act, name="Fromagerie Ossau").id

    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(click, range(4)))

    assert len(ids) == 1
    assert facts(portal).count("OrganisationCreated") == 3


@on_sqlite
def test_an_organisation_is_renamed_and_found_by_its_new_name(portal: Portal, cast: Cast) -> None:
    mendi = organisation(portal, MENDI)

    portal.directory.rename_organisation(cast.act("root"), organisation_id=mendi.id, name="Garage Mendi & fils")

    assert organisation(portal, "garage mendi & FILS").id == mendi.id
    with pytest.raises(UnknownOrganisation):
        organisation(portal, MENDI)


@on_sqlite
@pytest.mark.parametrize(
    ("name", "refusal"), [(ETXEA, NameTaken), (MENDI, NothingChanges)], ids=["another's", "its own"]
)
def test_a_name_that_another_has_is_refused(portal: Portal, cast: Cast, name: str, refusal: type[Refusal]) -> None:
    mendi = organisation(portal, MENDI)

    with pytest.raises(refusal):
        portal.directory.rename_organisation(cast.act("root"), organisation_id=mendi.id, name=name)


@on_sqlite
def test_capitals_of_a_name_can_be_corrected(portal: Portal, cast: Cast) -> None:
    mendi = organisation(portal, MENDI)

    portal.directory.rename_organisation(cast.act("root"), organisation_id=mendi.id, name="garage mendi")

    assert organisation(portal, MENDI).name == "garage mendi"


def test_the_second_who_changes_a_record_is_told_what_changed(portal: Portal, cast: Cast) -> None:
    mendi = organisation(portal, MENDI)
    portal.directory.rename_organisation(cast.act("root"), organisation_id=mendi.id, name="Garage Mendi SARL")

    with pytest.raises(RecordHasChanged) as refused:
        portal.directory.rename_organisation(
            cast.act("root"), organisation_id=mendi.id, name="Garage Mendi SAS", seen={"name": MENDI}
        )

    assert refused.value.changes == (("name", MENDI, "Garage Mendi SARL"),)


def test_a_customer_who_leaves_takes_all_accounts_along_at_once(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")
    etxea = organisation(portal, ETXEA)

    portal.directory.deactivate_organisation(cast.act("root"), organisation_id=etxea.id)

    assert portal.people.visitor(visitor.session_id, now=clock()) is None
    assert not organisation(portal, ETXEA).active
    assert facts(portal)[-4:] == ["Deactivated", "Deactivated", "Deactivated", "OrganisationDeactivated"]


@on_sqlite
@pytest.mark.parametrize(
    "attempt",
    [
        lambda portal, cast: portal.people.create_account(cast.act("root"), EMILE),
        lambda portal, cast: portal.people.reactivate(cast.act("root"), email="alice@etxea.example"),
        lambda portal, cast: portal.people.change_role(
            cast.act("root"), email="charlie@mendi.example", position=Position("customer", ETXEA)
        ),
        lambda portal, cast: portal.directory.create_service(
            cast.act("root"), reference="FTTO-1", organisation_name=ETXEA, label="Fibre"
        ),
    ],
    ids=["create an account", "reactivate an account", "move an account", "create a service"],
)
def test_a_customer_who_left_is_given_nothing(
    portal: Portal, cast: Cast, attempt: Callable[[Portal, Cast], object]
) -> None:
    etxea = organisation(portal, ETXEA)
    portal.directory.deactivate_organisation(cast.act("root"), organisation_id=etxea.id)

    with pytest.raises(OrganisationInactive):
        attempt(portal, cast)


def test_a_customer_who_comes_back_opens_accounts_one_by_one(portal: Portal, cast: Cast, clock: Clock) -> None:
    etxea = organisation(portal, ETXEA)
    portal.directory.deactivate_organisation(cast.act("root"), organisation_id=etxea.id)

    portal.directory.reactivate_organisation(cast.act("root"), organisation_id=etxea.id)
    portal.people.reactivate(cast.act("root"), email="alice@etxea.example")

    assert sign_in(portal, clock, "alice@etxea.example")
    assert not account(portal, cast["bob"].id).active
    assert facts(portal)[-3:-1] == ["OrganisationReactivated", "Reactivated"]


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_connection_is_changed_and_the_fact_says_what_but_not_how(portal: Portal, cast: Cast) -> None:
    portal.directory.change_service(
        cast.act("root"), service_id=cast.fibre.id, label="Fibre du fournil", site="Bayonne", offer="FTTO 1G"
    )

    with portal.database.query() as connection:
        changed = find_service(connection, service_id=cast.fibre.id)
    assert changed is not None
    assert (changed.site, changed.offer, changed.active) == ("Bayonne", "FTTO 1G", True)
    assert last_fact(portal)[1]["changed"] == ["site", "offer"]


@on_sqlite
def test_a_connection_is_closed_and_opened_again_once(portal: Portal, cast: Cast) -> None:
    before = facts(portal)

    for _ in range(2):
        portal.directory.deactivate_service(cast.act("root"), service_id=cast.fibre.id)
    for _ in range(2):
        portal.directory.reactivate_service(cast.act("root"), service_id=cast.fibre.id)

    assert facts(portal) == [*before, "ServiceDeactivated", "ServiceReactivated"]


def test_what_does_not_exist_can_not_be_changed(portal: Portal, cast: Cast) -> None:
    with pytest.raises(UnknownService):
        portal.directory.deactivate_service(cast.act("root"), service_id=MISSING)
    with pytest.raises(UnknownOrganisation):
        portal.directory.deactivate_organisation(cast.act("root"), organisation_id=MISSING)
    with pytest.raises(ReferenceTaken):
        portal.directory.create_service(
            cast.act("root"), reference="ftto-00417", organisation_name=MENDI, label="Fibre"
        )


# --- accounts ---------------------------------------------------------------------------------------------------------


@on_sqlite
def test_the_same_form_sent_twice_makes_one_account_and_one_mail(portal: Portal, cast: Cast) -> None:
    act = cast.act("root")

    first = portal.people.create_account(act, EMILE)
    again = portal.people.create_account(act, EMILE)

    assert first.id == again.id
    assert posted(portal, outbox.Kind.CREDENTIALS) == [first.id]


@on_sqlite
def test_whoever_never_came_is_invited_again_and_whoever_came_is_not(portal: Portal, cast: Cast) -> None:
    emile = portal.people.create_account(cast.act("root"), EMILE)

    portal.people.invite(cast.act("root"), email=EMILE.email)

    assert posted(portal, outbox.Kind.CREDENTIALS) == [emile.id, emile.id]
    with pytest.raises(PasswordAlreadyChosen):
        portal.people.invite(cast.act("root"), email="alice@etxea.example")


def test_a_corrected_contact_is_a_fact_without_its_values(portal: Portal, cast: Cast) -> None:
    contact = Contact("Alice Etcheberry", "alice@etxea.example", "05 59 00 00 09")

    changed = portal.people.correct_contact(cast.act("root"), email="alice@etxea.example", contact=contact)

    assert (changed.name, changed.phone) == ("Alice Etcheberry", "05 59 00 00 09")
    stream, said = last_fact(portal)
    assert (stream, said["changed"]) == (cast["alice"].id, ["name", "phone"])
    assert "Etcheberry" not in str(said)


def test_a_replaced_address_is_told_of_it(portal: Portal, cast: Cast, clock: Clock) -> None:
    contact = Contact("Alice Etcheverry", "alice.e@etxea.example", "05 59 00 00 01")

    portal.people.correct_contact(cast.act("root"), email="alice@etxea.example", contact=contact)

    assert posted(portal, outbox.Kind.EMAIL_CHANGED) == [cast["alice"].id]
    assert posted(portal, outbox.Kind.CREDENTIALS) == []
    assert sign_in(portal, clock, "alice.e@etxea.example")


@on_sqlite
def test_a_mistyped_address_of_a_newcomer_is_corrected_and_its_password_dies(
    portal: Portal, cast: Cast, clock: Clock
) -> None:
    created, initial = portal.people.create_account_with_password(cast.act("root"), EMILE)

    portal.people.correct_contact(
        cast.act("root"), email=EMILE.email, contact=Contact(EMILE.name, "emile.h@etxea.example", "")
    )

    assert posted(portal, outbox.Kind.CREDENTIALS) == [created.id]
    assert posted(portal, outbox.Kind.EMAIL_CHANGED) == []
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "emile.h@etxea.example", initial)


@on_sqlite
def test_an_address_that_another_has_is_not_written(portal: Portal, cast: Cast) -> None:
    contact = Contact("Alice Etcheverry", "BOB@etxea.example", "")

    with pytest.raises(EmailTaken):
        portal.people.correct_contact(cast.act("root"), email="alice@etxea.example", contact=contact)

    assert account(portal, cast["alice"].id) == cast["alice"]


@on_sqlite
def test_what_both_administrators_wrote_alike_is_no_conflict(portal: Portal, cast: Cast) -> None:
    seen = Contact("Alice Etcheverry", "alice@etxea.example", "05 59 00 00 01")
    moved = Contact("Alice Etcheverry", "alice@etxea.example", "06 00 00 00 00")
    portal.people.correct_contact(cast.act("root"), email="alice@etxea.example", contact=moved, seen=seen)
    both = Contact("Alice Harispe", "alice@etxea.example", "06 00 00 00 00")

    changed = portal.people.correct_contact(cast.act("root"), email="alice@etxea.example", contact=both, seen=seen)

    assert (changed.name, changed.phone) == ("Alice Harispe", "06 00 00 00 00")


def test_a_changed_role_ends_the_sessions_and_says_before_and_after(portal: Portal, cast: Cast, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "charlie@mendi.example")
    etxea = organisation(portal, ETXEA)

    portal.people.change_role(cast.act("root"), email="charlie@mendi.example", position=Position("company", ETXEA))

    moved = account(portal, cast["charlie"].id)
    assert (moved.role, moved.organisation_id) == (Role.COMPANY, etxea.id)
    assert portal.people.visitor(visitor.session_id, now=clock()) is None
    said = last_fact(portal)[1]
    assert (said["previous_account_role"], said["account_role"]) == ("customer", "company")
    assert said["previous_organisation_id"] == cast["charlie"].organisation_id


@on_sqlite
@pytest.mark.parametrize(
    ("name", "position", "refusal"),
    [
        ("alice", Position("customer", ""), OrganisationMissing),
        ("alice", Position("support", ETXEA), OrganisationNotAllowed),
        ("alice", Position("customer", "Nadie"), UnknownOrganisation),
        ("alice", Position("customer", ETXEA), NothingChanges),
        ("root", Position("support", ""), LastAdministrator),
    ],
)
def test_a_role_has_its_rules(
    portal: Portal, cast: Cast, name: str, position: Position, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        portal.people.change_role(cast.act("root"), email=cast[name].email, position=position)

    assert account(portal, cast[name].id).role == cast[name].role


def test_nobody_closes_the_own_account_nor_the_last_administrators(portal: Portal, cast: Cast) -> None:
    with pytest.raises(OwnAccount):
        portal.people.deactivate(cast.act("root"), email="root@izarlink.example")
    with pytest.raises(LastAdministrator):
        portal.people.deactivate(cast.act("system"), email="root@izarlink.example")

    assert account(portal, cast["root"].id).active


def test_two_administrators_can_not_close_each_other_at_once(portal: Portal, cast: Cast) -> None:
    second = portal.people.create_account(
        cast.act("root"), NewAccount("maia@izarlink.example", "Maia Iriart", Role.ADMINISTRATOR)
    )
    cast.accounts["maia"] = second
    acts = [(cast.act("root"), second.email), (cast.act("maia"), cast["root"].email)]

    def close(pair: tuple[Any, str]) -> None:
        with suppress(Refusal):
            portal.people.deactivate(pair[0], email=pair[1])

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(close, acts))

    assert [account(portal, one).active for one in (cast["root"].id, second.id)].count(True) == 1
