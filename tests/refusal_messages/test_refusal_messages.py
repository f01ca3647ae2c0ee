"""Every refusal has one sentence, in French and in English."""

import re
from datetime import UTC, datetime

import pytest
from tests.refusal_messages.samples import all_refusals

from izarlink_tickets import attachments
from izarlink_tickets.accounts import PasswordFault, TooManyAttempts
from izarlink_tickets.accounts.passwords import PasswordTooWeak
from izarlink_tickets.attachments import ArchiveFault, ArchiveRefused
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.i18n import use_language
from izarlink_tickets.refusal_messages import message_for

SINCE = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
VARIANTS = [
    *(ArchiveRefused("plan.zip", fault, entry) for fault in ArchiveFault for entry in ("", "a.exe")),
    *(PasswordTooWeak(fault) for fault in PasswordFault),
    *(errors.TextMissing(field) for field in ("title", "comment", "question", "note", "reason", "solution", "body")),
    *(errors.TextTooLong(field, 20, 21) for field in ("title", "comment", "reason", "solution", "label", "body")),
]
CASES = {repr(refusal): refusal for refusal in (*all_refusals(), *VARIANTS)}
CLASS_NAME = re.compile(r"\b[A-Z][a-z]+[A-Z]\w*")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("refusal", CASES.values(), ids=CASES.keys())
def test_every_refusal_has_a_whole_sentence(refusal: Refusal, language: str):
    with use_language(language):
        message = message_for(refusal)

    assert message.endswith((".", "?"))
    assert "%(" not in message
    assert CLASS_NAME.findall(message.replace("IzarLink", "")) == []


@pytest.mark.parametrize("refusal", CASES.values(), ids=CASES.keys())
def test_every_refusal_is_translated(refusal: Refusal):
    with use_language("en"):
        english = message_for(refusal)

    assert english != message_for(refusal)


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (errors.TextMissing("title"), "Saisissez un titre."),
        (errors.TextTooShort("title", 3), "Saisissez un titre de 3 caractères au moins."),
        (
            errors.TextTooLong("title", 150, 212),
            "Raccourcissez le titre : 150 caractères au plus (vous en avez 212).",
        ),
        (
            errors.TextTooLong("text", 20000, 20001),
            "Raccourcissez le texte : 20 000 caractères au plus (vous en avez 20 001).",
        ),
        (errors.TooManyFiles(5, ("6.txt",)), "Joignez 5 fichiers au plus. En trop : « 6.txt »."),
        (
            errors.TooManyFiles(5, tuple("abcdefgh")),
            "Joignez 5 fichiers au plus. En trop : « a », « b », « c », « d », « e » et 3 autres.",
        ),
        (errors.UrgencyMissing(), "Indiquez l’urgence."),
        (
            errors.WrongState(State.PENDING, SINCE),
            "Ce n’est pas possible : le ticket est dans l’état « En attente ».",
        ),
        (
            attachments.FileTooLarge("plan.pdf", 3_250_585, 2_097_152),
            "Le fichier « plan.pdf » doit peser 2 Mo au plus (le vôtre : 3,1 Mo).",
        ),
        (attachments.FileEmpty("vide.txt"), "Le fichier « vide.txt » est vide."),
        (
            attachments.FileKindRefused("a.xyz", ("pdf", "png")),
            "Le type du fichier « a.xyz » n’est pas accepté. Types acceptés : pdf, png.",
        ),
        (
            attachments.FileKindRefused("Devis.DOC", ("pdf", "png")),
            "Le fichier « Devis.DOC » n’est pas accepté : enregistrez-le en PDF.",
        ),
        (
            attachments.FileKindRefused("a.exe.pdf", ("pdf", "png")),
            (
                "Le fichier « a.exe.pdf » n’est pas accepté : aucun programme ne l’est. Joignez plutôt une "
                "capture d’écran."
            ),
        ),
        (
            attachments.FileKindRefused("LISEZMOI", ("pdf", "png")),
            "Le fichier « LISEZMOI » n’est pas accepté : ajoutez une extension à son nom, par exemple .txt ou .pdf.",
        ),
        (
            ArchiveRefused("journaux.zip", ArchiveFault.KIND, "outils/setup.exe"),
            "Le fichier « journaux.zip » contient « outils/setup.exe », d’un type qui n’est pas accepté : retirez-le.",
        ),
        (
            ArchiveRefused("note.docx", ArchiveFault.REMOTE, "https://a.example/m.dotm"),
            (
                "Le fichier « note.docx » fait appel à un autre serveur : retirez cette liaison, ou enregistrez-le en "
                "PDF (« https://a.example/m.dotm »)."
            ),
        ),
        (
            errors.CommandAlreadyUsed(1042),
            "Ce formulaire a déjà été envoyé (ticket n° 1042). Envoyez-le de nouveau si c’est bien une autre demande.",
        ),
        (TooManyAttempts(61), "Trop de tentatives. Par sécurité, réessayez dans 2 minutes."),
        (TooManyAttempts(5), "Trop de tentatives. Par sécurité, réessayez dans 1 minute."),
    ],
)
def test_the_sentence_contains_what_the_refusal_carries(refusal: Refusal, message: str):
    assert " ".join(message_for(refusal).split()) == message


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (TooManyAttempts(61), "Too many attempts. For security reasons, try again in 2 minutes."),
        (errors.WrongState(State.IN_PROGRESS, SINCE), "That is not possible while the ticket is “In progress”."),
        (errors.TooManyFiles(1), "Attach at most 1 file."),
    ],
)
def test_english_has_its_own_plurals_and_labels(refusal: Refusal, message: str):
    with use_language("en"):
        assert message_for(refusal) == message


@pytest.mark.parametrize(("timezone", "day"), [("UTC", "01/11/2026"), ("Europe/Paris", "02/11/2026")])
def test_a_day_is_that_of_the_reader(timezone: str, day: str):
    refusal = errors.TicketIsClosed(State.CLOSED, SINCE)

    assert message_for(refusal, timezone=timezone) == f"Ce ticket est déjà clôturé, depuis le {day}."
