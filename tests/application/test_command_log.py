"""The command log: one row a command, the first answer to repetitions."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from tests.application.directory_records import EMILE, on_sqlite
from tests.application.signing_in import sign_in
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.application.canned_responses import CannedResponseDraft
from izarlink_tickets.application.categories import NewCategory
from izarlink_tickets.application.command_log import CommandLog, content_of
from izarlink_tickets.application.spreadsheets import ORGANISATIONS
from izarlink_tickets.application.transaction import CommandResult, Transaction
from izarlink_tickets.application.usage_limits import UsageLimits
from izarlink_tickets.desk.saved_views import list_saved_views
from izarlink_tickets.domain.errors import CommandAlreadyUsed, NotAllowed
from izarlink_tickets.event_store import commands, events, log_head
from izarlink_tickets.sealing import destroy_keys

COMMANDS: dict[str, Callable[[Portal, Cast], object]] = {
    "ticket": open_incident,
    "directory": lambda portal, cast: portal.directory.create_organisation(cast.context("root"), name="Ossau"),
    "category": lambda portal, cast: portal.categories.create(
        cast.context("root"), NewCategory("INCIDENT", "Voix sur IP")
    ),
    "account": lambda portal, cast: portal.accounts.create_account(cast.context("root"), EMILE),
    "export": lambda portal, cast: portal.spreadsheets.export(cast.context("root"), ORGANISATIONS),
    "saved view": lambda portal, cast: portal.saved_views.create(cast.context("sam"), name="Vue", query="vue=tous"),
    "canned response": lambda portal, cast: portal.canned_responses.create(
        cast.context("sam"), CannedResponseDraft("Accueil", "Bonjour.")
    ),
    "sign-in": lambda portal, cast: sign_in(portal, cast.clock, "alice@etxea.example"),
}


def count_commands(portal: Portal) -> int:
    with portal.database.query() as connection:
        return connection.execute(select(func.count()).select_from(commands)).scalar_one()


@on_sqlite
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_leaves_one_row(portal: Portal, cast: Cast, name: str) -> None:
    before = count_commands(portal)

    COMMANDS[name](portal, cast)

    assert count_commands(portal) == before + 1


def test_a_repeated_creation_does_not_restore_a_deleted_view(portal: Portal, cast: Cast) -> None:
    context = cast.context("sam")
    portal.saved_views.create(context, name="Vue", query="vue=tous")
    portal.saved_views.delete(cast.context("sam"), context.command_id)

    portal.saved_views.create(context, name="Vue", query="vue=tous")

    with portal.database.query() as connection:
        assert list_saved_views(connection, cast["sam"].id) == []


def test_a_deletion_sent_twice_is_accepted(portal: Portal, cast: Cast) -> None:
    context, deletion = cast.context("sam"), cast.context("sam")
    portal.saved_views.create(context, name="Vue", query="vue=tous")

    for _ in range(2):
        portal.saved_views.delete(deletion, context.command_id)

    with portal.database.query() as connection:
        assert list_saved_views(connection, cast["sam"].id) == []


@on_sqlite
def test_one_id_cannot_be_used_for_two_kinds_of_commands(portal: Portal, cast: Cast) -> None:
    context = cast.context("root")
    portal.directory.create_organisation(context, name="Fromagerie Ossau")

    with pytest.raises(CommandAlreadyUsed) as refused:
        portal.accounts.deactivate(context, email="alice@etxea.example")

    assert refused.value.number is None


@on_sqlite
def test_commands_of_an_erased_actor_cannot_be_compared(portal: Portal, cast: Cast) -> None:
    context = cast.context("root")
    portal.directory.create_organisation(context, name="Fromagerie Ossau")
    with portal.database.command() as connection:
        destroy_keys(connection, cast["root"].id, now=cast.clock())

    with pytest.raises(CommandAlreadyUsed):
        portal.directory.create_organisation(context, name="Fromagerie Ossau")


def test_a_command_refused_after_its_twin_leaves_no_gap(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    context, content = cast.context("sam"), content_of("example", None, ())
    log = CommandLog(portal.database, UsageLimits.of(portal.settings), sealing_key=portal.keys.sealing)

    def store(transaction: Transaction) -> CommandResult:
        transaction.begin_writing()
        return CommandResult(id="first")

    def refuse(transaction: Transaction) -> CommandResult:
        log.run(context, content, store)
        transaction.take_number(events=1)
        raise NotAllowed

    answer = log.run(context, content, refuse)

    assert (answer.id, answer.is_repeated) == ("first", True)
    with portal.database.query() as connection:
        head = connection.execute(select(log_head.c.position, log_head.c.ticket_number)).one()
        last = connection.execute(select(func.max(events.c.position))).scalar_one()
    assert head == (last, 1)
