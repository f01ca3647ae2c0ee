"""The content of the demo, and its loading."""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
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
from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.config import load_keys
from izarlink_tickets.demo.scenario import DemoTicket, demo_tickets
from izarlink_tickets.desk.canned_responses import active_canned_responses
from izarlink_tickets.directory import list_organisations, list_services
from izarlink_tickets.domain.canned_response import body_of
from izarlink_tickets.domain.vocabulary import SYSTEM, Actor, Awaiting, Channel, CommandContext, Role, State
from izarlink_tickets.outbox import MailStatus
from izarlink_tickets.projections.history_queries import files_of, timeline
from izarlink_tickets.projections.ticket_queries import TicketFilter, TicketRow, list_tickets

DATA = Path(demo.__file__).parent / "data"
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


# --- people and services --------------------------------------------------------------------------------------------


def test_the_demo_has_its_eight_people(portal: Portal):
    with portal.database.query() as connection:
        names = {organisation.id: organisation.name for organisation in list_organisations(connection)}
    people = {account.email: (account.role, names.get(account.organisation_id or "")) for account in _accounts(portal)}

    assert people == EVERYBODY


def test_display_names_begin_with_the_first_name_of_the_address(portal: Portal):
    accounts = _accounts(portal)

    assert [account.name.split()[0].lower() for account in accounts] == [
        account.email.partition("@")[0] for account in accounts
    ]


def test_each_service_belongs_to_its_customer(portal: Portal):
    with portal.database.query() as connection:
        names = {organisation.id: organisation.name for organisation in list_organisations(connection)}
        owners = {service.reference: names[service.organisation_id] for service in list_services(connection)}

    assert owners == {"FTTO-00417": ETXEA, "SDSL-00112": ETXEA, "FTTH-00981": MENDI}


@pytest.mark.parametrize("email", sorted(set(EVERYBODY) - {"denis@etxea.example"}))
def test_everybody_but_denis_signs_in_with_the_demo_password(portal: Portal, email: str):
    visitor = _sign_in(portal, email, "demo-izarlink-2026")

    assert not visitor.must_change_password
    assert visitor.account.confirmed_at is not None


def test_denis_must_change_the_initial_password(portal: Portal):
    visitor = _sign_in(portal, "denis@etxea.example", "premiere-connexion-2026")

    assert visitor.must_change_password


def test_denis_can_sign_in_for_a_week(portal: Portal):
    last_day = LOADED_AT + timedelta(days=6, hours=23)

    assert _sign_in(portal, "denis@etxea.example", "premiere-connexion-2026", after=last_day - LOADED_AT)


def test_the_initial_password_of_the_others_no_longer_works(portal: Portal):
    with pytest.raises(WrongCredentials):
        _sign_in(portal, "alice@etxea.example", "premiere-connexion-2026")


# --- the tickets ------------------------------------------------------------------------------------------------------


def test_support_has_canned_responses_that_the_editor_accepts(portal: Portal):
    with portal.database.query() as connection:
        texts = active_canned_responses(connection)

    assert [text.title for text in texts] == ["Prise en charge", "Redémarrage de la box", "Rétabli, à confirmer"]
    assert [body_of(text.body) for text in texts] == [text.body for text in texts]


def test_there_are_thirty_tickets_at_least_half_of_them_etxeas(portal: Portal):
    owners = Counter(row.organisation_name for row in _tickets(portal))

    assert owners.total() == 30
    assert owners[ETXEA] >= 15


def test_nothing_is_due_right_after_loading(portal: Portal):
    assert portal.due_work.run(LOADED_AT) == 0


def test_alice_has_a_ticket_in_every_state(portal: Portal):
    alice = _account(portal, "alice@etxea.example")

    states = {(row.state, row.awaiting) for row in _tickets(portal) if row.requester_id == alice.id}

    assert {state for state, _ in states} == set(State)
    assert {awaiting for _, awaiting in states} == {None, *Awaiting}


def test_alice_has_an_open_ticket_with_a_pdf_an_image_and_a_text(portal: Portal):
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


def test_every_event_happened_in_the_past_weeks(portal: Portal):
    moments = sorted(entry.at for row in _tickets(portal) for entry in _entries(portal, row.number))

    assert LOADED_AT - timedelta(days=45) < moments[0]
    assert moments[-1] < LOADED_AT


