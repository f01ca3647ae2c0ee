"""Digests: many letters to somebody of IzarLink in one mail, where they chose that. No customer ever gets one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update
from tests.faults.children import killed_at
from tests.faults.invariants import breaches
from tests.mailer.mail_room import MailRoom
from tests.mailer.papers import ACCOUNT
from tests.mailer.post_office import OK
from tests.mailer.senders import send_through

from izarlink_tickets import outbox
from izarlink_tickets.accounts import MailPace, Preferences, accounts
from izarlink_tickets.config import Settings
from izarlink_tickets.crash_points import EXIT_CODE, Point
from izarlink_tickets.mailer import sending
from izarlink_tickets.mailer.digests import digest_time, party_of
from izarlink_tickets.outbox import Letter, Status
from izarlink_tickets.outbox import digests as party
from izarlink_tickets.outbox.deliveries import send_again, troubles

on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("stage", ["postgresql"], indirect=True)
# The people live on 2 November 2026, from nine in the morning on, in Paris.
TEN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

SUMMARY = """\
Voici votre résumé : 3 opérations sur 2 tickets.

n° 1 · Débit à 2 Mbit/s · Boulangerie Etxea

Alice Etcheverry (client) a ouvert le ticket le 02/11/2026 à 09:00.
https://support.example/tickets/1?entree=1#e1

Alice Etcheverry (client) a demandé l’annulation du ticket le 02/11/2026 à 09:00.
https://support.example/tickets/1?entree=3#e3

n° 2 · <b>Coupure</b> · Boulangerie Etxea

Alice Etcheverry (client) a ouvert le ticket le 02/11/2026 à 09:00.
https://support.example/tickets/2?entree=1#e1

—
Vous recevez un résumé par heure parce que vous l’avez choisi.
Les notes qui vous mentionnent et les tickets qui vous sont affectés ont leur propre mail, tout de suite.
Vos préférences :
https://support.example/profil/personnalisation
"""


def choose(room: MailRoom, name: str, pace: MailPace) -> None:
    room.portal.people.save_preferences(room.cast[name].id, preferences=Preferences(mail_pace=pace))


@pytest.fixture
def quiet_room(room: MailRoom) -> MailRoom:
    """Give a room in which nora gets a digest each hour, and two letters to her wait for that of ten o'clock."""
    choose(room, "nora", MailPace.HOURLY)
    room.open_ticket()
    room.open_ticket(title="<b>Coupure</b>")
    room.send()
    return room


def letters_to(room: MailRoom, name: str) -> list[Letter]:
    return [letter for letter in room.letters() if letter.account_id == room.cast[name].id]


def statuses_of(room: MailRoom, name: str) -> list[str]:
    return [letter.status.value for letter in letters_to(room, name)]


def wait_until_ten(room: MailRoom) -> None:
    room.cast.clock.now = TEN


def test_what_happens_in_an_hour_comes_in_one_mail_and_stays_a_letter_each(quiet_room: MailRoom) -> None:
    at_once = quiet_room.readers()
    wait_until_ten(quiet_room)

    sent = quiet_room.send()

    letters = letters_to(quiet_room, "nora")
    assert at_once == ["alice", "alice", "sam", "sam"]
    assert (sent, len(quiet_room.received("nora"))) == (1, 1)
    assert [(one.status, one.last_answer, one.attempts, one.finished_at) for one in letters] == [
        (Status.SENT, OK, 1, TEN)
    ] * 2
    assert breaches(quiet_room.portal) == []


@on_sqlite
def test_a_digest_names_each_ticket_what_happened_and_where(quiet_room: MailRoom) -> None:
    tickets, cast = quiet_room.portal.tickets, quiet_room.cast
    tickets.assign(cast.act("sam"), number=1, assignee_id=cast["nora"].id)
    tickets.request_cancellation(cast.act("alice"), number=1, reason="Réparé.")
    quiet_room.send()
    quiet_room.office.received.clear()
    wait_until_ten(quiet_room)

    quiet_room.send()

    mail = quiet_room.mail_to("nora")
    assert mail.message["Subject"] == "[IzarLink] Résumé : 3 opérations sur 2 tickets"
    assert mail.message["References"] is None
    assert mail.text.replace("\N{NO-BREAK SPACE}", " ") == SUMMARY
    assert "&lt;b&gt;Coupure&lt;/b&gt;" in mail.html
    assert 'href="https://support.example/tickets/2?entree=1#e1"' in mail.html


@on_sqlite
def test_a_mention_and_a_ticket_given_to_somebody_go_at_once(quiet_room: MailRoom) -> None:
    tickets, cast = quiet_room.portal.tickets, quiet_room.cast
    tickets.add_internal_note(cast.act("sam"), number=1, text="Vois-tu ?", mentioned_ids=[cast["nora"].id])
    tickets.assign(cast.act("sam"), number=1, assignee_id=cast["nora"].id)

    quiet_room.send()

    assert ["Sam Iriart" in mail.text for mail in quiet_room.received("nora")] == [True, True]
    assert statuses_of(quiet_room, "nora") == ["waiting", "waiting", "sent", "sent"]


