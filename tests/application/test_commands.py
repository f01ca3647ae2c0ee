"""Commands on tickets: one transaction, repetitions, conflicts, failures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from tests.cast import Cast

from izarlink_tickets import outbox, projections
from izarlink_tickets.application import CommandResult, Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.database import DatabaseBusy, retries
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.vocabulary import CommandContext, State
from izarlink_tickets.event_store import events, log_head
from izarlink_tickets.projections.history_queries import files_of, timeline
from izarlink_tickets.projections.ticket_queries import find_ticket
from izarlink_tickets.sealing import destroy_keys


def open_ticket(
    portal: Portal, context: CommandContext, *, title: str = "Débit à 2 Mbit/s", uploads: list[Upload] | None = None
) -> CommandResult:
    return portal.tickets.open(
        context,
        ticket_type="INCIDENT",
        category="DEBIT",
        service_id=None,
        urgency=4,
        title=title,
        description="Depuis ce matin.",
        uploads=uploads or [],
    )


def count_events(portal: Portal) -> int:
    with portal.database.query() as connection:
        return connection.execute(select(func.count()).select_from(events)).scalar_one()


def state_of(portal: Portal, cast: Cast, number: int) -> str:
    with portal.database.query() as connection:
        row = find_ticket(connection, cast["sam"].actor, number=number)
    assert row is not None
    return row.state


def waiting_mails(portal: Portal) -> list[str]:
    with portal.database.query() as connection:
        waiting = outbox.outbox.c.status == "waiting"
        return sorted(message.account_id for message in outbox.list_messages(connection, waiting))


def test_the_life_of_a_ticket_ends_closed(portal: Portal, cast: Cast) -> None:
    number = open_ticket(portal, cast.context("alice")).number

    portal.tickets.request_information(cast.context("sam"), number=number, question="Quel débit mesurez-vous ?")
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="2 Mbit/s.")
    portal.tickets.resolve(cast.context("sam"), number=number, solution="Optique remplacée.")
    portal.tickets.approve_solution(cast.context("alice"), number=number, solution_version=1, comment="Merci.")

    assert state_of(portal, cast, number) == State.CLOSED


def test_events_lists_history_and_mails_are_stored_together(portal: Portal, cast: Cast) -> None:
    answer = open_ticket(portal, cast.context("alice"), uploads=[Upload("mesure.txt", b"2 Mbit/s")])

    with portal.database.query() as connection:
        row = find_ticket(connection, cast["alice"].actor, number=answer.number)
        entries = timeline(connection, cast["alice"].actor, number=answer.number).entries
        files = files_of(connection, number=answer.number)
    assert row is not None
    assert row.title == "Débit à 2 Mbit/s"
    assert [step.event for step in entries[0].steps] == ["Opened", "AttachmentAdded"]
    assert portal.files.content_of(file_id=files[0].file_id, sha256=files[0].sha256) == b"2 Mbit/s"
    assert waiting_mails(portal) == sorted(cast[name].id for name in ("alice", "sam", "nora"))


def test_the_same_command_again_gets_the_first_answer(portal: Portal, cast: Cast) -> None:
    context = cast.context("alice")
    first = open_ticket(portal, context, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    stored = count_events(portal)

    again = open_ticket(portal, context, uploads=[Upload("mesure.txt", b"2 Mbit/s")])

    assert (again.number, again.entry, again.is_repeated) == (first.number, first.entry, True)
    assert count_events(portal) == stored


def test_a_repeated_decision_is_accepted(portal: Portal, cast: Cast) -> None:
    number = open_ticket(portal, cast.context("alice")).number
    resolving = cast.context("sam")
    first = portal.tickets.resolve(resolving, number=number, solution="Optique remplacée.")

    again = portal.tickets.resolve(resolving, number=number, solution="Optique remplacée.")

    assert again.entry == first.entry


def test_other_content_under_the_same_id_is_refused(portal: Portal, cast: Cast) -> None:
    context = cast.context("alice")
    number = open_ticket(portal, context).number
    stored = count_events(portal)

    with pytest.raises(errors.CommandAlreadyUsed) as refused:
        open_ticket(portal, context, title="Autre chose")

    assert refused.value.number == number
    assert count_events(portal) == stored


def test_another_file_of_the_same_name_is_other_content(portal: Portal, cast: Cast) -> None:
    context = cast.context("alice")
    open_ticket(portal, context, uploads=[Upload("mesure.txt", b"2 Mbit/s")])

    with pytest.raises(errors.CommandAlreadyUsed):
        open_ticket(portal, context, uploads=[Upload("mesure.txt", b"3 Mbit/s")])


def test_another_date_is_other_content(portal: Portal, cast: Cast) -> None:
    number, context = open_ticket(portal, cast.context("alice")).number, cast.context("sam")
    until = cast.clock() + timedelta(days=1)
    portal.tickets.hold(context, number=number, reason="Pièce commandée.", until=until)

    with pytest.raises(errors.CommandAlreadyUsed):
        portal.tickets.hold(context, number=number, reason="Pièce commandée.", until=until + timedelta(days=1))


def test_two_people_may_use_the_same_command_id(portal: Portal, cast: Cast) -> None:
    shared = "11111111-1111-4111-8111-111111111111"
    open_ticket(portal, cast.context("alice", command_id=shared))

    answer = open_ticket(portal, cast.context("bob", command_id=shared))

    assert answer.is_repeated is False


def test_eight_identical_clicks_at_once_open_one_ticket(portal: Portal, cast: Cast) -> None:
    context = cast.context("alice")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: open_ticket(portal, context), range(8)))

    assert {answer.number for answer in answers} == {1}
    assert sum(not answer.is_repeated for answer in answers) == 1


def test_follow_ups_at_once_all_succeed(portal: Portal, cast: Cast) -> None:
    number = open_ticket(portal, cast.context("alice")).number
    contexts = [cast.context(name) for name in ("alice", "bob", "sam", "nora") * 4]

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda context: portal.tickets.add_follow_up(context, number=number, text="Bonjour."), contexts)
        )

    assert sorted(answer.entry for answer in answers) == list(range(2, 18))


def test_a_command_that_loses_every_conflict_reports_a_busy_database(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ticket(portal, cast.context("alice"))
    before = count_events(portal)
    monkeypatch.setattr(retries, "_PAUSE_SECONDS", 0)
    with portal.database.command() as connection:
        # The next command takes a position that is in use.
        connection.execute(update(log_head).values(position=log_head.c.position - 1))

    with pytest.raises(DatabaseBusy):
        portal.tickets.add_follow_up(cast.context("alice"), number=1, text="Toujours rien.")

    assert count_events(portal) == before


def test_of_two_resolutions_at_once_one_is_refused(portal: Portal, cast: Cast) -> None:
    number = open_ticket(portal, cast.context("alice")).number

    def resolve(name: str) -> str:
        try:
            portal.tickets.resolve(cast.context(name), number=number, solution=f"De {name}.")
        except errors.TicketIsResolved:
            return "refused"
        return "resolved"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(resolve, ["sam", "nora"]))

    assert sorted(outcomes) == ["refused", "resolved"]


def test_a_failing_projection_undoes_the_command(portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    stored, mails = count_events(portal), waiting_mails(portal)

    def fail(*_: object) -> None:
        raise RuntimeError("broken read model")

    with monkeypatch.context() as broken:
        broken.setattr(projections.LIVE[1].__class__, "write", fail)
        with pytest.raises(RuntimeError):
            open_ticket(portal, cast.context("alice"))

    assert (count_events(portal), waiting_mails(portal)) == (stored, mails)
    assert open_ticket(portal, cast.context("alice")).number == 1


def test_a_stranger_s_ticket_answers_like_a_missing_one(portal: Portal, cast: Cast) -> None:
    number = open_ticket(portal, cast.context("alice")).number

    with pytest.raises(errors.TicketNotFound):
        portal.tickets.add_follow_up(cast.context("charlie"), number=number, text="Bonjour.")
    with pytest.raises(errors.TicketNotFound):
        portal.tickets.add_follow_up(cast.context("charlie"), number=number + 1, text="Bonjour.")


def test_a_refused_command_uses_no_ticket_number(portal: Portal, cast: Cast) -> None:
    with pytest.raises(errors.TextMissing):
        open_ticket(portal, cast.context("alice"), title="  ")

    assert open_ticket(portal, cast.context("alice")).number == 1


def test_another_company_s_service_is_refused(portal: Portal, cast: Cast) -> None:
    with pytest.raises(errors.ServiceNotOfOrganisation):
        portal.tickets.open(
            cast.context("alice"),
            ticket_type="INCIDENT",
            category="DEBIT",
            service_id=cast.line_of_mendi.id,
            urgency=3,
            title="Débit",
            description="Lent.",
        )


def test_a_file_name_may_contain_a_lone_surrogate(portal: Portal, cast: Cast) -> None:
    answer = open_ticket(portal, cast.context("alice"), uploads=[Upload("mesure\ud800.txt", b"2 Mbit/s")])

    with portal.database.query() as connection:
        (file,) = files_of(connection, number=answer.number)
    assert file.name == "mesure\ufffd.txt"


def test_an_erased_person_can_send_a_file(portal: Portal, cast: Cast) -> None:
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())

    answer = open_ticket(portal, cast.context("alice"), uploads=[Upload("mesure.txt", b"2 Mbit/s")])

    assert state_of(portal, cast, answer.number) == State.NEW
