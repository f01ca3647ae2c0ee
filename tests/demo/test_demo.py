"""What a visitor finds in the demo, and what loading it does to a database."""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect, select, table, text
from tests.demo.conftest import LOADED_AT
from tests.stage import Stage, settings_of

from izarlink_tickets import demo, outbox
from izarlink_tickets.accounts import Account, list_accounts
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.operations.demo_mark import DatabaseNotEmpty, is_demo
from izarlink_tickets.application.operations.schema import migrate
from izarlink_tickets.application.sign_ins import Visitor, WrongCredentials
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.config import load_keys
from izarlink_tickets.demo.stories import STORIES
from izarlink_tickets.desk.canned_responses import active_canned_responses
from izarlink_tickets.directory import list_organisations, list_services
from izarlink_tickets.domain.canned_response import body_of
from izarlink_tickets.domain.vocabulary import SYSTEM, Actor, Awaiting, Channel, CommandContext, Role, State
from izarlink_tickets.outbox import MailStatus
from izarlink_tickets.projections.history_queries import files_of, timeline
from izarlink_tickets.projections.ticket_queries import TicketFilter, TicketRow, list_tickets

ETXEA, MENDI = "Boulangerie Etxea", "Garage Mendi"
READER = Actor(SYSTEM.account_id, Role.AUDITOR)
EVERYBODY = {
    "alice@etxea.example": (Role.CUSTOMER, ETXEA),
    "bob@etxea.example": (Role.COMPANY, ETXEA),
    "denis@etxea.example": (Role.CUSTOMER, ETXEA),
    "charlie@mendi.example": (Role.CUSTOMER, MENDI),
    "sam@izarlink.example": (Role.SUPPORT, None),
    "nora@izarlink.example": (Role.SUPPORT, None),
    "root@izarlink.example": (Role.ADMINISTRATOR, None),
    "ada@izarlink.example": (Role.AUDITOR, None),
}


# --- who and what there is --------------------------------------------------------------------------------------------


def test_there_are_the_people_that_were_promised(portal: Portal):
    with portal.database.query() as connection:
        names = {one.id: one.name for one in list_organisations(connection)}
    found = {one.email: (one.role, names.get(one.organisation_id or "")) for one in _accounts(portal)}

    assert found == EVERYBODY


def test_display_names_begin_with_the_first_name_of_the_address(portal: Portal):
    assert [one.name.split()[0].lower() for one in _accounts(portal)] == [
        one.email.partition("@")[0] for one in _accounts(portal)
    ]


def test_the_connections_are_those_that_were_promised(portal: Portal):
    with portal.database.query() as connection:
        names = {one.id: one.name for one in list_organisations(connection)}
        owners = {one.reference: names[one.organisation_id] for one in list_services(connection)}

    assert owners == {"FTTO-00417": ETXEA, "SDSL-00112": ETXEA, "FTTH-00981": MENDI}


@pytest.mark.parametrize("email", sorted(set(EVERYBODY) - {"denis@etxea.example"}))
def test_everybody_but_denis_signs_in_and_looks_around(portal: Portal, email: str):
    visitor = _sign_in(portal, email, "demo-izarlink-2026")

    assert not visitor.must_change_password
    assert visitor.account.confirmed_at is not None


def test_denis_must_change_the_password_that_was_mailed(portal: Portal):
    visitor = _sign_in(portal, "denis@etxea.example", "premiere-connexion-2026")

    assert visitor.must_change_password


def test_denis_has_a_week_to_come(portal: Portal):
    last_day = LOADED_AT + timedelta(days=6, hours=23)

    assert _sign_in(portal, "denis@etxea.example", "premiere-connexion-2026", after=last_day - LOADED_AT)


def test_the_first_password_of_the_others_is_worth_nothing(portal: Portal):
    with pytest.raises(WrongCredentials):
        _sign_in(portal, "alice@etxea.example", "premiere-connexion-2026")


# --- the tickets ------------------------------------------------------------------------------------------------------


def test_support_has_texts_to_insert_and_none_of_them_is_refused(portal: Portal):
    with portal.database.query() as connection:
        texts = active_canned_responses(connection)

    assert [text.title for text in texts] == ["Prise en charge", "Redémarrage de la box", "Rétabli, à confirmer"]
    assert [body_of(text.body) for text in texts] == [text.body for text in texts]


def test_there_are_thirty_tickets_more_than_half_of_them_etxeas(portal: Portal):
    owners = Counter(row.organisation_name for row in _tickets(portal))

    assert owners.total() == 30
    assert owners[ETXEA] >= 15


def test_nothing_happens_by_itself_as_soon_as_it_is_loaded(portal: Portal):
    assert portal.due_work.run(LOADED_AT) == 0


def test_alice_has_one_in_every_state_waiting_for_her_and_for_others(portal: Portal):
    alice = _account(portal, "alice@etxea.example")

    found = {(row.state, row.awaiting) for row in _tickets(portal) if row.requester_id == alice.id}

    assert {state for state, _ in found} == set(State)
    assert {awaiting for _, awaiting in found} == {None, *Awaiting}


def test_alice_has_one_with_files_of_three_kinds_that_open(portal: Portal):
    alice = _account(portal, "alice@etxea.example")
    with portal.database.query() as connection:
        open_ones = [row.number for row in _tickets(portal) if row.requester_id == alice.id and row.state == "EN_COURS"]
        files = [file for number in open_ones for file in files_of(connection, number=number)]
    contents = {
        file.media_type: portal.files.content_of(file_id=file.file_id, sha256=file.sha256) or b"" for file in files
    }

    assert set(contents) == {"application/pdf", "image/png", "text/plain"}
    assert contents["image/png"].startswith(b"\x89PNG")
    assert contents["application/pdf"].endswith(b"%%EOF\n")
    assert [len(contents[file.media_type]) for file in files] == [file.size for file in files]


