"""One sentence for each refusal: what is wrong and what to do.

It is in the current language. HTTP status and form field belong to the web, option names to the command line.
"""

from collections.abc import Callable, Mapping
from math import ceil
from types import FunctionType
from typing import Any

from izarlink_tickets import accounts, directory, identity_provider
from izarlink_tickets.accounts import contact, passkey_ceremony, passkeys, passwords
from izarlink_tickets.accounts.passwords import PasswordFault
from izarlink_tickets.application import second_factors, second_steps, sign_ins, single_sign_on
from izarlink_tickets.application.accounts import NoIdentityProvider, NoSecondFactor, OwnSecondFactor, UnknownAccount
from izarlink_tickets.application.canned_responses import CannedResponseHasChanged, CannedResponseNotFound
from izarlink_tickets.application.saved_views import (
    MAX_VIEWS,
    SavedViewNameTaken,
    SavedViewNotFound,
    TooManySavedViews,
)
from izarlink_tickets.application.spreadsheets import ImportRefused, Verdict
from izarlink_tickets.application.spreadsheets import import_errors as imports
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.canned_response import Placeholder, UnknownPlaceholder
from izarlink_tickets.domain.errors import Refusal, WrongState
from izarlink_tickets.domain.vocabulary import state_label
from izarlink_tickets.file_refusal_messages import FILE_MESSAGES
from izarlink_tickets.i18n import current_language, file_size, format_date, format_number, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l

SECONDS_A_MINUTE = 60


def message_for(refusal: Refusal, *, timezone: str = "UTC") -> str:
    """Return the sentence of a refusal, in the current language.

    A kind without its own sentence has that of its nearest ancestor.
    timezone: the reader's; it decides which day a moment falls on.
    """
    message = next(_MESSAGES[kind] for kind in type(refusal).__mro__ if kind in _MESSAGES)
    if isinstance(message, FunctionType):
        return str(message(refusal))
    if not isinstance(refusal, WrongState):
        return str(message)
    state, day = _(state_label(refusal.state)), format_date(refusal.since, timezone=timezone)
    return str(message) % {"state": _("« %(name)s »", name=state), "day": day}


# --- tickets ----------------------------------------------------------------------------------------------------------

_MISSING = {
    "title": _l("Saisissez un titre."),
    "description": _l("Décrivez votre demande."),
    "comment": _l("Saisissez un commentaire."),
    "question": _l("Saisissez votre question."),
    "note": _l("Saisissez une note."),
    "reason": _l("Indiquez le motif."),
    "solution": _l("Décrivez la solution."),
    "name": _l("Saisissez un nom."),
    "label": _l("Saisissez un libellé."),
    "customer": _l("Indiquez le client."),
    "body": _l("Saisissez le texte."),
}

# The summary above a form shows the sentence by itself: it must name the text.
_SHORTEN = {
    "title": _l("Raccourcissez le titre"),
    "description": _l("Raccourcissez la description"),
    "comment": _l("Raccourcissez le commentaire"),
    "question": _l("Raccourcissez la question"),
    "note": _l("Raccourcissez la note"),
    "reason": _l("Raccourcissez le motif"),
    "solution": _l("Raccourcissez la solution"),
    "name": _l("Raccourcissez le nom"),
    "label": _l("Raccourcissez le libellé"),
    "customer": _l("Raccourcissez le nom du client"),
}


def _too_long(refusal: errors.TextTooLong) -> str:
    return _(
        "%(shorten)s : %(maximum)s caractères au plus (vous en avez %(length)s).",
        shorten=_SHORTEN.get(refusal.field) or _("Raccourcissez le texte"),
        maximum=format_number(refusal.maximum, locale=current_language()),
        length=format_number(refusal.length, locale=current_language()),
    )


def _already_sent(refusal: errors.CommandAlreadyUsed) -> str:
    ticket = _(" (ticket n° %(number)s)", number=refusal.number) if refusal.number else ""
    return _(
        "Ce formulaire a déjà été envoyé%(ticket)s. Envoyez-le de nouveau si c’est bien une autre demande.",
        ticket=ticket,
    )


# --- limits -----------------------------------------------------------------------------------------------------------


def _too_many_tickets(refusal: errors.TooManyTickets) -> str:
    return ngettext(
        "Vous avez créé %(maximum)s tickets en une heure, le maximum. Votre saisie est conservée : envoyez-la de"
        " nouveau dans %(num)s minute.",
        "Vous avez créé %(maximum)s tickets en une heure, le maximum. Votre saisie est conservée : envoyez-la de"
        " nouveau dans %(num)s minutes.",
        _minutes_until_free(refusal),
        maximum=format_number(refusal.maximum, locale=current_language()),
    )


