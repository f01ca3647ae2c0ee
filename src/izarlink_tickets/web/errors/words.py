"""The sentences that need what a refusal carries: a length, a size, a day, a name."""

from math import ceil

from izarlink_tickets import accounts, attachments
from izarlink_tickets.accounts import contact, passwords
from izarlink_tickets.accounts.passwords import PasswordFault
from izarlink_tickets.attachments import ArchiveFault
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.canned_text import Placeholder, UnknownPlaceholder
from izarlink_tickets.domain.vocabulary import state_label
from izarlink_tickets.i18n import MEBIBYTE
from izarlink_tickets.web.presentation import number, size

MISSING = {
    "title": "Saisissez un titre.",
    "description": "Décrivez votre demande.",
    "comment": "Saisissez un commentaire.",
    "question": "Saisissez votre question.",
    "note": "Saisissez une note.",
    "reason": "Donnez une raison.",
    "solution": "Décrivez la solution.",
    "name": "Saisissez un nom.",
    "label": "Saisissez un libellé.",
    "body": "Saisissez le texte.",
}

ARCHIVE_FAULTS = {
    ArchiveFault.DAMAGED: "est endommagé",
    ArchiveFault.ENCRYPTED: "est protégé par un mot de passe",
    ArchiveFault.TOO_LARGE: "est trop volumineux une fois décompressé",
    ArchiveFault.TOO_MANY_ENTRIES: "contient trop d’éléments",
    ArchiveFault.NESTED: "contient une autre archive",
    ArchiveFault.SYMLINK: "contient un lien",
    ArchiveFault.MACROS: "contient des macros",
    ArchiveFault.KIND: "contient un type de fichier qui n’est pas accepté",
}

PASSWORD_FAULTS = {
    PasswordFault.TOO_SHORT: f"Choisissez un mot de passe de {passwords.MIN_CHARACTERS} caractères au moins.",
    PasswordFault.COMMON: "Ce mot de passe est trop courant. Choisissez-en un autre.",
    PasswordFault.CONTEXT: "Ce mot de passe contient votre nom, votre mail ou celui du portail. Prenez-en un autre.",
    PasswordFault.GUESSABLE: "Ce mot de passe est trop facile à deviner. Prenez plusieurs mots sans lien entre eux.",
    PasswordFault.SAME_AS_BEFORE: "Choisissez un mot de passe différent de l’actuel.",
    PasswordFault.SAME_AS_INITIAL: "Choisissez un mot de passe différent de celui que vous avez reçu par mail.",
}


def quoted(name: str) -> str:
    return f"« {name} »"


def wrong_state(refusal: errors.WrongState) -> str:
    return f"Ce n’est pas possible : le ticket est dans l’état {quoted(state_label(refusal.state))}."


def too_long(refusal: errors.TextTooLong) -> str:
    return f"{number(refusal.maximum)} caractères au plus (vous en avez {number(refusal.length)})."


def too_large(refusal: attachments.FileTooLarge) -> str:
    limit, actual = size(refusal.max_bytes), size(refusal.size)
    if refusal.size > MEBIBYTE:
        # Rounded up: one byte too many must not read « 2 Mo au plus (le vôtre : 2,0 Mo) ».
        tenths = ceil(refusal.size * 10 / MEBIBYTE)
        actual = size(tenths * MEBIBYTE // 10)
    return f"Le fichier {quoted(refusal.name)} doit peser {limit} au plus (le vôtre : {actual})."


def too_many_files(refusal: errors.TooManyFiles) -> str:
    limit = f"Joignez {refusal.maximum} fichiers au plus."
    names = ", ".join(map(quoted, refusal.left_out))
    return f"{limit} En trop : {names}." if names else limit


def kind_refused(refusal: attachments.FileKindRefused) -> str:
    accepted = ", ".join(refusal.accepted)
    return f"Le type du fichier {quoted(refusal.name)} n’est pas accepté. Types acceptés : {accepted}."


def content_mismatch(refusal: attachments.FileContentMismatch) -> str:
    return f"Le contenu du fichier {quoted(refusal.name)} ne correspond pas à .{refusal.extension}."


def archive_refused(refusal: attachments.ArchiveRefused) -> str:
    return f"Le fichier {quoted(refusal.name)} {ARCHIVE_FAULTS[refusal.fault]}."


def already_sent(refusal: errors.CommandAlreadyUsed) -> str:
    ticket = f" (ticket n° {refusal.number})" if refusal.number else ""
    return f"Ce formulaire a déjà été envoyé{ticket}. Envoyez-le de nouveau si c’est bien une autre demande."


def unknown_placeholder(refusal: UnknownPlaceholder) -> str:
    known = ", ".join(f"{{{one.value}}}" for one in Placeholder)
    return f"{quoted(f'{{{refusal.name}}}')} ne sera remplacé par rien. Champs possibles : {known}."


def invalid_email(refusal: contact.InvalidEmail) -> str:
    if refusal.is_ascii:
        return "Saisissez une adresse mail, par exemple prenom.nom@societe.fr."
    return "Saisissez une adresse mail sans accents ni caractères spéciaux."


def too_many_attempts(refusal: accounts.TooManyAttempts) -> str:
    minutes = ceil(refusal.retry_after_seconds / 60)
    return f"Trop de tentatives. Par sécurité, réessayez dans {minutes} minute{'s' if minutes > 1 else ''}."
