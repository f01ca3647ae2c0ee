"""The timeline of each viewer, and its rebuild from the log."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import Table, text, update
from tests.cast import Cast
from tests.openings import closed_incident, open_incident, resolved_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.event_store import EventUnreadable, Mapper, UnknownTopic, events, last_position
from izarlink_tickets.projections import rebuilding
from izarlink_tickets.projections.history_queries import (
    Timeline,
    count_entries,
    files_of,
    find_file,
    one_entry,
    timeline,
)
from izarlink_tickets.projections.read_model import ReadModel, tables_of
from izarlink_tickets.projections.rebuilding import Rebuilder
from izarlink_tickets.projections.ticket_queries import find_ticket
from izarlink_tickets.sealing import Keys, destroy_keys


def history(portal: Portal, cast: Cast, viewer: str, number: int, **options: int) -> Timeline:
    with portal.database.query() as connection:
        return timeline(connection, cast[viewer].actor, number=number, **options)


def test_one_command_is_one_entry_numbered_by_its_first_event(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)
    portal.tickets.request_information(cast.context("sam"), number=number, question="Depuis quand ?")
    uploads = [Upload("a.txt", b"a"), Upload("b.txt", b"b")]
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Lundi.", uploads=uploads)

    entries = history(portal, cast, "alice", number).entries

    assert [(entry.number, [step.event for step in entry.steps]) for entry in entries] == [
        (1, ["Opened"]),
        (2, ["Assigned", "InformationRequested"]),
        (4, ["FollowUpAdded", "AttachmentAdded", "AttachmentAdded", "Resumed"]),
    ]
    assert (entries[2].previous_state, entries[2].state) == ("EN_ATTENTE", "EN_COURS")


def test_files_are_in_order(portal: Portal, cast: Cast) -> None:
    names = ["e.txt", "d.txt", "c.txt", "b.txt", "a.txt"]
    number = open_incident(portal, cast, uploads=[Upload(name, name.encode()) for name in names])
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="", uploads=[Upload("z.txt", b"z")])

    entries = history(portal, cast, "alice", number).entries
    with portal.database.query() as connection:
        files = files_of(connection, number=number)

    assert [[file.name for file in entry.files] for entry in entries] == [names, ["z.txt"]]
    assert [file.name for file in files] == [*names, "z.txt"]


@pytest.mark.parametrize(("viewer", "sees_it"), [("alice", False), ("bob", False), ("sam", True), ("ada", True)])
def test_an_internal_note_is_hidden_from_customers(portal: Portal, cast: Cast, viewer: str, *, sees_it: bool) -> None:
    number = open_incident(portal, cast)
    portal.tickets.add_internal_note(cast.context("sam"), number=number, text="CANARI")

    texts = [entry.words for entry in history(portal, cast, viewer, number).entries]
    with portal.database.query() as connection:
        alone = one_entry(connection, cast[viewer].actor, number=number, entry=2).entries

    assert ("CANARI" in texts, bool(alone)) == (sees_it, sees_it)


@pytest.mark.parametrize(("viewer", "count"), [("sam", 2), ("ada", 2), ("alice", 1)])
def test_new_entries_are_counted_as_the_viewer_sees_them(portal: Portal, cast: Cast, viewer: str, count: int) -> None:
    number = open_incident(portal, cast)
    seen = portal.tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id).entry
    portal.tickets.add_internal_note(cast.context("nora"), number=number, text="Optique à changer.")
    # Two events, and one entry.
    files = [Upload("mesure.txt", b"2 Mbit/s")]
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Voici.", uploads=files)

    with portal.database.query() as connection:
        assert count_entries(connection, cast[viewer].actor, number=number, after=seen) == count


def test_the_last_entries_come_first_and_the_earlier_on_demand(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)
    for nth in range(4):
        portal.tickets.add_follow_up(cast.context("alice"), number=number, text=f"Suivi {nth}")

    latest = history(portal, cast, "alice", number, size=2)
    earlier = history(portal, cast, "alice", number, size=3, before=latest.entries[0].number)

    assert [entry.number for entry in latest.entries] == [4, 5]
    assert latest.has_earlier
    assert [entry.number for entry in earlier.entries] == [1, 2, 3]
    assert not earlier.has_earlier


def test_a_file_belongs_to_its_ticket(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast, uploads=[Upload("a.txt", b"a")])
    other = open_incident(portal, cast)
    file = history(portal, cast, "alice", number).entries[0].files[0]

    with portal.database.query() as connection:
        own_file = find_file(connection, number=number, file_id=file.file_id)
        foreign_file = find_file(connection, number=other, file_id=file.file_id)

    assert (own_file, foreign_file) == (file, None)


def test_rebuilt_read_models_equal_the_live_ones(portal: Portal, cast: Cast) -> None:
    closed_incident(portal, cast)
    number = open_incident(portal, cast, uploads=[Upload("a.txt", b"a")])
    portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)

    before = portal.read_models.differences()
    portal.read_models.rebuild()
    after = portal.read_models.differences()

    assert (before, after) == ([], [])


def test_commands_of_two_people_with_one_id_are_two_entries_live_and_rebuilt(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)
    shared = "11111111-1111-4111-8111-111111111111"
    for name in ("alice", "bob"):
        portal.tickets.add_follow_up(cast.context(name, command_id=shared), number=number, text=f"De {name}.")

    before = portal.read_models.differences()
    portal.read_models.rebuild()

    entries = history(portal, cast, "alice", number).entries
    assert before == []
    assert [(entry.number, entry.actor_id) for entry in entries[1:]] == [(2, cast["alice"].id), (3, cast["bob"].id)]


def test_a_changed_row_of_a_read_model_is_found(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(text("UPDATE ticket_list SET title = 'autre' WHERE number = :number"), {"number": number})

    differences = portal.read_models.differences()

    assert [(row.table, row.only_live, row.only_rebuilt) for row in differences] == [("ticket_list", 1, 1)]


def test_a_rebuild_repairs_a_changed_row(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(text("DELETE FROM history"))

    portal.read_models.rebuild()

    assert portal.read_models.differences() == []


def test_a_swap_during_a_comparison_is_no_difference(portal: Portal, cast: Cast) -> None:
    closed_incident(portal, cast)
    waiting = [portal.read_models.rebuild]

    def rebuild_once_while_comparing(keys: Keys) -> Mapper:
        if waiting:
            waiting.pop()()
        return mapper_of(keys)

    comparing = Rebuilder(portal.database, sealing_key=portal.keys.sealing, mapper_of=rebuild_once_while_comparing)

    assert comparing.differences() == []
    assert waiting == []


def test_a_rebuild_in_several_processes_equals_the_live_read_models(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        closed_incident(portal, cast)
    monkeypatch.setattr(rebuilding, "EVENTS_FOR_PROCESSES", 1)
    monkeypatch.setattr(rebuilding, "PAGE", 5)

    count = portal.read_models.rebuild()

    with portal.database.query() as connection:
        assert count == last_position(connection)
    assert portal.read_models.differences() == []


def test_a_rebuild_raises_what_fails_in_its_processes(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = open_incident(portal, cast)
    monkeypatch.setattr(rebuilding, "EVENTS_FOR_PROCESSES", 1)

    change_first_event(portal, number, topic="ticket.teleported")
    with pytest.raises(UnknownTopic) as refused:
        portal.read_models.rebuild()
    change_first_event(portal, number, topic="ticket.opened")

    assert refused.value.stream_id == stream_of(number)
    assert portal.read_models.rebuild() > 0


def change_first_event(portal: Portal, number: int, *, topic: str) -> None:
    with portal.database.command() as connection:
        of_ticket = (events.c.stream_id == stream_of(number), events.c.version == 1)
        connection.execute(update(events).where(*of_ticket).values(topic=topic))


def test_readers_of_the_old_tables_work_until_the_swap(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = closed_incident(portal, cast)
    seen = list[tuple[int, str]]()

    def read_meanwhile(_done: int, _total: int) -> None:
        with portal.database.query() as connection:
            row = find_ticket(connection, cast["alice"].actor, number=number)
        seen.append((len(history(portal, cast, "alice", number).entries), row.state if row else ""))

    monkeypatch.setattr(rebuilding, "PAGE", 5)
    portal.read_models.rebuild(progress=read_meanwhile)

    assert len(seen) > 1
    assert set(seen) == {(len(history(portal, cast, "alice", number).entries), "CLOTURE")}


def test_an_event_of_a_ticket_that_was_never_opened_stops_a_rebuild(portal: Portal, cast: Cast) -> None:
    number = closed_incident(portal, cast)

    change_first_event(portal, number, topic="account.created")
    with pytest.raises(EventUnreadable) as refused:
        portal.read_models.rebuild()
    change_first_event(portal, number, topic="ticket.opened")

    assert refused.value.stream_id == stream_of(number)
    assert portal.read_models.rebuild() > 0


def test_tickets_that_go_on_during_a_rebuild_are_not_lost(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = open_incident(portal, cast)

    def write_meanwhile(_done: int, _total: int) -> None:
        portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.")
        open_incident(portal, cast)

    monkeypatch.setattr(rebuilding, "PAGE", 5)
    monkeypatch.setattr(rebuilding, "LAST_EVENTS", 1)
    portal.read_models.rebuild(progress=write_meanwhile)

    assert portal.read_models.differences() == []


def test_two_rebuilds_at_once_follow_each_other(portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    closed_incident(portal, cast)
    monkeypatch.setattr(rebuilding, "PAGE", 1)

    with ThreadPoolExecutor(2) as pool:
        rebuilds = [pool.submit(portal.read_models.rebuild) for _ in range(2)]

    assert rebuilds[0].result() == rebuilds[1].result()
    assert portal.read_models.differences() == []


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)
def test_a_command_that_comes_while_tables_are_swapped_is_not_lost(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = []

    def tables_of_while_somebody_writes(model: ReadModel) -> Sequence[Table]:
        monkeypatch.setattr(rebuilding, "tables_of", tables_of)
        commands.append(pool.submit(open_incident, portal, cast))
        # Without a lock it would finish at once.
        wait(commands, timeout=0.2)
        return tables_of(model)

    # Called first when the first table is swapped.
    monkeypatch.setattr(rebuilding, "tables_of", tables_of_while_somebody_writes)
    with ThreadPoolExecutor(1) as pool:
        portal.read_models.rebuild()

    assert [command.result() for command in commands] == [1]
    assert portal.read_models.differences() == []


def test_a_rebuild_drops_the_tables_of_a_crashed_one(portal: Portal) -> None:
    with portal.database.command() as connection:
        connection.execute(text("CREATE TABLE history_rebuilt_0123abcd (a INTEGER)"))

    portal.read_models.rebuild()

    with portal.database.query() as connection, pytest.raises(Exception, match="history_rebuilt_0123abcd"):
        connection.execute(text("SELECT * FROM history_rebuilt_0123abcd"))


def test_an_erased_person_s_texts_are_gone_and_the_rest_works(portal: Portal, cast: Cast) -> None:
    number = resolved_incident(portal, cast)
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())
    portal.read_models.rebuild()

    portal.tickets.refuse_solution(cast.context("bob"), number=number, solution_version=1, reason="Toujours lent.")

    entries = history(portal, cast, "bob", number).entries
    with portal.database.query() as connection:
        row = find_ticket(connection, cast["bob"].actor, number=number)
    assert row is not None
    assert (row.title, row.state) == (None, "EN_COURS")
    # What support wrote was sealed for the requester as well.
    assert [entry.words for entry in entries] == [None, None, "Toujours lent."]
    assert portal.read_models.differences() == []


def test_an_erased_person_s_new_texts_get_a_new_key(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())

    portal.tickets.add_follow_up(cast.context("sam"), number=number, text="Nous continuons.")

    portal.read_models.rebuild()
    assert [entry.words for entry in history(portal, cast, "sam", number).entries] == [None, "Nous continuons."]
