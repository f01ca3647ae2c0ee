"""The right to a mail is checked again when it is sent."""

from tests.mailer.mail_room import MailRoom, change_account

from izarlink_tickets import outbox


def test_a_person_who_was_deactivated_meanwhile_is_not_notified(busy_room: MailRoom) -> None:
    busy_room.portal.accounts.deactivate(busy_room.cast.context("root"), email="alice@etxea.example")

    busy_room.send()

    assert busy_room.readers() == ["nora", "sam"]
    message = busy_room.message_to("alice")
    assert (message.status, message.last_answer) == ("cancelled", "the account is closed")


def test_a_person_who_moved_to_another_company_is_not_notified(busy_room: MailRoom) -> None:
    change_account(busy_room, "alice", organisation_id=busy_room.cast["charlie"].organisation_id)

    busy_room.send()

    assert busy_room.readers() == ["nora", "sam"]
    assert busy_room.message_to("alice").status == "cancelled"


def test_a_watcher_who_was_removed_meanwhile_is_not_notified(busy_room: MailRoom) -> None:
    tickets, cast = busy_room.portal.tickets, busy_room.cast
    tickets.add_watcher(cast.context("sam"), number=busy_room.number, account_id=cast["carol"].id)
    tickets.remove_watcher(cast.context("sam"), number=busy_room.number, account_id=cast["carol"].id)

    busy_room.send()

    assert "carol" not in busy_room.readers()


def test_an_internal_note_is_mailed_only_to_those_it_mentions(busy_room: MailRoom) -> None:
    cast, mentioned = busy_room.cast, [busy_room.cast["nora"].id]
    busy_room.send()
    busy_room.office.received.clear()
    busy_room.portal.tickets.add_internal_note(
        cast.context("sam"), number=busy_room.number, text="Client difficile.", mentioned_ids=mentioned
    )

    busy_room.send()

    assert busy_room.readers() == ["nora"]
    assert "Client difficile." in busy_room.mail_to("nora").text


def test_a_message_to_a_customer_about_an_internal_note_is_cancelled(busy_room: MailRoom) -> None:
    cast = busy_room.cast
    busy_room.portal.tickets.add_watcher(cast.context("sam"), number=busy_room.number, account_id=cast["carol"].id)
    with busy_room.portal.database.command() as connection:
        outbox.discard(connection, now=cast.clock.now)
    note = busy_room.portal.tickets.add_internal_note(cast.context("sam"), number=busy_room.number, text="Difficile.")
    with busy_room.portal.database.command() as connection:
        outbox.enqueue(
            connection,
            kind=outbox.MailKind.TICKET,
            actor_id=cast["sam"].id,
            command_id="c0000000-0000-4000-8000-000000000001",
            account_id=cast["carol"].id,
            number=busy_room.number,
            entry=note.entry,
            now=cast.clock.now,
        )

    busy_room.send()

    assert busy_room.readers() == []
    assert busy_room.statuses() == {"carol": "cancelled"}
