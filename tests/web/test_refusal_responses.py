"""HTTP status, form field and message of refusals on pages."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from tests.web.browsing import Browser

from izarlink_tickets import attachments, directory
from izarlink_tickets.accounts import TooManyAttempts
from izarlink_tickets.application.spreadsheets import import_errors
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.web.errors import field_of, message_for, status_of

pytestmark = pytest.mark.sqlite_only("messages, statuses and fields")

SINCE = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("refusal", "status", "field"),
    [
        (errors.TextMissing("title"), 422, "title"),
        (errors.TextTooShort("title", 3), 422, "title"),
        (errors.TextTooLong("text", 20000, 20001), 422, "text"),
        (errors.UnknownChoice("urgency"), 400, "urgency"),
        (errors.TooManyFiles(5, ("6.txt",)), 413, "files"),
        (errors.UrgencyMissing(), 422, "urgency"),
        (errors.TicketIsClosed(State.CLOSED, SINCE), 409, None),
        (errors.WrongState(State.PENDING, SINCE), 409, None),
        (errors.SolutionApprovedByItsAuthor(), 403, None),
        (errors.NothingChanges(), 422, None),
        (errors.TicketNotFound(7), 404, None),
        (attachments.FileTooLarge("plan.pdf", 3_250_585, 2_097_152), 413, "files"),
        (attachments.FileEmpty("vide.txt"), 422, "files"),
        (attachments.FileKindRefused("a.php", ("pdf", "png")), 415, "files"),
        (errors.CommandAlreadyUsed(1042), 409, None),
        (TooManyAttempts(61), 429, None),
        (directory.NameTaken("Etxea"), 422, "name"),
        (directory.OrganisationInactive(), 409, "organisation"),
        (import_errors.TooManyLines(1000), 422, "file"),
    ],
)
def test_each_refusal_has_its_status_and_field(refusal: Refusal, status: int, field: str | None):
    assert (status_of(refusal), field_of(refusal)) == (status, field)


def test_a_day_in_a_message_is_the_viewer_s(app: Flask):
    with app.test_request_context("/"):
        message = message_for(errors.TicketIsClosed(State.CLOSED, SINCE))

    assert message == "Ce ticket est déjà clôturé, depuis le 02/11/2026."


def test_the_message_beside_a_field_is_also_in_the_summary(alice: Browser):
    page = alice.send("/profil", {"name": "", "email": "", "phone": "x"})

    assert page.errors == [page.error_at("email")]
