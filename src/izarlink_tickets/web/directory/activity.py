"""What has happened to an account, in words: when, what, and who did it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import find_accounts
from izarlink_tickets.domain import account as facts
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.domain.vocabulary import SYSTEM
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import noted

_FACTS: Mapping[type[AccountEvent], str] = {
    facts.AccountCreated: noted("Compte créé"),
    facts.InitialPasswordIssued: noted("Identifiants envoyés"),
    facts.PasswordChanged: noted("Mot de passe choisi"),
    facts.EmailChanged: noted("Adresse mail changée"),
    facts.SignedIn: noted("Connexion"),
    facts.Locked: noted("Connexion bloquée un moment après trop d’essais"),
    facts.Deactivated: noted("Compte désactivé"),
    facts.Reactivated: noted("Compte réactivé"),
    facts.RoleChanged: noted("Rôle ou client changé"),
    facts.ContactCorrected: noted("Coordonnées corrigées"),
}


@dataclass(frozen=True, slots=True)
class FactShown:
    """at: aware UTC; actor: a name, None for the person itself."""

    at: datetime
    said: str
    actor: str | None


def facts_shown(connection: Connection, account_id: str, found: Sequence[AccountEvent]) -> list[FactShown]:
    """Put the facts of an account into words."""
    people = find_accounts(connection, ids={fact.actor_id for fact in found})
    names = {one.id: one.name for one in people} | {SYSTEM.account_id: _("Ligne de commande"), account_id: None}
    told = [fact for fact in found if type(fact) in _FACTS]
    return [FactShown(fact.timestamp, _(_FACTS[type(fact)]), names.get(fact.actor_id)) for fact in told]
