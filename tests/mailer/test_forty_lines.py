"""Mails to a company with many services and its company role."""

import email
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default

import pytest
from tests.mailer import builders
from tests.mailer.mail_room import BRANDING
from tests.mailer.post_office import text_of

from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.mailer.messages import build_mail
from izarlink_tickets.mailer.ticket_mail import TicketNews


def message_about(about: TicketNews) -> EmailMessage:
    mail = build_mail(builders.MESSAGE, about, BRANDING, now=builders.AT)
    message = email.message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("subtype", ["plain", "html"])
def test_a_mail_names_the_reference_and_the_site(subtype: str) -> None:
    message = message_about(builders.news(service_site="Lyon 3e"))

    assert "FTTO-00417 – Fibre FTTO Lyon 3e – Lyon 3e" in " ".join(text_of(message, subtype).split())


def test_a_mail_to_those_told_of_all_tickets_gives_that_reason() -> None:
    bob = replace(builders.ACCOUNT, id="b" * 36, role=Role.COMPANY, mails_company_tickets=True)

    message = message_about(replace(builders.news(), account=bob))

    words = " ".join(text_of(message, "plain").split())
    assert "Vous recevez ce message car vous avez demandé à suivre tous les tickets de votre société." in words
