"""What the facts of an account are called: to its person in « Sécurité », to administrators in « Annuaire »."""

from collections.abc import Mapping, Sequence

from izarlink_tickets.domain import account as facts
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import noted

_WORDS: Mapping[type[AccountEvent], str] = {
    facts.AccountCreated: noted("Compte créé"),
    facts.InitialPasswordIssued: noted("Identifiants envoyés"),
    facts.PasswordChanged: noted("Mot de passe changé"),
    facts.EmailChanged: noted("Adresse mail changée"),
    facts.ContactCorrected: noted("Coordonnées corrigées"),
    facts.RoleChanged: noted("Droits changés"),
    facts.SignedIn: noted("Connexion réussie"),
    facts.Locked: noted("Connexion temporairement bloquée après trop de tentatives"),
    facts.Deactivated: noted("Compte désactivé"),
    facts.Reactivated: noted("Compte réactivé"),
}


def in_words(found: Sequence[AccountEvent]) -> list[tuple[AccountEvent, str]]:
    """Put beside each fact what it is called; what the account did to the directory is left out."""
    return [(fact, _(_WORDS[type(fact)])) for fact in found if type(fact) in _WORDS]
