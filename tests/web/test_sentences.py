"""Every refusal has its French sentence, its status and its field."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from tests.web.browsing import Browser

from izarlink_tickets import attachments
from izarlink_tickets.accounts import PasswordFault, TooManyAttempts
from izarlink_tickets.attachments import ArchiveFault
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.web.errors import field_of, sentence, status_of
from izarlink_tickets.web.errors.sentences import message_for
from izarlink_tickets.web.errors.words import ARCHIVE_FAULTS, PASSWORD_FAULTS

SINCE = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
# Met on the command line and by the mailer alone, or never: a kind that only stands above others.
UNSEEN = {
    "UnknownAccount",
    "PasswordAlreadyChosen",
    "SchemaIsOlder",
    "SchemaIsNewer",
    "ReadModelsOutdated",
    "TextRefused",
    "ChangedMeanwhile",
    "FileRefused",
}


def kinds_below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from kinds_below(below)


def test_every_refusal_is_told_in_words_of_its_own(app: Flask):
    usual = message_for(Refusal())

    silent = [kind for kind in kinds_below(Refusal) if message_for(kind.__new__(kind)) is usual]

    assert {kind.__name__ for kind in silent} <= UNSEEN


@pytest.mark.parametrize(
    ("refusal", "status", "field", "words"),
    [
        (errors.TextMissing("title"), 422, "title", "Saisissez un titre."),
        (errors.TextTooShort("title", 3), 422, "title", "Saisissez un titre de 3 caractères au moins."),
        (
            errors.TextTooLong("title", 150, 212),
            422,
            "title",
            "Raccourcissez le titre : 150 caractères au plus (vous en avez 212).",
        ),
        (
            errors.TextTooLong("text", 20000, 20001),
            422,
            "text",
            "Raccourcissez le texte : 20 000 caractères au plus (vous en avez 20 001).",
        ),
        (
            errors.TooManyFiles(5, ("6.txt",)),
            413,
            "files",
            "Joignez 5 fichiers au plus. En trop : « 6.txt ».",
        ),
        (
            errors.TooManyFiles(5, tuple("abcdefgh")),
            413,
            "files",
            "Joignez 5 fichiers au plus. En trop : « a », « b », « c », « d », « e » et 3 autres.",
        ),
        (errors.UrgencyMissing(), 422, "urgency", "Indiquez l’urgence."),
        (
            errors.TicketIsClosed(State.CLOSED, SINCE),
            409,
            None,
            "Ce ticket est déjà clôturé, depuis le 02/11/2026.",
        ),
        (
            errors.WrongState(State.PENDING, SINCE),
            409,
            None,
            "Ce n’est pas possible : le ticket est dans l’état « En attente ».",
        ),
        (
            attachments.FileTooLarge("plan.pdf", 3_250_585, 2_097_152),
            413,
            "files",
            "Le fichier « plan.pdf » doit peser 2 Mo au plus (le vôtre : 3,1 Mo).",
        ),
        (attachments.FileEmpty("vide.txt"), 422, "files", "Le fichier « vide.txt » est vide."),
        (
            attachments.FileKindRefused("a.php", ("pdf", "png")),
            415,
            "files",
            "Le type du fichier « a.php » n’est pas accepté. Types acceptés : pdf, png.",
        ),
        (
            errors.CommandAlreadyUsed(1042),
            409,
            None,
            "Ce formulaire a déjà été envoyé (ticket n° 1042). Envoyez-le de nouveau si c’est bien une autre demande.",
        ),
        (TooManyAttempts(61), 429, None, "Trop de tentatives. Par sécurité, réessayez dans 2 minutes."),
        (TooManyAttempts(5), 429, None, "Trop de tentatives. Par sécurité, réessayez dans 1 minute."),
    ],
)
def test_what_a_refusal_carries_is_said(app: Flask, refusal: Refusal, status: int, field: str | None, words: str):
    with app.test_request_context("/"):
        said = " ".join(sentence(refusal).split())

    assert (status_of(refusal), field_of(refusal), said) == (status, field, words)


def test_each_fault_of_a_file_or_a_password_has_its_words(app: Flask):
    assert set(ARCHIVE_FAULTS) == set(ArchiveFault)
    assert set(PASSWORD_FAULTS) == set(PasswordFault)


def test_the_same_refusal_beside_a_field_and_in_the_summary_says_the_same(alice: Browser):
    page = alice.send("/profil", {"name": "", "email": "", "phone": "x"})

    assert page.errors == [page.error_at("email")]
