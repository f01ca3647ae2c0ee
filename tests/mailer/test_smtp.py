"""One mail at a server that answers in every possible way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic

import pytest
from tests.mailer.post_office import DROP, HANG, PostOffice, closed_port, server_saying, smtp_server

from izarlink_tickets.config import SmtpServer
from izarlink_tickets.mailer import Deferred, Refused, ServerUnreachable, Smtp
from izarlink_tickets.mailer.delivery import NotDelivered, OutgoingMail, ServerBusy
from izarlink_tickets.mailer.sending import MAIL_SECONDS
from izarlink_tickets.mailer.smtp import TIMEOUT_SECONDS
from izarlink_tickets.outbox import LEASE_SECONDS

CONTENT = b"From: support@izarlink.example\r\nTo: alice@etxea.example\r\n\r\nBonjour\r\n"
MAIL = OutgoingMail("mail-1", "alice@etxea.example", datetime(2026, 11, 22, tzinfo=UTC), CONTENT)
# A busy machine may take its time to answer; an answer that never comes is waited for in vain.
PATIENCE_SECONDS, VAIN_PATIENCE_SECONDS = 60, 3


def in_time() -> float:
    return monotonic() + 2 * PATIENCE_SECONDS


def smtp(server: SmtpServer, *, timeout: float = PATIENCE_SECONDS) -> Smtp:
    return Smtp(server, sender="support@izarlink.example", host="support.example", timeout=timeout)


@pytest.fixture(params=[False, True], ids=["one-by-one", "pipelined"])
def office(office: PostOffice, request: pytest.FixtureRequest) -> PostOffice:
    office.pipelines = request.param
    return office


@pytest.fixture
def transport(office: PostOffice, request: pytest.FixtureRequest) -> Iterator[Smtp]:
    patience = VAIN_PATIENCE_SECONDS if HANG in request.node.name else PATIENCE_SECONDS
    transport = smtp(office.server, timeout=patience)
    transport.prepare()
    yield transport
    transport.close()


def test_a_mail_arrives_unchanged(office: PostOffice, transport: Smtp) -> None:
    answer = transport.deliver(MAIL, deadline=in_time())

    assert answer == "250 2.0.0 Ok: queued as 4XYZ"
    assert [(mail.sender, mail.recipient, mail.raw) for mail in office.received] == [
        ("support@izarlink.example", "alice@etxea.example", CONTENT)
    ]


def test_lone_dots_survive(office: PostOffice, transport: Smtp) -> None:
    content = CONTENT + b".\r\n..\r\n.fin\r\n"

    transport.deliver(OutgoingMail(MAIL.name, MAIL.recipient, MAIL.at, content), deadline=in_time())

    assert office.received[0].raw == content


def test_one_connection_serves_many_mails(office: PostOffice, transport: Smtp) -> None:
    for _ in range(3):
        transport.prepare()
        transport.deliver(MAIL, deadline=in_time())

    assert len(office.received) == 3
    assert office.connections == 1


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        pytest.param("MAIL", "451 4.3.0 try later", marks=pytest.mark.fault(22)),
        ("MAIL", "553 5.7.1 sender not yours"),
        ("MAIL", "what?"),
        pytest.param("RCPT", "450 4.2.0 greylisted", marks=pytest.mark.fault(23)),
        pytest.param("RCPT", "452 4.2.2 mailbox full", marks=pytest.mark.fault(24)),
        ("RCPT", "what?"),
        pytest.param("DATA", "451 4.3.0 try later", marks=pytest.mark.fault(26)),
    ],
)
def test_a_temporary_refusal_defers_the_mail(office: PostOffice, transport: Smtp, command: str, answer: str) -> None:
    office.will_answer(command, answer)

    with pytest.raises(Deferred) as deferred:
        transport.deliver(MAIL, deadline=in_time())

    assert not deferred.value.is_doubtful
    assert office.received == []


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        pytest.param("RCPT", "550 5.1.1 no such user", marks=pytest.mark.fault(25)),
        pytest.param("DATA", "554 5.7.1 we take this for spam", marks=pytest.mark.fault(26)),
    ],
)
def test_a_final_refusal_carries_the_answer_of_the_server(
    office: PostOffice, transport: Smtp, command: str, answer: str
) -> None:
    office.will_answer(command, answer)

    with pytest.raises(Refused) as refused:
        transport.deliver(MAIL, deadline=in_time())

    assert refused.value.answer == answer
    assert office.received == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(DROP, marks=pytest.mark.fault(27)),
        pytest.param(HANG, marks=pytest.mark.fault(28)),
        pytest.param("what?", marks=pytest.mark.fault(29)),
        pytest.param("999 never heard of", marks=pytest.mark.fault(29)),
    ],
)
def test_an_answer_that_is_lost_after_the_final_dot_leaves_a_doubt(
    office: PostOffice, transport: Smtp, answer: str
) -> None:
    office.will_answer("DATA", answer)

    with pytest.raises(Deferred) as deferred:
        transport.deliver(MAIL, deadline=in_time())

    assert deferred.value.is_doubtful
    assert len(office.received) == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
@pytest.mark.parametrize("answer", [DROP, HANG])
def test_a_connection_that_is_lost_before_leaves_none(
    office: PostOffice, transport: Smtp, command: str, answer: str
) -> None:
    office.will_answer(command, answer)

    with pytest.raises(Deferred) as deferred:
        transport.deliver(MAIL, deadline=in_time())

    assert not deferred.value.is_doubtful
    assert office.received == []


@pytest.mark.parametrize("answer", [DROP, "421 4.7.0 too many mails"])
def test_a_connection_that_ends_between_two_mails_costs_no_attempt(
    office: PostOffice, transport: Smtp, answer: str
) -> None:
    transport.deliver(MAIL, deadline=in_time())
    office.will_answer("MAIL", answer)

    transport.deliver(MAIL, deadline=in_time())

    assert (len(office.received), office.connections) == (2, 2)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("mails_before", [0, 1])
def test_a_421_costs_no_attempt_whenever_it_comes(
    office: PostOffice, transport: Smtp, command: str, mails_before: int
) -> None:
    for _ in range(mails_before):
        transport.deliver(MAIL, deadline=in_time())
    office.will_answer(command, "421 4.7.0 too many mails")

    transport.deliver(MAIL, deadline=in_time())

    assert (len(office.received), office.connections) == (mails_before + 1, 2)


@pytest.mark.parametrize(
    ("command", "failure"), [("MAIL", ServerUnreachable), ("RCPT", ServerBusy), ("DATA", ServerBusy)]
)
def test_a_server_that_always_ends_the_connection_is_no_fault_of_the_mail(
    office: PostOffice, transport: Smtp, command: str, failure: type[NotDelivered]
) -> None:
    office.will_answer(command, *["421 4.7.0 too many mails"] * 2)

    with pytest.raises(failure) as busy:
        transport.deliver(MAIL, deadline=in_time())

    assert busy.value.answer == "421 4.7.0 too many mails"


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["450 4.2.0 later", "550 5.1.1 never", "what?", DROP, HANG])
def test_the_next_mail_goes_out_whatever_happened_to_the_last(
    office: PostOffice, transport: Smtp, command: str, answer: str
) -> None:
    office.will_answer(command, answer)
    with pytest.raises((Deferred, Refused)):
        transport.deliver(MAIL, deadline=in_time())
    office.received.clear()

    transport.prepare()
    transport.deliver(MAIL, deadline=in_time())

    assert len(office.received) == 1


def test_nothing_is_sent_after_the_deadline(office: PostOffice, transport: Smtp) -> None:
    with pytest.raises(Deferred) as deferred:
        transport.deliver(MAIL, deadline=monotonic() - 0.001)

    assert not deferred.value.is_doubtful
    assert office.received == []


def test_the_stored_answer_lacks_the_recipients_address(office: PostOffice, transport: Smtp) -> None:
    office.will_answer("RCPT", "550 5.1.1 <Alice@Etxea.example>: Recipient address rejected")

    with pytest.raises(Refused) as refused:
        transport.deliver(MAIL, deadline=in_time())

    assert refused.value.answer == "550 5.1.1 <…>: Recipient address rejected"


@pytest.mark.fault(20)
def test_a_server_that_is_down_is_unreachable() -> None:
    with pytest.raises(ServerUnreachable):
        smtp(smtp_server(closed_port())).prepare()


@pytest.mark.parametrize(
    "greeting",
    [
        pytest.param(b"421 4.3.2 shutting down\r\n", marks=pytest.mark.fault(21)),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", marks=pytest.mark.fault(29)),
        pytest.param(b"", marks=pytest.mark.fault(28)),
        pytest.param(b"220 ", marks=pytest.mark.fault(28)),
    ],
)
def test_a_server_that_does_not_greet_is_unreachable(greeting: bytes) -> None:
    with server_saying(greeting) as server, pytest.raises(ServerUnreachable):
        smtp(server, timeout=VAIN_PATIENCE_SECONDS).prepare()


def test_one_mail_takes_less_than_its_lease_whatever_the_server_does() -> None:
    assert TIMEOUT_SECONDS == 30
    assert TIMEOUT_SECONDS < MAIL_SECONDS < LEASE_SECONDS