def test_tickets_are_numbered_in_the_order_in_which_they_were_opened(portal: Portal):
    opened = [row.opened_at for row in _tickets(portal)]

    assert opened == sorted(opened)


def test_held_tickets_resume_in_the_future(portal: Portal):
    waiting = [row.number for row in _tickets(portal) if row.awaiting == Awaiting.THIRD_PARTY]

    until = [portal.audit.replay(READER, number=number).ticket.held_until for number in waiting]

    assert len(until) == 2
    assert min(until) > LOADED_AT


@pytest.mark.parametrize("ticket", demo_tickets(), ids=lambda ticket: ticket.id)
def test_the_steps_of_a_ticket_are_in_order(ticket: DemoTicket):
    moments = [step.moment(LOADED_AT) for step in ticket.steps]

    assert all(earlier < later for earlier, later in pairwise(moments))


@pytest.mark.parametrize("file", sorted(DATA.glob("*.toml")), ids=lambda file: file.stem)
def test_texts_use_the_typographic_apostrophe(file: Path):
    assert "'" not in file.read_text("utf-8")


def test_every_file_is_attached_to_a_ticket():
    attached = {name for ticket in demo_tickets() for step in ticket.steps for name in step.arguments.get("files", ())}

    assert attached == {file.name for file in (DATA / "files").iterdir()}


# --- loading ----------------------------------------------------------------------------------------------------------


def test_the_database_is_marked_as_the_demo(portal: Portal):
    with portal.database.query() as connection:
        assert is_demo(connection)


def test_no_mail_of_the_demo_is_ever_sent(portal: Portal):
    with portal.database.query() as connection:
        messages = outbox.list_messages(connection)

    assert {message.status for message in messages} == {MailStatus.WRITTEN_OFF}
    assert len(messages) > 100


def test_the_read_models_match_the_log(portal: Portal):
    assert portal.read_models.differences() == []


def test_loading_again_changes_nothing(portal: Portal):
    before = _content(portal)

    has_loaded = demo.load(portal, now=LOADED_AT + timedelta(days=3))

    assert not has_loaded
    assert _content(portal) == before


def test_loading_again_keeps_what_a_visitor_did(portal: Portal):
    alice = _account(portal, "alice@etxea.example").actor
    new = next(row.number for row in _tickets(portal) if (row.state, row.requester_id) == ("NOUVEAU", alice.account_id))
    portal.tickets.cancel(CommandContext(alice, LOADED_AT, Channel.WEB, str(uuid4())), number=new)
    before = _content(portal)

    demo.load(portal, now=LOADED_AT)

    assert _content(portal) == before
    with portal.database.query() as connection:
        assert outbox.backlog(connection)[0] > 0


@pytest.fixture
def empty_portal(
    stage: Stage, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """Open a portal that is migrated and empty."""
    # Requested by name, so that runs on SQLite start no server.
    fresh = request.getfixturevalue("postgres_server").database() if stage.url else nullcontext()
    with fresh as url:
        settings = settings_of(tmp_path_factory.mktemp("empty"), url)
        migrate(settings)
        portal = open_portal(settings, load_keys(settings))
        yield portal
        portal.database.close()


def test_a_database_with_customers_is_refused(empty_portal: Portal):
    empty_portal.directory.create_organisation(
        CommandContext(SYSTEM, LOADED_AT, Channel.CLI, str(uuid4())), name="Fromagerie Ossau"
    )
    before = _content(empty_portal)

    with pytest.raises(DatabaseNotEmpty):
        demo.load(empty_portal, now=LOADED_AT)

    assert _content(empty_portal) == before


def test_an_interrupted_load_is_finished_by_the_next(empty_portal: Portal, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as cut:
        cut.setattr(Tickets, "hold", _interrupted)
        with pytest.raises(InterruptedError):
            demo.load(empty_portal, now=LOADED_AT)

    has_loaded = demo.load(empty_portal, now=LOADED_AT + timedelta(hours=1))

    assert has_loaded
    assert Counter(row.state for row in _tickets(empty_portal)) == Counter(
        {"CLOTURE": 12, "EN_COURS": 5, "EN_ATTENTE": 4, "RESOLU": 4, "ANNULE": 3, "NOUVEAU": 2}
    )
    assert empty_portal.read_models.differences() == []


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
    return next(account for account in _accounts(portal) if account.email == email)


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
