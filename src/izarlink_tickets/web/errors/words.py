"""The sentences that need what a refusal carries: a length, a size, a day, a name."""

from collections.abc import Sequence
from math import ceil

from izarlink_tickets import accounts, attachments
from izarlink_tickets.accounts import contact
from izarlink_tickets.accounts.passwords import PasswordFault
from izarlink_tickets.attachments import ArchiveFault
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.canned_response import Placeholder, UnknownPlaceholder
from izarlink_tickets.domain.vocabulary import state_label
from izarlink_tickets.i18n import MEBIBYTE, ngettext, spoken
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.template_globals import number, size

MISSING = {
    "title": _l("Saisissez un titre."),
    "description": _l("Décrivez votre demande."),
    "comment": _l("Saisissez un commentaire."),
    "question": _l("Saisissez votre question."),
    "note": _l("Saisissez une note."),
    "reason": _l("Donnez une raison."),
    "solution": _l("Décrivez la solution."),
    "name": _l("Saisissez un nom."),
    "label": _l("Saisissez un libellé."),
    "body": _l("Saisissez le texte."),
}

# In the summary above the form the sentence stands alone: it says which text is meant.
SHORTEN = {
    "title": _l("Raccourcissez le titre"),
    "description": _l("Raccourcissez la description"),
    "comment": _l("Raccourcissez le commentaire"),
    "question": _l("Raccourcissez la question"),
    "note": _l("Raccourcissez la note"),
    "reason": _l("Raccourcissez la raison"),
    "solution": _l("Raccourcissez la solution"),
    "name": _l("Raccourcissez le nom"),
    "label": _l("Raccourcissez le libellé"),
}
# More names than these are counted: a folder dropped by mistake holds hundreds.
NAMES_SAID = 5

ARCHIVE_FAULTS = {
    ArchiveFault.DAMAGED: _l("est endommagé"),
    ArchiveFault.ENCRYPTED: _l("est protégé par un mot de passe"),
    ArchiveFault.TOO_LARGE: _l("est trop volumineux une fois décompressé"),
    ArchiveFault.TOO_MANY_ENTRIES: _l("contient trop d’éléments"),
    ArchiveFault.NESTED: _l("contient une autre archive"),
    ArchiveFault.SYMLINK: _l("contient un lien"),
    ArchiveFault.MACROS: _l("contient des macros"),
    ArchiveFault.KIND: _l("contient un type de fichier qui n’est pas accepté"),
}

PASSWORD_FAULTS = {
    PasswordFault.TOO_SHORT: _l("Choisissez un mot de passe de 8 caractères au moins."),
    PasswordFault.COMMON: _l("Ce mot de passe est trop courant. Choisissez-en un autre."),
    PasswordFault.CONTEXT: _l(
        "Ce mot de passe contient votre nom, votre mail ou celui du portail. Prenez-en un autre."
    ),
    PasswordFault.GUESSABLE: _l(
        "Ce mot de passe est trop facile à deviner. Prenez plusieurs mots sans lien entre eux."
    ),
    PasswordFault.SAME_AS_BEFORE: _l("Choisissez un mot de passe différent de l’actuel."),
    PasswordFault.SAME_AS_INITIAL: _l("Choisissez un mot de passe différent de celui que vous avez reçu par mail."),
}


def quoted(name: str) -> str:
    return _("« %(name)s »", name=name)


def wrong_state(refusal: errors.WrongState) -> str:
    return _(
        "Ce n’est pas possible : le ticket est dans l’état %(state)s.", state=quoted(_(state_label(refusal.state)))
    )


def too_long(refusal: errors.TextTooLong) -> str:
    return _(
        "%(shorten)s : %(maximum)s caractères au plus (vous en avez %(length)s).",
        shorten=SHORTEN.get(refusal.field) or _("Raccourcissez le texte"),
        maximum=number(refusal.maximum),
        length=number(refusal.length),
    )


def too_large(refusal: attachments.FileTooLarge) -> str:
    limit, actual = size(refusal.max_bytes), size(refusal.size)
    if refusal.size > MEBIBYTE:
        # Rounded up: one byte too many must not read « 2 Mo au plus (le vôtre : 2,0 Mo) ».
        tenths = ceil(refusal.size * 10 / MEBIBYTE)
        actual = size(tenths * MEBIBYTE // 10)
    return _(
        "Le fichier %(name)s doit peser %(limit)s au plus (le vôtre : %(actual)s).",
        name=quoted(refusal.name),
        limit=limit,
        actual=actual,
    )


def too_many_files(refusal: errors.TooManyFiles) -> str:
    limit = ngettext(_("Joignez %(num)s fichier au plus."), _("Joignez %(num)s fichiers au plus."), refusal.maximum)
    if not refusal.left_out:
        return limit
    return _("%(limit)s En trop : %(names)s.", limit=limit, names=_some_of(refusal.left_out))


def _some_of(names: Sequence[str]) -> str:
    said = ", ".join(map(quoted, names[:NAMES_SAID]))
    more = len(names) - NAMES_SAID
    return ngettext("%(names)s et %(num)s autre", "%(names)s et %(num)s autres", more, names=said) if more > 0 else said


def kind_refused(refusal: attachments.FileKindRefused) -> str:
    accepted = ", ".join(refusal.accepted)
    return _(
        "Le type du fichier %(name)s n’est pas accepté. Types acceptés : %(accepted)s.",
        name=quoted(refusal.name),
        accepted=accepted,
    )


def content_mismatch(refusal: attachments.FileContentMismatch) -> str:
    return _(
        "Le contenu du fichier %(name)s ne correspond pas à .%(extension)s.",
        name=quoted(refusal.name),
        extension=refusal.extension,
    )


def archive_refused(refusal: attachments.ArchiveRefused) -> str:
    return _("Le fichier %(name)s %(fault)s.", name=quoted(refusal.name), fault=ARCHIVE_FAULTS[refusal.fault])


def already_sent(refusal: errors.CommandAlreadyUsed) -> str:
    ticket = _(" (ticket n° %(number)s)", number=refusal.number) if refusal.number else ""
    return _(
        "Ce formulaire a déjà été envoyé%(ticket)s. Envoyez-le de nouveau si c’est bien une autre demande.",
        ticket=ticket,
    )


def unknown_placeholder(refusal: UnknownPlaceholder) -> str:
    known = ", ".join(f"{{{one.in_language(spoken())}}}" for one in Placeholder)
    return ngettext(
        "%(names)s ne sera remplacé par rien. Champs possibles : %(known)s.",
        "%(names)s ne seront remplacés par rien. Champs possibles : %(known)s.",
        len(refusal.names),
        names=", ".join(quoted(f"{{{name}}}") for name in refusal.names),
        known=known,
    )


def relation_not_possible(refusal: errors.RelationNotPossible) -> str:
    return _(
        "Le ticket n° %(number)s n’est pas terminé : ajoutez-y plutôt un suivi, ou envoyez de nouveau pour créer un "
        "ticket sans lien.",
        number=refusal.number,
    )


def invalid_email(refusal: contact.InvalidEmail) -> str:
    if refusal.is_ascii:
        return _("Saisissez une adresse mail, par exemple prenom.nom@societe.fr.")
    return _("Saisissez une adresse mail sans accents ni caractères spéciaux.")


def too_many_attempts(refusal: accounts.TooManyAttempts) -> str:
    minutes = ceil(refusal.retry_after_seconds / 60)
    return ngettext(
        _("Trop de tentatives. Par sécurité, réessayez dans %(num)s minute."),
        _("Trop de tentatives. Par sécurité, réessayez dans %(num)s minutes."),
        minutes,
    )
