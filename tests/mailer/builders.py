"""A message to alice about an answer of nora's, built by hand.

It can hold what the portal would refuse.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.domain.people import ALICE, ETXEA, FIBRE, NORA

from izarlink_tickets.accounts import Account, MailPace, Theme
from izarlink_tickets.database import microseconds_of
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import MailKind, MailStatus, OutboxMessage
from izarlink_tickets.projections.history_queries import AttachedFile, Entry, HistoryStep, Timeline
from izarlink_tickets.projections.ticket_queries import TicketRow

AT = datetime(2026, 11, 22, 9, 42, tzinfo=UTC)

MESSAGE = OutboxMessage(
    id="1e770000-0000-4000-8000-000000000001",
    kind=MailKind.TICKET,
    command_id="c0000000-0000-4000-8000-000000000001",
    account_id=ALICE.account_id,
    number=1042,
    entry=14,
    address=None,
    status=MailStatus.WAITING,
    created_at=AT,
    due_at=AT,
    attempts=0,
    doubts=0,
    finished_at=None,
    last_answer=None,
)
ACCOUNT = Account(
    id=ALICE.account_id,
    email="alice@etxea.example",
    pending_email=None,
    name="Alice Etcheverry",
    phone="",
    role=Role.CUSTOMER,
    organisation_id=ETXEA,
    active=True,
    password_changed_at=AT,
    created_at=AT,
    confirmed_at=None,
    last_signed_in_at=None,
    locale="fr",
    timezone="Europe/Paris",
    theme=Theme.AUTO,
    mails_own_acts=True,
    mails_new_tickets=True,
    single_keys=True,
    mail_pace=MailPace.EACH,
    mails_company_tickets=False,
    unread_since=None,
)
TICKET = TicketRow(
    number=1042,
    version=14,
    title="Débit à 2 Mbit/s",
    ticket_type="INCIDENT",
    category="COUPURE_TOTALE",
    category_label="Coupure totale",
    urgency=4,
    impact=4,
    priority=4,
    state="EN_COURS",
    awaiting=None,
    state_since_us=microseconds_of(AT),
    opened_us=microseconds_of(AT),
    last_activity_us=microseconds_of(AT),
    unanswered_since_us=microseconds_of(AT),
    organisation_id=ETXEA,
    organisation_name="Boulangerie Etxea",
    requester_id=ALICE.account_id,
    requester_name="Alice Etcheverry",
    requester_is_active=True,
    assignee_id=NORA.account_id,
    assignee_name="Nora Iriart",
    assignee_is_active=True,
    service_id=FIBRE.service_id,
    service_reference="FTTO-00417",
    service_label="Fibre FTTO Lyon 3e",
    service_site="",
    related_to=None,
    solution_version=0,
    solution_entry=None,
    solution_author_id=None,
    staff_has_acted=True,
    cancellation_is_requested=False,
    news_version=14,
    news_actor_id=NORA.account_id,
    seen_version=None,
    closes_on=None,
    customer_is_silent=False,
)
ENTRY = Entry(
    number=14,
    position=99,
    at=AT,
    actor_id=NORA.account_id,
    actor_name="Nora Iriart",
    role="support",
    channel="web",
    command_id="c0000000-0000-4000-8000-000000000001",
    is_public=True,
    previous_state="EN_COURS",
    state="EN_COURS",
    awaiting=None,
    steps=(HistoryStep("FollowUpAdded", 14, "Pouvez-vous vérifier ?", {}),),
)
FILE = AttachedFile("f0000000-0000-4000-8000-000000000001", "mesure.pdf", 146_432, "application/pdf", "a" * 64, 14)


def news(
    *, words: str | None = "Pouvez-vous vérifier ?", file: AttachedFile | None = None, **ticket_facts: Any
) -> TicketNews:
    """Build the mail's content, with another text, a file, or other facts."""
    steps = (HistoryStep("FollowUpAdded", 14, words, {}),)
    entry = replace(ENTRY, steps=steps, files=(file,) if file else ())
    return TicketNews(ACCOUNT, TICKET._replace(**ticket_facts), Timeline([entry]))
