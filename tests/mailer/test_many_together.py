"""Many mails of one lease: loaded, sent and recorded together."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, update
from tests.mailer.mail_room import MailRoom

from izarlink_tickets.application import Portal
from izarlink_tickets.mailer import Smtp, sending
from izarlink_tickets.mailer.delivery import OutgoingMail
from izarlink_tickets.mailer.rendering import Parts, render
from izarlink_tickets.projections.history_queries import LIVE


@contextmanager
def counted_statements(portal: Portal) -> Iterator[list[str]]:
    """Collect the statements of the block."""
    statements: list[str] = []

    def collect(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    # Private, but nothing else of the database sees them all.
    engines = (portal.database._reads, portal.database._writes)  # noqa: SLF001
    for engine in engines:
        event.listen(engine, "before_cursor_execute", collect)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", collect)


def test_more_mails_need_no_more_statements(busy_room: MailRoom) -> None:
    with counted_statements(busy_room.portal) as few:
        busy_room.send()
    busy_room.open_tickets(6)

    with counted_statements(busy_room.portal) as many:
        busy_room.send()

    assert len(busy_room.received()) == 21
    assert len(many) == len(few)


def test_more_mails_than_a_lease_holds_go_out_in_one_round(
    busy_room: MailRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_TOGETHER", 2)

    sent = busy_room.send()

    assert sent == 3
    assert set(busy_room.copies().values()) == {1}


def test_a_slow_server_gets_few_mails_per_lease_and_all_in_the_end(
    busy_room: MailRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TOGETHER_SECONDS", -1.0)
    busy_room.open_ticket()

    sent = busy_room.send()

    assert sent == 6
    assert [(message.attempts, message.doubts) for message in busy_room.messages()] == [(1, 0)] * 6


def test_an_entry_that_cannot_be_read_fails_its_own_mails_only(busy_room: MailRoom) -> None:
    damaged = busy_room.number
    busy_room.open_ticket()
    with busy_room.portal.database.command() as connection:
        connection.execute(update(LIVE.rows).where(LIVE.rows.c.number == damaged).values(facts="{"))

    sent = busy_room.send()

    failed = [message for message in busy_room.messages() if message.status == "failed"]
    assert (sent, [message.number for message in failed]) == (3, [damaged] * 3)
    assert {message.last_answer for message in failed} == {"can't be built: JSONDecodeError"}


def test_a_stop_ends_the_round_after_the_mail_under_way(busy_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = Smtp.deliver

    def deliver_and_stop(transport: Smtp, mail: OutgoingMail, *, deadline: float) -> str:
        busy_room.mailer.stop()
        return deliver(transport, mail, deadline=deadline)

    monkeypatch.setattr(Smtp, "deliver", deliver_and_stop)

    sent = busy_room.send()
    left_to_others = busy_room.another_mailer().send_due()

    assert (sent, left_to_others) == (1, 2)
    assert [message.doubts for message in busy_room.messages()] == [0, 0, 0]


def test_readers_of_the_same_words_share_a_rendered_body(busy_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []

    def count(template: str, *, subject: str, language: str, **values: object) -> Parts:
        rendered.append(template)
        return render(template, subject=subject, language=language, **values)

    monkeypatch.setattr("izarlink_tickets.mailer.messages.render", count)

    busy_room.send()

    assert len(busy_room.received()) == 3
    # nora and sam read the same, alice her acknowledgement.
    assert len(rendered) == 2
    assert busy_room.mail_to("nora").html == busy_room.mail_to("sam").html