@on_sqlite
def test_a_digest_of_one_letter_is_the_mail_that_it_would_have_been(room: MailRoom) -> None:
    choose(room, "nora", MailPace.HOURLY)
    room.open_ticket()
    wait_until_ten(room)

    room.send()

    assert room.mail_to("nora").message["Subject"] == "[IzarLink #1] Débit à 2 Mbit/s"
    assert room.copies()[letters_to(room, "nora")[0].id] == 1


@on_sqlite
def test_what_its_reader_may_not_see_any_more_is_left_out(quiet_room: MailRoom) -> None:
    gone = letters_to(quiet_room, "nora")[0].id
    quiet_room.open_ticket(title="Une troisième")
    with quiet_room.portal.database.command() as connection:
        connection.execute(update(outbox.outbox).where(outbox.outbox.c.id == gone).values(number=999))
    quiet_room.send()
    wait_until_ten(quiet_room)

    quiet_room.send()

    called_off, *others = sorted(letters_to(quiet_room, "nora"), key=lambda one: one.status)
    assert (called_off.id, called_off.last_answer) == (gone, "not the reader's to see any more")
    assert [one.status for one in others] == [Status.SENT, Status.SENT]
    assert "2 opérations sur 2 tickets" in quiet_room.mail_to("nora").text.replace("\N{NO-BREAK SPACE}", " ")


@on_sqlite
def test_whoever_became_a_customer_meanwhile_gets_nothing_of_it(quiet_room: MailRoom) -> None:
    organisation_id = quiet_room.cast["charlie"].organisation_id
    with quiet_room.portal.database.command() as connection:
        row = accounts.c.id == quiet_room.cast["nora"].id
        connection.execute(update(accounts).where(row).values(role="customer", organisation_id=organisation_id))
    wait_until_ten(quiet_room)

    quiet_room.send()

    assert quiet_room.received("nora") == []
    assert statuses_of(quiet_room, "nora") == ["cancelled", "cancelled"]


@on_sqlite
def test_a_customer_gets_each_mail_at_once_whatever_is_stored(room: MailRoom) -> None:
    with room.portal.database.command() as connection:
        connection.execute(update(accounts).values(mail_pace="daily"))
    room.open_tickets(2)

    room.send()

    assert room.readers() == ["alice", "alice"]
    assert [letter.digest_at for letter in letters_to(room, "alice")] == [None, None]


# --- what can go wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "copies"),
    [
        pytest.param(Point.MAIL_CLAIMED, 1, marks=pytest.mark.fault(10)),
        pytest.param(Point.MAIL_AFTER_DOT, 2, marks=pytest.mark.fault(12)),
        pytest.param(Point.MAIL_ANSWERED, 2, marks=pytest.mark.fault(13)),
    ],
)
def test_a_digest_whose_mailer_was_killed_goes_out_again_under_its_name(
    quiet_room: MailRoom, settings: Settings, point: Point, copies: int
) -> None:
    wait_until_ten(quiet_room)
    work = partial(send_through, server=quiet_room.office.server, at=TEN)
    exit_code = killed_at(point, work, settings=settings)

    too_early = quiet_room.send()
    quiet_room.cast.clock.advance(seconds=outbox.LEASE_SECONDS)
    in_time = quiet_room.send()

    received = quiet_room.received("nora")
    # Killed before the office had answered, the message may not have come through.
    assert (exit_code, too_early, in_time) == (EXIT_CODE, 0, 1)
    assert 1 <= len(received) <= copies
    assert len({mail.message_id for mail in received}) == 1
    assert statuses_of(quiet_room, "nora") == ["sent", "sent"]


@on_sqlite
@pytest.mark.fault(25)
def test_a_refused_address_fails_all_letters_of_a_digest_and_nobody_elses(quiet_room: MailRoom) -> None:
    quiet_room.office.has_no("nora@izarlink.example")
    choose(quiet_room, "sam", MailPace.HOURLY)
    quiet_room.open_tickets(2)
    quiet_room.send()
    wait_until_ten(quiet_room)

    quiet_room.send()

    answers = {letter.last_answer for letter in letters_to(quiet_room, "nora")}
    assert statuses_of(quiet_room, "nora") == ["failed"] * 4
    assert answers == {"550 5.1.1 no such user"}
    assert statuses_of(quiet_room, "sam") == ["sent"] * 4


@on_sqlite
@pytest.mark.fault(23)
def test_a_digest_that_was_put_off_goes_out_whole_and_takes_nothing_later_along(quiet_room: MailRoom) -> None:
    quiet_room.office.will_answer("RCPT", "450 4.2.0 greylisted")
    wait_until_ten(quiet_room)
    quiet_room.send()
    quiet_room.open_ticket(title="Après dix heures")

    quiet_room.cast.clock.advance(minutes=1)
    quiet_room.send()

    assert "2 opérations" in quiet_room.mail_to("nora").text.replace("\N{NO-BREAK SPACE}", " ")
    assert [letter.attempts for letter in letters_to(quiet_room, "nora")] == [2, 2, 0]