def _too_many_follow_ups(refusal: errors.TooManyFollowUps) -> str:
    return ngettext(
        "Vous avez envoyé %(maximum)s messages ou décisions en une heure, le maximum. Votre saisie est conservée :"
        " envoyez-la de nouveau dans %(num)s minute.",
        "Vous avez envoyé %(maximum)s messages ou décisions en une heure, le maximum. Votre saisie est conservée :"
        " envoyez-la de nouveau dans %(num)s minutes.",
        _minutes_until_free(refusal),
        maximum=format_number(refusal.maximum, locale=current_language()),
    )


def _too_many_file_bytes(refusal: errors.TooManyFileBytes) -> str:
    return ngettext(
        "Vos fichiers dépasseraient %(maximum)s en une heure, le maximum. Envoyez sans eux, ou réessayez dans"
        " %(num)s minute.",
        "Vos fichiers dépasseraient %(maximum)s en une heure, le maximum. Envoyez sans eux, ou réessayez dans"
        " %(num)s minutes.",
        _minutes_until_free(refusal),
        maximum=file_size(refusal.maximum, locale=current_language()),
    )


def _quota_reached(refusal: errors.QuotaReached) -> str:
    return _(
        "Quota atteint : les fichiers de votre société occupent déjà %(used)s sur %(maximum)s. Envoyez sans fichier, ou"
        " demandez au support d’augmenter ce quota.",
        used=file_size(refusal.used, locale=current_language()),
        maximum=file_size(refusal.maximum, locale=current_language()),
    )


def _minutes_until_free(refusal: errors.TryAgainLater) -> int:
    return ceil(refusal.retry_after_seconds / SECONDS_A_MINUTE)


# --- accounts ---------------------------------------------------------------------------------------------------------

_PASSWORD_FAULTS = {
    PasswordFault.TOO_SHORT: _l("Choisissez un mot de passe de 8 caractères au moins."),
    PasswordFault.COMMON: _l("Ce mot de passe est trop courant. Choisissez-en un autre."),
    PasswordFault.CONTEXT: _l(
        "Ce mot de passe contient votre nom, votre mail ou celui du portail. Prenez-en un autre."
    ),
    PasswordFault.GUESSABLE: _l(
        "Ce mot de passe est trop facile à deviner. Prenez plusieurs mots sans lien entre eux."
    ),
    PasswordFault.BREACHED: _l(
        "Ce mot de passe figure dans des listes de mots de passe volés. Choisissez-en un autre."
    ),
    PasswordFault.SAME_AS_BEFORE: _l("Choisissez un mot de passe différent de l’actuel."),
    PasswordFault.SAME_AS_INITIAL: _l("Choisissez un mot de passe différent de celui que vous avez reçu par mail."),
}


def _invalid_email(refusal: contact.InvalidEmail) -> str:
    if refusal.is_ascii:
        return _("Saisissez une adresse mail, par exemple prenom.nom@societe.fr.")
    return _("Saisissez une adresse mail sans accents ni caractères spéciaux avant l’arobase (@).")


def _too_many_attempts(refusal: errors.TryAgainLater) -> str:
    return ngettext(
        "Trop de tentatives. Par sécurité, réessayez dans %(num)s minute.",
        "Trop de tentatives. Par sécurité, réessayez dans %(num)s minutes.",
        _minutes_until_free(refusal),
    )


# --- directory, saved views and canned responses ----------------------------------------------------------------------


def _unknown_placeholder(refusal: UnknownPlaceholder) -> str:
    names = ", ".join(_("« %(name)s »", name=f"{{{name}}}") for name in refusal.names)
    return ngettext(
        "%(names)s ne sera remplacé par rien. Champs possibles : %(known)s.",
        "%(names)s ne seront remplacés par rien. Champs possibles : %(known)s.",
        len(refusal.names),
        names=names,
        known=", ".join(f"{{{placeholder.in_language(current_language())}}}" for placeholder in Placeholder),
    )


# --- all sentences ----------------------------------------------------------------------------------------------------

