"""A misbehaving mail server: no mail is lost; lost answers repeat mails."""

import random
from collections.abc import Callable, Iterator

import pytest
from tests.cast import Cast
from tests.mailer.mail_room import MailRoom, mailer_to
from tests.mailer.post_office import DROP, HANG, PostOffice, open_post_office

from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailStatus

# In the suite, and in a long run: 10,000 mails.
TICKETS = (40, 3334)
PATIENCE_SECONDS = 0.3
# Of a thousand answers to a step of a mail, how many are none that we hoped for.
MOODS = {"451 4.3.0 try later": 30, "452 4.3.1 no space": 20, DROP: 20, "what?": 10, HANG: 1}


class MoodyOffice(PostOffice):
    """An office that mostly does what it should."""

    def __init__(self) -> None:
        super().__init__()
        # S311: chance, and the same one each time, so that a failure can be had again.
        self._chance = random.Random(1042)  # noqa: S311

    def next_answer(self, command: str, otherwise: str) -> str:
        moods, weights = [*MOODS, otherwise], [*MOODS.values(), 1000 - sum(MOODS.values())]
        return self._chance.choices(moods, weights)[0]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office(MoodyOffice()) as office:
        yield office


@pytest.fixture
def room(portal: Portal, cast: Cast, office: PostOffice) -> MailRoom:
    folder = portal.settings.data_dir
    mailer = mailer_to(office, portal.database, cast, folder=folder, patience=PATIENCE_SECONDS)
    return MailRoom(portal, cast, office, mailer)


@pytest.mark.fault(22, 23, 24, 26, 27, 28, 29)
def test_every_mail_arrives_and_twice_only_where_an_answer_was_lost(
    room: MailRoom, rounds: Callable[[int, int], int]
) -> None:
    room.open_tickets(rounds(*TICKETS))

    room.send_all()

    copies, messages = room.copies(), room.messages()
    assert {message.status for message in messages} == {MailStatus.SENT}
    assert [message.id for message in messages if not 1 <= copies[message.id] <= 1 + message.doubts] == []
    assert set(copies) == {message.id for message in messages}
    assert copies.total() > len(messages)
