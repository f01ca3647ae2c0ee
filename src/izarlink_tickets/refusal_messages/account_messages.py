"""Sentences about accounts, passwords and signing in."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from izarlink_tickets import accounts
from izarlink_tickets.accounts import contact, passwords
from izarlink_tickets.accounts.passwords import PasswordFault
from izarlink_tickets.application import sign_ins
from izarlink_tickets.application.accounts import UnknownAccount
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.i18n import ngettext

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


def _invalid_email(refusal: contact.InvalidEmail) -> str:
    if refusal.is_ascii:
        return _("Saisissez une adresse mail, par exemple prenom.nom@societe.fr.")
    return _("Saisissez une adresse mail sans accents ni caractères spéciaux.")


def _too_many_attempts(refusal: accounts.TooManyAttempts) -> str:
    return ngettext(
        "Trop de tentatives. Par sécurité, réessayez dans %(num)s minute.",
        "Trop de tentatives. Par sécurité, réessayez dans %(num)s minutes.",
        ceil(refusal.retry_after_seconds / 60),
    )


MESSAGES: Mapping[type[Refusal], str | Callable[[Any], str]] = {
    contact.InvalidEmail: _invalid_email,
    contact.InvalidPhone: _l("Saisissez un numéro de téléphone : des chiffres, par exemple 05 59 00 00 00."),
    passwords.PasswordTooWeak: lambda refusal: str(PASSWORD_FAULTS[refusal.reason]),
    passwords.PasswordTooLong: _l("Ce mot de passe est trop long : 1 024 octets au plus."),
    accounts.PasswordAlreadyChosen: _l("Cette personne a déjà choisi son mot de passe. Réinitialisez-le plutôt."),
    accounts.EmailTaken: _l("Un autre compte a déjà cette adresse mail."),
    accounts.OrganisationMissing: _l("Choisissez le client de cette personne."),
    accounts.OrganisationNotAllowed: _l("Une personne d’IzarLink n’a pas de client."),
    accounts.LinkNotValid: _l("Ce lien n’est plus valable. Demandez-en un nouveau."),
    # The same sentence for every cause: a more precise one would reveal who has an account.
    sign_ins.WrongCredentials: _l("Identifiant ou mot de passe incorrect."),
    accounts.TooManyAttempts: _too_many_attempts,
    UnknownAccount: _l("Aucun compte n’a cette adresse mail."),
    errors.OwnAccount: _l("Vous ne pouvez pas désactiver votre propre compte."),
    errors.LastAdministrator: _l("C’est le dernier administrateur actif : nommez-en un autre avant."),
}
