"""Labels of account events."""

from collections.abc import Mapping, Sequence

from izarlink_tickets.domain import account as events
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import noted

_LABELS: Mapping[type[AccountEvent], str] = {
    events.AccountCreated: noted("Compte créé"),
    events.InitialPasswordIssued: noted("Identifiants envoyés"),
    events.PasswordChanged: noted("Mot de passe changé"),
    events.EmailChanged: noted("Adresse mail changée"),
    events.ContactCorrected: noted("Coordonnées corrigées"),
    events.RoleChanged: noted("Droits changés"),
    events.SignedIn: noted("Connexion réussie"),
    events.Locked: noted("Connexion temporairement bloquée après trop de tentatives"),
    events.Deactivated: noted("Compte désactivé"),
    events.Reactivated: noted("Compte réactivé"),
}


def labelled_events(account_events: Sequence[AccountEvent]) -> list[tuple[AccountEvent, str]]:
    """Return the labelled events about the account, without its directory changes."""
    return [(event, _(_LABELS[type(event)])) for event in account_events if type(event) in _LABELS]