_MESSAGES: Mapping[type[Refusal], str | Callable[[Any], str]] = {
    errors.NotAllowed: _l("Vous n’avez pas le droit de faire cela."),
    errors.SolutionApprovedByItsAuthor: _l("Une solution ne peut pas être approuvée par son auteur."),
    errors.TicketNotFound: _l("Ce ticket n’existe pas, ou vous n’y avez pas accès."),
    # state
    errors.WrongState: _l("Ce n’est pas possible : le ticket est dans l’état %(state)s."),
    errors.TicketIsClosed: _l("Ce ticket est déjà clôturé, depuis le %(day)s."),
    errors.TicketIsCancelled: _l("Ce ticket a été annulé le %(day)s."),
    errors.TicketIsResolved: _l("Ce ticket est déjà résolu, depuis le %(day)s."),
    errors.TicketIsNotResolved: _l("Aucune solution n’attend d’approbation."),
    errors.ChangedMeanwhile: _l("Ces informations ont changé entre-temps. Relisez-les, puis recommencez."),
    errors.SolutionHasChanged: _l(
        "La solution a changé entre-temps. Lisez la nouvelle version, puis décidez de nouveau."
    ),
    errors.TicketHasChanged: _l(
        "Le ticket a changé entre-temps. Lisez ce qui est nouveau, puis envoyez de nouveau si cela convient."
    ),
    errors.AssignedMeanwhile: _l("Un collègue a pris ce ticket entre-temps."),
    errors.StaffHasActed: _l(
        "Le support a déjà pris ce ticket en charge. Demandez son annulation plutôt que de l’annuler."
    ),
    errors.CancellationAlreadyRequested: _l("L’annulation de ce ticket est déjà demandée."),
    errors.NoCancellationRequested: _l("Aucune demande d’annulation n’est en attente."),
    errors.ReopeningTooLate: lambda refusal: _(
        "Un ticket peut être rouvert pendant %(days)s jours après sa clôture. Créez plutôt un ticket lié à celui-ci.",
        days=refusal.window_days,
    ),
    errors.TooEarly: _l("Il est trop tôt pour cela."),
    errors.NothingChanges: _l("Rien ne change : modifiez au moins une valeur."),
    errors.AlreadyAssigned: _l("Ce ticket est déjà affecté à cette personne."),
    errors.AlreadyConcerned: _l("Cette personne est déjà demandeur ou observateur de ce ticket."),
    errors.TooManyWatchers: lambda refusal: _(
        "Ce ticket a déjà %(maximum)s observateurs, le maximum. Retirez-en un d’abord.", maximum=refusal.maximum
    ),
    # values
    errors.TextRefused: _l("Ce texte n’est pas accepté."),
    errors.TextMissing: lambda refusal: str(_MISSING.get(refusal.field) or _("Saisissez un texte.")),
    errors.TextTooShort: lambda refusal: _(
        "Saisissez un titre de %(minimum)s caractères au moins.", minimum=refusal.minimum
    ),
    errors.TextTooLong: _too_long,
    errors.NothingToAdd: _l("Saisissez un commentaire ou joignez un fichier."),
    errors.UnknownChoice: _l("Choix inconnu. Choisissez une des valeurs proposées."),
    errors.CategoryNotOfType: _l("Choisissez une catégorie de ce type de demande."),
    errors.CategoryNotActive: _l("Cette catégorie n’est plus proposée. Choisissez-en une autre."),
    errors.UrgencyMissing: _l("Indiquez l’urgence."),
    errors.UrgencyNotAllowed: _l("Cette urgence n’est pas possible pour ce ticket."),
    errors.ServiceNotOfOrganisation: _l("Service inconnu. Choisissez un des services proposés."),
    errors.RelationNotPossible: lambda refusal: _(
        "Le ticket n° %(number)s n’est pas terminé : ajoutez-y plutôt un suivi, ou envoyez de nouveau pour créer un "
        "ticket sans lien.",
        number=refusal.number,
    ),
    errors.PersonNotEligible: _l("Cette personne ne peut pas être choisie ici."),
    errors.DateNotInFuture: _l("Choisissez une date à venir."),
    errors.CommandAlreadyUsed: _already_sent,
    errors.TooManyTickets: _too_many_tickets,
    errors.TooManyFollowUps: _too_many_follow_ups,
    errors.TooManyFileBytes: _too_many_file_bytes,
    errors.QuotaReached: _quota_reached,
    **FILE_MESSAGES,
    # accounts
    contact.InvalidEmail: _invalid_email,
    contact.InvalidPhone: _l("Saisissez un numéro de téléphone : des chiffres, par exemple 05 59 00 00 00."),
    passwords.PasswordTooWeak: lambda refusal: str(_PASSWORD_FAULTS[refusal.reason]),
    passwords.PasswordTooLong: _l("Ce mot de passe est trop long : 1 024 octets au plus."),
    accounts.InitialPasswordExpired: _l(
        "Votre mot de passe initial n’est plus valable : il l’était 7 jours. Recevez par mail un lien pour le choisir."
    ),
    accounts.PasswordAlreadyChosen: _l("Cette personne a déjà choisi son mot de passe. Réinitialisez-le plutôt."),
    accounts.EmailTaken: _l("Un autre compte a déjà cette adresse mail."),
    accounts.OrganisationMissing: _l("Choisissez le client de cette personne."),
    accounts.OrganisationNotAllowed: _l("Une personne d’IzarLink n’a pas de client."),
    accounts.LinkNotValid: _l("Ce lien n’est plus valable. Demandez-en un nouveau."),
    # The same sentence for every cause: a more precise one would reveal who has an account.
    sign_ins.WrongCredentials: _l("Identifiant ou mot de passe incorrect."),
    errors.TryAgainLater: _too_many_attempts,
    NoIdentityProvider: _l("La connexion avec le compte IzarLink n’est pas configurée."),
    UnknownAccount: _l("Aucun compte n’a cette adresse mail."),
    # single sign-on
    identity_provider.ProviderUnavailable: _l(
        "Le service de connexion d’IzarLink ne répond pas. Réessayez dans un instant."
    ),
    identity_provider.SignOnNotStarted: _l(
        "Cette connexion a expiré, ou a commencé dans un autre navigateur. Recommencez."
    ),
    identity_provider.SignOnCancelled: _l(
        "La connexion avec le compte IzarLink n’est pas allée à son terme. Recommencez."
    ),
    identity_provider.SignOnRejected: _l(
        "La connexion avec le compte IzarLink a échoué. Recommencez, puis prévenez un administrateur si cela se répète."
    ),
    single_sign_on.RoleNotMapped: _l(
        "Votre compte IzarLink ne donne pas de rôle dans ce portail. Demandez-le à un administrateur."
    ),
    single_sign_on.IdentityNotLinked: _l(
        "Votre compte IzarLink n’est relié à aucun compte de ce portail. Demandez-le à un administrateur."
    ),
    single_sign_on.AccountClosed: _l("Votre compte de ce portail est désactivé. Adressez-vous à un administrateur."),
    single_sign_on.AnotherPerson: _l("Vous avez répondu avec un autre compte IzarLink que le vôtre. Recommencez."),
    sign_ins.SingleSignOnRequired: _l("Votre mot de passe ne sert plus ici : connectez-vous avec le compte IzarLink."),
    accounts.SignsInByProvider: _l(
        "Cette personne se connecte avec le compte IzarLink : elle n’a pas de mot de passe ici."
    ),
    accounts.IdentityTaken: _l("Un autre compte est déjà relié à cet identifiant."),
    accounts.InvalidSubject: _l(
        "Saisissez l’identifiant (« sub ») que le service de connexion donne à cette personne."
    ),
    accounts.NotOfStaff: _l("Seules les personnes d’IzarLink se connectent avec le compte IzarLink."),
    accounts.NotAdministrator: _l("Le compte de secours doit être celui d’un administrateur actif."),
    identity_provider.SignOnNotRecent: _l(
        "Le service de connexion d’IzarLink ne vous a pas redemandé qui vous êtes. Recommencez."
    ),
    second_steps.WrongCode: _l("Ce code n’est pas valable : il est faux, déjà utilisé ou périmé."),
    second_steps.PasskeysUnavailable: _l("Les clés d’accès ne sont pas disponibles à l’adresse de ce portail."),
    passkey_ceremony.PasskeyRefused: _l("Cette clé d’accès n’est pas reconnue. Recommencez."),
    passkeys.PasskeyTaken: _l("Cette clé d’accès est déjà enregistrée."),
    passkeys.PasskeyUnknown: _l("Cette clé d’accès n’existe plus."),
    passkeys.TooManyPasskeys: lambda refusal: _(
        "Vous avez déjà %(most)s clés d’accès. Retirez-en une d’abord.", most=refusal.maximum
    ),
    second_factors.EnrolmentInvalid: _l("Cette clé n’est plus valable. Scannez la nouvelle, puis saisissez son code."),
    second_factors.SecondFactorRequired: _l(
        "La double authentification est obligatoire pour votre rôle : ajoutez un autre moyen avant de retirer celui-ci."
    ),
    NoSecondFactor: _l("Aucune double authentification n’est active sur ce compte."),
    OwnSecondFactor: _l("Un autre administrateur doit réinitialiser votre double authentification."),
    errors.OwnAccount: _l("Vous ne pouvez pas désactiver votre propre compte."),
    errors.OwnAddress: _l("Votre propre adresse mail se change dans votre profil."),
    errors.LastAdministrator: _l("C’est le dernier administrateur actif : nommez-en un autre avant."),
    # directory, saved views and canned responses
    errors.RecordHasChanged: _l(
        "Cette fiche a changé entre-temps. Lisez ce qui est nouveau, puis enregistrez de nouveau si cela convient."
    ),
    directory.NameTaken: _l("Un autre client porte déjà ce nom."),
    directory.UnknownOrganisation: _l(
        "Aucun client ne porte ce nom. Créez-le d’abord, ou indiquez un client existant."
    ),
    directory.OrganisationInactive: _l("Ce client est désactivé : réactivez-le d’abord."),
    directory.UnknownService: _l("Ce service n’existe pas."),
    directory.ReferenceTaken: _l("Un autre service porte déjà cette référence."),
    directory.InvalidReference: _l("Saisissez une référence, par exemple FTTO-00417."),
    directory.CategoryTaken: _l("Une autre catégorie de ce type porte déjà ce nom."),
    directory.UnknownCategory: _l("Cette catégorie n’existe pas."),
    directory.LastCategory: _l("C’est la dernière catégorie de ce type : ajoutez-en une autre avant."),
    SavedViewNotFound: _l("Cette vue n’existe pas."),
    SavedViewNameTaken: _l("Une autre de vos vues porte déjà ce nom."),
    TooManySavedViews: lambda _refusal: _("Vous avez déjà %(most)s vues. Supprimez-en une d’abord.", most=MAX_VIEWS),
    UnknownPlaceholder: _unknown_placeholder,
    CannedResponseNotFound: _l("Ce texte type n’existe pas."),
    CannedResponseHasChanged: _l(
        "Ce texte a été modifié entre-temps par un collègue. Comparez avec la version actuelle, puis enregistrez."
    ),
    # imported spreadsheets
    imports.CsvFileRefused: _l("Ce fichier ne peut pas être lu."),
    imports.CsvFileEmpty: _l("Le fichier est vide."),
    imports.CsvFileNotText: _l(
        "Ce n’est pas un fichier CSV. Dans votre tableur, enregistrez-le au format CSV (UTF-8)."
    ),
    imports.CsvFileTooLarge: lambda refusal: _(
        "Le fichier doit peser %(limit)s au plus (le vôtre : %(actual)s). Divisez-le en plusieurs fichiers.",
        limit=file_size(refusal.maximum, locale=current_language()),
        actual=file_size(refusal.size, locale=current_language()),
    ),
    imports.TooManyLines: lambda refusal: _(
        "%(maximum)s lignes au plus. Divisez le fichier en plusieurs.",
        maximum=format_number(refusal.maximum, locale=current_language()),
    ),
    imports.UnknownColumns: lambda refusal: _(
        "Colonnes inconnues : %(names)s. La première ligne nomme les colonnes : %(known)s.",
        names=", ".join(refusal.names),
        known=", ".join(refusal.known),
    ),
    imports.MissingColumns: lambda refusal: _("Il manque des colonnes : %(names)s.", names=", ".join(refusal.names)),
    imports.DuplicateColumns: lambda refusal: _("Colonnes en double : %(names)s.", names=", ".join(refusal.names)),
    imports.LineRefused: _l("Cette ligne ne peut pas être lue."),
    imports.EncodingUnknown: _l(
        "L’encodage du fichier n’est pas certain, et les accents seraient peut-être faux. Enregistrez-le en UTF-8."
    ),
    imports.NotDecodable: _l("Certains caractères ne sont pas dans l’encodage du fichier. Enregistrez-le en UTF-8."),
    imports.BadQuotes: _l("Un guillemet est ouvert sans être fermé, ou suivi de texte."),
    imports.WrongWidth: lambda refusal: _(
        "La ligne a %(found)s cellules, il en faut %(expected)s.", found=refusal.found, expected=refusal.expected
    ),
    imports.DuplicateLine: lambda refusal: _("Doublon de la ligne %(line)s.", line=refusal.first),
    imports.UnknownRole: _l("Rôle inconnu : Client, Responsable client, Support, Administrateur ou Auditeur."),
    imports.UnknownState: _l("État inconnu : Actif ou Désactivé."),
    imports.StateNotImported: _l("Un import n’active et ne désactive rien : faites-le un par un."),
    imports.ServiceOfAnother: _l("Ce service est à un autre client."),
    ImportRefused: lambda refusal: ngettext(
        "Rien n’est importé : %(num)s ligne est refusée.",
        "Rien n’est importé : %(num)s lignes sont refusées.",
        refusal.report.count(Verdict.REFUSED),
    ),
}