def test_all_of_it_happened_in_the_past_weeks(portal: Portal):
    moments = sorted(entry.at for row in _tickets(portal) for entry in _entries(portal, row.number))

    assert LOADED_AT - timedelta(days=45) < moments[0]
    assert moments[-1] < LOADED_AT


def test_tickets_are_numbered_in_the_order_in_which_they_were_opened(portal: Portal):
    opened = [row.opened_at for row in _tickets(portal)]

    assert opened == sorted(opened)


def test_what_waits_for_a_third_party_waits_for_a_day_to_come(portal: Portal):
    waiting = [row.number for row in _tickets(portal) if row.awaiting == Awaiting.THIRD_PARTY]

    until = [portal.audit.replay(READER, number=number).ticket.held_until for number in waiting]

    assert len(until) == 2
    assert min(until) > LOADED_AT


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_goes_forward(story: Any):
    moments = [story.when.before(LOADED_AT), *(step.when.before(LOADED_AT) for step in story.steps)]

    assert all(earlier < later for earlier, later in pairwise(moments))


# --- loading ----------------------------------------------------------------------------------------------------------


def test_it_is_known_to_be_the_demo(portal: Portal):
    with portal.database.query() as connection:
        assert is_demo(connection)


def test_no_mail_of_it_is_ever_sent(portal: Portal):
    with portal.database.query() as connection:
        letters = outbox.list_messages(connection)

    assert {letter.status for letter in letters} == {MailStatus.WRITTEN_OFF}
    assert len(letters) > 100


def test_its_read_models_are_those_of_the_log(portal: Portal):
    assert portal.read_models.differences() == []


def test_loading_again_changes_nothing(portal: Portal):
    before = _content(portal)

    has_loaded = demo.load(portal, now=LOADED_AT + timedelta(days=3))

    assert not has_loaded
    assert _content(portal) == before


def test_loading_again_leaves_what_a_visitor_did(portal: Portal):
    alice = _account(portal, "alice@etxea.example").person
    new = next(row.number for row in _tickets(portal) if (row.state, row.requester_id) == ("NOUVEAU", alice.account_id))
    portal.tickets.cancel(CommandContext(alice, LOADED_AT, Channel.WEB, str(uuid4())), number=new)
    before = _content(portal)

    demo.load(portal, now=LOADED_AT)

    assert _content(portal) == before
    with portal.database.query() as connection:
        assert outbox.backlog(connection)[0] > 0


@pytest.fixture
def empty(stage: Stage, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Open a portal that was migrated and no more."""
    # The server is asked for by name, so that SQLite starts none.
    fresh = request.getfixturevalue("postgres_server").database() if stage.url else nullcontext()
    with fresh as url:
        settings = settings_of(tmp_path_factory.mktemp("empty"), url)
        migrate(settings)
        portal = open_portal(settings, load_keys(settings))
        yield portal
        portal.database.close()


def test_a_database_of_real_customers_is_left_alone(empty: Portal):
    empty.directory.create_organisation(
        CommandContext(SYSTEM, LOADED_AT, Channel.CLI, str(uuid4())), name="Fromagerie Ossau"
    )
    before = _content(empty)

    with pytest.raises(DatabaseNotEmpty):
        demo.load(empty, now=LOADED_AT)

    assert _content(empty) == before


def test_a_load_that_was_cut_short_is_finished_by_the_next(empty: Portal, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as cut:
        cut.setattr(Tickets, "hold", _interrupted)
        with pytest.raises(InterruptedError):
            demo.load(empty, now=LOADED_AT)

    has_loaded = demo.load(empty, now=LOADED_AT + timedelta(hours=1))

    assert has_loaded
    assert Counter(row.state for row in _tickets(empty)) == Counter(
        {"CLOTURE": 12, "EN_COURS": 5, "EN_ATTENTE": 4, "RESOLU": 4, "ANNULE": 3, "NOUVEAU": 2}
    )
    assert empty.read_models.differences() == []


def _interrupted(*_: object, **__: object) -> None:
    raise InterruptedError


def _tickets(portal: Portal) -> list[TicketRow]:
    with portal.database.query() as connection:
        return list_tickets(connection, READER, filtered=TicketFilter(), order="numero").rows


def _entries(portal: Portal, number: int):
    with portal.database.query() as connection:
        return timeline(connection, READER, number=number).entries


def _accounts(portal: Portal) -> list[Account]:
    with portal.database.query() as connection:
        return list_accounts(connection)


def _account(portal: Portal, email: str) -> Account:
    return next(one for one in _accounts(portal) if one.email == email)


def _sign_in(portal: Portal, email: str, password: str, *, after: timedelta = timedelta()) -> Visitor:
    return portal.sign_ins.sign_in(
        identifier=email, password=password, remote_address="127.0.0.1", user_agent="test", now=LOADED_AT + after
    )


def _content(portal: Portal) -> dict[str, list[tuple[Any, ...]]]:
    with portal.database.query() as connection:
        names = inspect(connection).get_table_names()
        return {
            name: sorted(map(tuple, connection.execute(select(text("*")).select_from(table(name)))), key=repr)
            for name in names
        }