@on_sqlite
def test_a_failed_digest_that_is_sent_again_by_hand_is_one_mail_again(quiet_room: MailRoom) -> None:
    cast, database = quiet_room.cast, quiet_room.portal.database
    quiet_room.office.has_no("nora@izarlink.example")
    wait_until_ten(quiet_room)
    quiet_room.send()
    ids = [letter.id for letter in letters_to(quiet_room, "nora")]
    quiet_room.office.has_no("nora@izarlink.example", "250 2.1.5 Ok")

    with database.command() as connection:
        send_again(connection, ids=ids, by=cast["sam"].id, now=cast.clock.advance(days=3))
    quiet_room.send()

    assert len(quiet_room.received("nora")) == 1
    assert statuses_of(quiet_room, "nora") == ["sent", "sent"]


@on_sqlite
def test_a_digest_that_can_not_be_built_goes_out_letter_by_letter(
    quiet_room: MailRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "digest_of", partial(int, "no mail"))
    wait_until_ten(quiet_room)

    quiet_room.send()

    assert len(quiet_room.received("nora")) == 2
    assert statuses_of(quiet_room, "nora") == ["sent", "sent"]


@on_sqlite
def test_a_long_digest_comes_in_parts(quiet_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(party, "DIGEST_MAXIMUM", 2)
    quiet_room.open_tickets(3)
    quiet_room.send()
    wait_until_ten(quiet_room)

    quiet_room.send()

    received = quiet_room.received("nora")
    assert statuses_of(quiet_room, "nora") == ["sent"] * 5
    assert (len(received), len({mail.message_id for mail in received})) == (3, 3)


@on_postgresql
def test_two_mailers_at_the_same_moment_make_one_mail_of_a_digest(quiet_room: MailRoom) -> None:
    database = quiet_room.portal.database
    with database.command() as first:
        (leader,) = outbox.lease(first, now=TEN, limit=1)
        with database.command() as second:
            left = outbox.lease(second, now=TEN)
        taken = party_of(first, leader, now=TEN)

    with database.command() as third:
        later = outbox.lease(third, now=TEN)

    assert ([one.account_id for one in left], later) == ([], [])
    assert {one.id for one in taken} == {one.id for one in letters_to(quiet_room, "nora")}


# --- when ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pace", "zone", "written_at", "expected"),
    [
        pytest.param(MailPace.HOURLY, "Europe/Paris", "2026-11-02T08:59:59", "2026-11-02T09:00", id="an-hour"),
        pytest.param(MailPace.HOURLY, "Europe/Paris", "2026-11-02T09:00:00", "2026-11-02T10:00", id="as-it-begins"),
        pytest.param(MailPace.HOURLY, "Asia/Kolkata", "2026-11-02T09:10:00", "2026-11-02T09:30", id="half-hour-zone"),
        pytest.param(MailPace.HOURLY, "Europe/Paris", "2026-10-25T00:30:00", "2026-10-25T01:00", id="clock-set-back"),
        pytest.param(MailPace.DAILY, "Europe/Paris", "2026-11-02T06:59:59", "2026-11-02T07:00", id="before-eight"),
        pytest.param(MailPace.DAILY, "Europe/Paris", "2026-11-02T07:00:00", "2026-11-03T07:00", id="at-eight"),
        pytest.param(MailPace.DAILY, "Europe/Paris", "2026-03-28T12:00:00", "2026-03-29T06:00", id="into-summer"),
        pytest.param(MailPace.DAILY, "Pacific/Noumea", "2026-11-02T08:00:00", "2026-11-02T21:00", id="far-away"),
    ],
)
def test_a_digest_goes_out_at_the_end_of_its_hour_or_at_eight_there(
    pace: MailPace, zone: str, written_at: str, expected: str
) -> None:
    reader = replace(ACCOUNT, mail_pace=pace, timezone=zone)

    at = digest_time(reader, datetime.fromisoformat(f"{written_at}+00:00"))

    assert at == datetime.fromisoformat(f"{expected}+00:00")


@on_sqlite
def test_who_wants_each_mail_again_gets_what_has_waited_at_once(quiet_room: MailRoom) -> None:
    choose(quiet_room, "nora", MailPace.EACH)

    quiet_room.send()

    assert len(quiet_room.received("nora")) == 2


@on_sqlite
@pytest.mark.parametrize(("minutes", "late"), [(0, 0), (5, 2)])
def test_a_letter_is_late_only_when_its_digest_is(quiet_room: MailRoom, minutes: int, late: int) -> None:
    now = TEN + timedelta(minutes=minutes)

    with quiet_room.portal.database.query() as connection:
        found, (waiting, since) = troubles(connection, now=now), outbox.backlog(connection)

    assert (found.late, waiting, since) == (late, 2, TEN)
