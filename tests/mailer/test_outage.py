"""A mail server that is away for a while delays mails only."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from tests.mailer.mail_room import MailRoom, mailer_to
from tests.mailer.post_office import PostOffice, Received, closed_port, smtp_server

from izarlink_tickets.mailer import ServerUnreachable

# On each of three tickets, in the suite, and in a long run: 1,000 in all.
COMMANDS = (5, 334)


class NobodyThere(PostOffice):
    """An office that is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.server = smtp_server(closed_port())


@pytest.mark.fault(20, 31)
def test_ten_minutes_without_a_server_lose_and_reorder_no_mail(
    room: MailRoom, rounds: Callable[[int, int], int]
) -> None:
    commands = rounds(*COMMANDS)
    numbers = [room.open_ticket() for _ in range(3)]
    talk_while_the_server_is_down(room, numbers, commands=commands)
    waiting = [message.attempts for message in room.messages()]

    room.send_all()

    entries = [entry_of(mail) for mail in room.received("alice")]
    assert set(waiting) == {0}
    assert Counter(number for number, _ in entries) == dict.fromkeys(numbers, 1 + commands)
    # Sorted by ticket alone they are sorted by entry, too.
    assert sorted(entries, key=lambda entry: entry[0]) == sorted(entries)


def talk_while_the_server_is_down(room: MailRoom, numbers: Sequence[int], *, commands: int) -> None:
    """Write on each ticket as sam, during ten minutes without a server."""
    mailer = mailer_to(NobodyThere(), room.portal.database, room.cast, folder=room.portal.settings.data_dir)
    for _ in range(commands):
        for number in numbers:
            room.portal.tickets.add_follow_up(room.cast.context("sam"), number=number, text="Nous cherchons.")
        room.cast.clock.advance(minutes=10 / commands)
        with pytest.raises(ServerUnreachable):
            mailer.send_due()


def entry_of(mail: Received) -> tuple[int, int]:
    """Return the ticket and entry in the link of a mail."""
    match = re.search(r"/tickets/(\d+)\?entree=(\d+)", mail.text)
    assert match
    return int(match[1]), int(match[2])
