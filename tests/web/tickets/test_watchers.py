"""Watchers, chosen by customers; the company role told of all tickets."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from tests.cast import ETXEA, Cast, bring_in
from tests.web.browsing import Browser
from tests.web.tickets.filling import form

from izarlink_tickets.accounts import Preferences, find_account
from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.outbox.table import outbox
from izarlink_tickets.projections.ticket_queries import watchers_of

PREFERENCES = "/profil/personnalisation"
ADDRESS = "/tickets/1/observateurs"
_TOLD = select(outbox.c.account_id).where(outbox.c.number.is_not(None))


@pytest.fixture
def watchers(portal: Portal) -> Callable[[], list[str]]:
    """Return a function that lists the watchers of the first ticket."""

    def load() -> list[str]:
        with portal.database.query() as connection:
            return watchers_of(connection, number=1)

    return load


@pytest.fixture
def told(portal: Portal, cast: Cast) -> Callable[[], list[str]]:
    """Return a function that lists whom mails about tickets are for."""
    names = {account.id: name for name, account in cast.accounts.items()}

    def load() -> list[str]:
        with portal.database.query() as connection:
            ids = connection.execute(_TOLD).scalars()
            return sorted(names[account_id] for account_id in ids)

    return load


@pytest.mark.parametrize("typed", ["carol@etxea.example", "CAROL@etxea.example", "Carol"])
def test_a_customer_adds_a_colleague(
    typed: str, cast: Cast, alice: Browser, new_ticket: int, watchers: Callable[[], list[str]]
):
    answer = alice.send(ADDRESS, form(person=typed))

    assert answer.status == 303
    assert watchers() == [cast["carol"].id]


def test_the_company_role_adds_one(cast: Cast, bob: Browser, new_ticket: int, watchers: Callable[[], list[str]]):
    bob.send(ADDRESS, form(person="Carol"))

    assert watchers() == [cast["carol"].id]


def test_a_watcher_is_removed_by_a_button(
    portal: Portal, cast: Cast, alice: Browser, new_ticket: int, watchers: Callable[[], list[str]]
):
    portal.tickets.add_watcher(cast.context("sam"), number=new_ticket, account_id=cast["carol"].id)
    page = alice.get("/tickets/1")
    (removal,) = page.tree.findall(".//*[@class='watcher-list']//form")
    fields = {field.get("name", ""): field.get("value", "") for field in removal.iter("input")}

    answer = alice.post(removal.get("action", ""), fields)

    assert "Carol Etcheverry" in page.words
    assert answer.status == 303
    assert watchers() == []


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Indiquez la personne à informer."),
        ("charlie@mendi.example", "Personne de votre société ne correspond."),
        (
            "Etcheverry",
            "Plusieurs personnes correspondent : Alice Etcheverry, Bob Etcheverry, Carol Etcheverry. Saisissez",
        ),
        ("alice@etxea.example", "Cette personne est déjà demandeur ou observateur de ce ticket."),
    ],
)
def test_somebody_else_comes_back_as_typed(
    typed: str, error: str, alice: Browser, new_ticket: int, watchers: Callable[[], list[str]]
):
    page = alice.send(ADDRESS, form(person=typed))

    assert page.status in {409, 422}
    assert error in page.words
    assert page.field("person").get("value") == typed
    # Mails are masked on the timeline, too.
    assert "bob@etxea.example" not in page.html
    assert watchers() == []


def test_a_watcher_chooses_nobody(portal: Portal, cast: Cast, browser_of: Callable[[str], Browser], new_ticket: int):
    portal.tickets.add_watcher(cast.context("sam"), number=new_ticket, account_id=cast["carol"].id)
    carol = browser_of("carol")

    assert "Informer un collègue" not in carol.get("/tickets/1").words
    assert carol.send(ADDRESS, form(person="bob@etxea.example")).status == 403


def test_a_stranger_adds_nobody(charlie: Browser, new_ticket: int):
    assert charlie.send(ADDRESS, form(person="charlie@mendi.example")).status == 404


# --- told of all tickets ----------------------------------------------------------------------------------------------


def test_the_company_role_is_told_of_no_other_ticket_by_default(new_ticket: int, told: Callable[[], list[str]]):
    assert "bob" not in told()


def test_the_company_role_may_be_told_of_all_tickets(
    portal: Portal, cast: Cast, bob: Browser, open_ticket: Callable[..., int], told: Callable[[], list[str]]
):
    bob.send(PREFERENCES, {"theme": "auto", "locale": "fr", "timezone": "Europe/Paris", "mails_company_tickets": "y"})
    number = open_ticket("alice")
    portal.tickets.add_follow_up(cast.context("sam"), number=number, text="Nous regardons.")
    portal.tickets.add_internal_note(cast.context("sam"), number=number, text="Optique à changer.")
    open_ticket("charlie")

    with portal.database.query() as connection:
        account = find_account(connection, account_id=cast["bob"].id)
    assert account is not None
    assert account.mails_company_tickets
    assert told().count("bob") == 2


def test_only_the_company_role_is_asked(alice: Browser, portal: Portal, cast: Cast):
    page = alice.get(PREFERENCES)
    alice.send(PREFERENCES, {"theme": "auto", "locale": "fr", "timezone": "Europe/Paris", "mails_company_tickets": "y"})

    with portal.database.query() as connection:
        account = find_account(connection, account_id=cast["alice"].id)
    assert "Mails sur tous les tickets de ma société" not in page.words
    assert account is not None
    assert not account.mails_company_tickets


def test_who_loses_the_role_is_no_longer_told(portal: Portal, cast: Cast, open_ticket: Callable[..., int]):
    member = bring_in(portal, NewAccount("ane@etxea.example", "Ane", Role.CUSTOMER, ETXEA), cast.clock())
    portal.profiles.save_preferences(member.id, preferences=Preferences(mails_company_tickets=True))
    open_ticket("alice")

    with portal.database.query() as connection:
        assert connection.execute(_TOLD.where(outbox.c.account_id == member.id)).all() == []


def test_a_form_that_is_no_longer_offered_is_refused_without_a_dead_link(
    portal: Portal, cast: Cast, alice: Browser, new_ticket: int
):
    portal.tickets.cancel(cast.context("alice"), number=new_ticket, reason="")

    answer = alice.send(ADDRESS, form(person=""))

    assert answer.status == 422
    assert "Indiquez la personne à informer." in answer.words
    assert answer.tree.find(".//*[@href='#observateurs-person']") is None
