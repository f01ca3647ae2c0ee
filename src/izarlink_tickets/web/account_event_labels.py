"""Labels of account events."""

from collections.abc import Mapping, Sequence

from izarlink_tickets.domain import account as events
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import gettext_noop

_LABELS: Mapping[type[AccountEvent], str] = {
    events.AccountCreated: gettext_noop("Compte créé"),
    events.InitialPasswordIssued: gettext_noop("Identifiants envoyés"),
    events.PasswordChanged: gettext_noop("Mot de passe changé"),
    events.EmailChanged: gettext_noop("Adresse mail changée"),
    events.EmailChangeRequested: gettext_noop("Nouvelle adresse mail à confirmer"),
    events.SessionsEnded: gettext_noop("Sessions fermées"),
    events.ContactCorrected: gettext_noop("Coordonnées corrigées"),
    events.RoleChanged: gettext_noop("Droits changés"),
    events.SignedIn: gettext_noop("Connexion réussie"),
    events.SecondFactorAdded: gettext_noop("Second facteur ajouté"),
    events.SecondFactorRemoved: gettext_noop("Second facteur retiré"),
    events.SecondFactorReset: gettext_noop("Double authentification réinitialisée"),
    events.RecoveryCodesCreated: gettext_noop("Codes de secours créés"),
    events.RecoveryCodeUsed: gettext_noop("Code de secours utilisé"),
    events.Locked: gettext_noop("Connexion temporairement bloquée après trop de tentatives"),
    events.IdentityLinked: gettext_noop("Compte IzarLink relié"),
    events.IdentityUnlinked: gettext_noop("Compte IzarLink délié"),
    events.BreakGlassGranted: gettext_noop("Compte de secours : mot de passe autorisé"),
    events.BreakGlassRevoked: gettext_noop("Compte de secours : mot de passe retiré"),
    events.Deactivated: gettext_noop("Compte désactivé"),
    events.Reactivated: gettext_noop("Compte réactivé"),
}


def labelled_events(account_events: Sequence[AccountEvent]) -> list[tuple[AccountEvent, str]]:
    """Return the labelled events about the account, without its directory changes."""
    return [(event, _(_LABELS[type(event)])) for event in account_events if type(event) in _LABELS]
