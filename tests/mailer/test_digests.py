"""Digests: several messages to a member of staff in one mail."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from tests.faults.invariants import breaches
from tests.mailer.builders import ACCOUNT
from tests.mailer.digest_hours import TEN, choose, messages_to, statuses_of, wait_until_ten
from tests.mailer.mail_room import MailRoom
from tests.mailer.post_office import OK

from izarlink_tickets import outbox
from izarlink_tickets.accounts import MailPace, accounts
from izarlink_tickets.application import open_portal
from izarlink_tickets.mailer.digests import digest_time
from izarlink_tickets.outbox import MailStatus
from izarlink_tickets.outbox.deliveries import count_mail_problems

on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("stage", ["postgresql"], indirect=True)

SUMMARY = """\
Voici votre résumé : 3 opérations sur 2 tickets.

n° 1 · Débit à 2 Mbit/s · Boulangerie Etxea

Alice Etcheverry (côté client) a ouvert le ticket le 02/11/2026 à 09:00.
https://support.example/tickets/1?entree=1#e1

Alice Etcheverry (côté client) a demandé l’annulation du ticket le 02/11/2026 à 09:00.
https://support.example/tickets/1?entree=3#e3

n° 2 · <b>Coupure</b> · Boulangerie Etxea

Alice Etcheverry (côté client) a ouvert le ticket le 02/11/2026 à 09:00.
https://support.example/tickets/2?entree=1#e1

—
Vous recevez un résumé par heure parce que vous l’avez choisi.
Les notes qui vous mentionnent et les tickets qui vous sont affectés font toujours l’objet d’un mail immédiat.
Vos préférences :
https://support.example/profil/personnalisation
"""


def test_messages_of_an_hour_come_in_one_mail_and_keep_their_rows(quiet_room: MailRoom) -> None:
    at_once = quiet_room.readers()
    wait_until_ten(quiet_room)

    sent = quiet_room.send()

    messages = messages_to(quiet_room, "nora")
    assert at_once == ["alice", "alice", "sam", "sam"]
    assert (sent, len(quiet_room.received("nora"))) == (1, 1)
    assert [(message.status, message.last_answer, message.attempts, message.finished_at) for message in messages] == [
        (MailStatus.SENT, OK, 1, TEN)
    ] * 2
    assert breaches(quiet_room.portal) == []


@on_sqlite
def test_a_digest_names_each_ticket_what_happened_and_where(quiet_room: MailRoom) -> None:
    tickets, cast = quiet_room.portal.tickets, quiet_room.cast
    tickets.assign(cast.context("sam"), number=1, assignee_id=cast["nora"].id)
    tickets.request_cancellation(cast.context("alice"), number=1, reason="Réparé.")
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
def test_a_mention_and_an_assignment_go_out_at_once(quiet_room: MailRoom) -> None:
    tickets, cast = quiet_room.portal.tickets, quiet_room.cast
    tickets.add_internal_note(cast.context("sam"), number=1, text="Vois-tu ?", mentioned_ids=[cast["nora"].id])
    tickets.assign(cast.context("sam"), number=1, assignee_id=cast["nora"].id)

    quiet_room.send()

    assert ["Sam Iriart" in mail.text for mail in quiet_room.received("nora")] == [True, True]
    assert statuses_of(quiet_room, "nora") == ["waiting", "waiting", "sent", "sent"]


@on_sqlite
def test_a_message_that_was_tried_before_the_choice_of_digests_goes_out_alone(room: MailRoom) -> None:
    room.open_ticket()
    (message,) = messages_to(room, "nora")
    with room.portal.database.command() as connection:
        outbox.schedule_retry(connection, message, now=room.cast.clock(), answer="451 try later")
    choose(room, "nora", MailPace.HOURLY)
    room.cast.clock.advance(minutes=1)

    room.send()

    assert statuses_of(room, "nora") == ["sent"]


@on_sqlite
def test_a_digest_of_one_message_is_the_ordinary_mail(room: MailRoom) -> None:
    choose(room, "nora", MailPace.HOURLY)
    room.open_ticket()
    wait_until_ten(room)

    room.send()

    assert room.mail_to("nora").message["Subject"] == "[IzarLink #1] Débit à 2 Mbit/s"
    assert room.copies()[messages_to(room, "nora")[0].id] == 1


@on_sqlite
def test_entries_that_the_recipient_may_no_longer_see_are_left_out(quiet_room: MailRoom) -> None:
    gone = messages_to(quiet_room, "nora")[0].id
    quiet_room.open_ticket(title="Une troisième")
    with quiet_room.portal.database.command() as connection:
        connection.execute(update(outbox.outbox).where(outbox.outbox.c.id == gone).values(number=999))
    quiet_room.send()
    wait_until_ten(quiet_room)

    quiet_room.send()

    cancelled, *others = sorted(messages_to(quiet_room, "nora"), key=lambda message: message.status)
    assert (cancelled.id, cancelled.last_answer) == (gone, "not the reader's to see any more")
    assert [message.status for message in others] == [MailStatus.SENT, MailStatus.SENT]
    assert "2 opérations sur 2 tickets" in quiet_room.mail_to("nora").text.replace("\N{NO-BREAK SPACE}", " ")


@on_sqlite
def test_an_account_that_became_a_customer_gets_no_digest(quiet_room: MailRoom) -> None:
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
    assert [message.digest_at for message in messages_to(room, "alice")] == [None, None]


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
def test_switching_digests_off_releases_the_waiting_messages(quiet_room: MailRoom) -> None:
    choose(quiet_room, "nora", MailPace.EACH)

    quiet_room.send()

    assert len(quiet_room.received("nora")) == 2


@on_sqlite
@pytest.mark.parametrize(("minutes", "late"), [(0, 0), (5, 2)])
def test_a_message_is_late_only_when_its_digest_is(quiet_room: MailRoom, minutes: int, late: int) -> None:
    now = TEN + timedelta(minutes=minutes)

    with quiet_room.portal.database.query() as connection:
        problems, (waiting, since) = count_mail_problems(connection, now=now), outbox.backlog(connection)

    assert (problems.late, waiting, since) == (late, 2, TEN)


# --- the mails of a flood ---------------------------------------------------------------------------------------------


@pytest.fixture
def flooded_room(room: MailRoom) -> Iterator[MailRoom]:
    """Return a room whose customers cause three mails an hour at most."""
    settings = room.portal.settings.model_copy(update={"mails_per_hour": 3})
    room.portal = open_portal(settings, room.portal.keys)
    number = room.open_ticket()
    for nth in range(4):
        room.portal.tickets.add_follow_up(room.cast.context("alice"), number=number, text=f"Encore {nth}.")
    yield room
    room.portal.database.close()


def test_a_flood_reaches_each_person_as_one_mail_an_hour(flooded_room: MailRoom) -> None:
    flooded_room.send()
    at_once = flooded_room.readers()
    flooded_room.office.received.clear()
    wait_until_ten(flooded_room)

    flooded_room.send()

    mail = flooded_room.mail_to("alice")
    assert (at_once, flooded_room.readers()) == (["alice", "nora", "sam"], ["alice", "nora", "sam"])
    assert mail.message["Subject"] == "[IzarLink] Résumé : 4 opérations sur 1 ticket"
    assert "Une même personne a beaucoup écrit en peu de temps" in mail.text
    assert breaches(flooded_room.portal) == []
