"""The sentence of every refusal: what is wrong and what to do, the HTTP status, and the field it is about.

No other module makes such a sentence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from izarlink_tickets import accounts, attachments, directory
from izarlink_tickets.accounts import contact, passwords
from izarlink_tickets.application import sign_ins
from izarlink_tickets.application.canned_responses import CannedResponseHasChanged, CannedResponseNotFound
from izarlink_tickets.application.saved_views import (
    MAX_VIEWS,
    SavedViewNameTaken,
    SavedViewNotFound,
    TooManySavedViews,
)
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.canned_response import UnknownPlaceholder
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.errors import sheets, words
from izarlink_tickets.web.template_globals import day


@dataclass(frozen=True)
class RefusalMessage:
    """How one kind of refusal is told. field: of the form; None where it is about the whole."""

    sentence: str | Callable[[Any], str]
    status: int = 422
    field: str | None = None


_MESSAGES: Mapping[type[Refusal], RefusalMessage] = {
    Refusal: RefusalMessage(_l("Cette opération n’est pas possible."), 409),
    # who
    errors.NotAllowed: RefusalMessage(_l("Vous n’avez pas le droit de faire cela."), 403),
    errors.SolutionApprovedByItsAuthor: RefusalMessage(
        _l("Une solution ne peut pas être approuvée par son auteur."), 403
    ),
    errors.TicketNotFound: RefusalMessage(_l("Ce ticket n’existe pas, ou il n’est pas à vous."), 404),
    # where the ticket stands
    errors.WrongState: RefusalMessage(words.wrong_state, 409),
    errors.TicketIsClosed: RefusalMessage(
        lambda refusal: _("Ce ticket est déjà clôturé, depuis le %(day)s.", day=day(refusal.since)), 409
    ),
    errors.TicketIsCancelled: RefusalMessage(
        lambda refusal: _("Ce ticket a été annulé le %(day)s.", day=day(refusal.since)), 409
    ),
    errors.TicketIsResolved: RefusalMessage(
        lambda refusal: _("Ce ticket est déjà résolu, depuis le %(day)s.", day=day(refusal.since)), 409
    ),
    errors.TicketIsNotResolved: RefusalMessage(_l("Aucune solution n’attend d’approbation."), 409),
    errors.SolutionHasChanged: RefusalMessage(
        _l("La solution a changé entre-temps. Lisez la nouvelle version, puis décidez de nouveau."), 409
    ),
    errors.TicketHasChanged: RefusalMessage(
        _l("Le ticket a changé entre-temps. Lisez ce qui est nouveau, puis envoyez de nouveau si cela convient."), 409
    ),
    errors.AssignedMeanwhile: RefusalMessage(_l("Un collègue a pris ce ticket entre-temps."), 409),
    errors.StaffHasActed: RefusalMessage(
        _l("Le support a déjà pris ce ticket en charge. Demandez son annulation plutôt que de l’annuler."), 409
    ),
    errors.CancellationAlreadyRequested: RefusalMessage(_l("L’annulation de ce ticket est déjà demandée."), 409),
    errors.NoCancellationRequested: RefusalMessage(_l("Aucune demande d’annulation n’est en attente."), 409),
    errors.ReopeningTooLate: RefusalMessage(
        lambda refusal: _(
            "Un ticket peut être rouvert pendant %(days)s jours après sa clôture. "
            "Créez plutôt un ticket lié à celui-ci.",
            days=refusal.window_days,
        ),
        409,
    ),
    errors.TooEarly: RefusalMessage(_l("Il est trop tôt pour cela."), 409),
    errors.AlreadyAssigned: RefusalMessage(_l("Ce ticket est déjà affecté à cette personne.")),
    errors.AlreadyConcerned: RefusalMessage(_l("Cette personne est déjà demandeur ou observateur de ce ticket.")),
    errors.NothingChanges: RefusalMessage(_l("Rien ne change : modifiez au moins une valeur.")),
    # what was said
    errors.TextMissing: RefusalMessage(lambda refusal: words.MISSING.get(refusal.field) or _("Saisissez un texte.")),
    errors.TextTooShort: RefusalMessage(
        lambda refusal: _("Saisissez un titre de %(minimum)s caractères au moins.", minimum=refusal.minimum)
    ),
    errors.TextTooLong: RefusalMessage(words.too_long),
    errors.UnknownChoice: RefusalMessage(_l("Choix inconnu. Choisissez une des valeurs proposées."), 400),
    errors.CategoryNotOfType: RefusalMessage(_l("Choisissez une catégorie de ce type de demande."), field="category"),
    errors.CategoryNotActive: RefusalMessage(
        _l("Cette catégorie n’est plus proposée. Choisissez-en une autre."), field="category"
    ),
    errors.UrgencyMissing: RefusalMessage(_l("Indiquez l’urgence."), field="urgency"),
    errors.UrgencyNotAllowed: RefusalMessage(_l("Cette urgence n’est pas possible pour ce ticket."), field="urgency"),
    errors.ServiceNotOfOrganisation: RefusalMessage(
        _l("Service inconnu. Choisissez un des services proposés."), field="service"
    ),
    errors.RelationNotPossible: RefusalMessage(words.relation_not_possible, 409),
    errors.PersonNotEligible: RefusalMessage(_l("Cette personne ne peut pas être choisie ici."), field="person"),
    errors.DateNotInFuture: RefusalMessage(_l("Choisissez une date à venir."), field="until"),
    # files
    errors.TooManyFiles: RefusalMessage(words.too_many_files, 413, "files"),
    errors.NothingToAdd: RefusalMessage(_l("Saisissez un commentaire ou joignez un fichier."), field="comment"),
    attachments.FileEmpty: RefusalMessage(
        lambda refusal: _("Le fichier %(name)s est vide.", name=words.quoted(refusal.name)), 422, "files"
    ),
    attachments.FileTooLarge: RefusalMessage(words.too_large, 413, "files"),
    attachments.FileKindRefused: RefusalMessage(words.kind_refused, 415, "files"),
    attachments.FileContentMismatch: RefusalMessage(words.content_mismatch, 415, "files"),
    attachments.ArchiveRefused: RefusalMessage(words.archive_refused, 422, "files"),
    # the same command twice
    errors.CommandAlreadyUsed: RefusalMessage(words.already_sent, 409),
    # people
    contact.InvalidEmail: RefusalMessage(words.invalid_email, field="email"),
    contact.InvalidPhone: RefusalMessage(
        _l("Saisissez un numéro de téléphone : des chiffres, par exemple 05 59 00 00 00."), field="phone"
    ),
    passwords.PasswordTooWeak: RefusalMessage(
        lambda refusal: words.PASSWORD_FAULTS[refusal.reason], field="new_password"
    ),
    passwords.PasswordTooLong: RefusalMessage(
        _l("Ce mot de passe est trop long : 1 024 octets au plus."), field="new_password"
    ),
    accounts.EmailTaken: RefusalMessage(_l("Un autre compte a déjà cette adresse mail."), field="email"),
    accounts.OrganisationMissing: RefusalMessage(_l("Choisissez le client de cette personne."), field="organisation"),
    accounts.OrganisationNotAllowed: RefusalMessage(
        _l("Une personne d’IzarLink n’a pas de client."), field="organisation"
    ),
    accounts.LinkNotValid: RefusalMessage(_l("Ce lien n’est plus valable. Demandez-en un nouveau."), 400),
    # One for all causes: which one it was would tell who has an account.
    sign_ins.WrongCredentials: RefusalMessage(_l("Identifiant ou mot de passe incorrect.")),
    accounts.TooManyAttempts: RefusalMessage(words.too_many_attempts, 429),
    # the directory
    directory.NameTaken: RefusalMessage(_l("Un autre client porte déjà ce nom."), field="name"),
    SavedViewNotFound: RefusalMessage(_l("Cette vue n’existe pas."), 404),
    SavedViewNameTaken: RefusalMessage(_l("Une autre de vos vues porte déjà ce nom."), field="name"),
    TooManySavedViews: RefusalMessage(
        lambda _refusal: _("Vous avez déjà %(most)s vues. Supprimez-en une d’abord.", most=MAX_VIEWS), 409
    ),
    directory.CategoryTaken: RefusalMessage(_l("Une autre catégorie de ce type porte déjà ce nom."), field="label"),
    directory.UnknownCategory: RefusalMessage(_l("Cette catégorie n’existe pas."), 404),
    directory.LastCategory: RefusalMessage(
        _l("C’est la dernière catégorie de ce type : ajoutez-en une autre avant."), 409
    ),
    directory.OrganisationInactive: RefusalMessage(
        _l("Ce client est désactivé : réactivez-le d’abord."), 409, "organisation"
    ),
    directory.UnknownService: RefusalMessage(_l("Cette connexion n’existe pas."), 404),
    errors.OwnAccount: RefusalMessage(_l("Vous ne pouvez pas désactiver votre propre compte."), 409),
    errors.LastAdministrator: RefusalMessage(
        _l("C’est le dernier administrateur actif : nommez-en un autre avant."), 409
    ),
    errors.RecordHasChanged: RefusalMessage(
        _l("Cette fiche a changé entre-temps. Lisez ce qui est nouveau, puis enregistrez de nouveau si cela convient."),
        409,
    ),
    accounts.PasswordAlreadyChosen: RefusalMessage(
        _l("Cette personne a déjà choisi son mot de passe. Réinitialisez-le plutôt."), 409
    ),
    directory.UnknownOrganisation: RefusalMessage(
        _l("Aucun client ne porte ce nom. Créez-le d’abord, ou choisissez-en un de la liste."), field="organisation"
    ),
    directory.ReferenceTaken: RefusalMessage(_l("Une autre connexion porte déjà cette référence."), field="reference"),
    # texts of the desk
    UnknownPlaceholder: RefusalMessage(words.unknown_placeholder, field="body"),
    CannedResponseNotFound: RefusalMessage(_l("Ce texte type n’existe pas."), 404),
    CannedResponseHasChanged: RefusalMessage(
        _l("Ce texte a été modifié entre-temps par un collègue. Comparez avec la version actuelle, puis enregistrez."),
        409,
    ),
    directory.InvalidReference: RefusalMessage(
        _l("Saisissez une référence, par exemple FTTO-00417."), field="reference"
    ),
    **{kind: RefusalMessage(wording, field="file") for kind, wording in sheets.SENTENCES.items()},
}


def message_for(refusal: Refusal) -> RefusalMessage:
    """Find how a refusal is told: as its own kind, or as the nearest kind above it."""
    return next(_MESSAGES[kind] for kind in type(refusal).__mro__ if kind in _MESSAGES)


def sentence(refusal: Refusal) -> str:
    """Say what is wrong and what to do."""
    wording = message_for(refusal).sentence
    return str(wording(refusal) if isinstance(wording, FunctionType) else wording)


def status_of(refusal: Refusal) -> int:
    """Give the HTTP status of the page that shows the refusal."""
    return message_for(refusal).status


def field_of(refusal: Refusal) -> str | None:
    """Name the form's field that the refusal is about: the one it carries, or the one its kind belongs to."""
    return getattr(refusal, "field", None) or message_for(refusal).field
