"""The columns of the directory's spreadsheets: what they are called in French and in English, which must be there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from izarlink_tickets.domain.text import clean_line, fold
from izarlink_tickets.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class SpreadsheetColumn:
    """A column. field: in code; heading: as exported; others: further names, folded; is_wanted: it can't be missing."""

    field: str
    heading: str
    others: frozenset[str] = frozenset()
    is_wanted: bool = False

    def is_called(self, name: str) -> bool:
        """Say whether a heading of a file means this column, whatever its accents and capitals."""
        return fold(clean_line(name)) in {fold(self.heading), *self.others}


_STATE = SpreadsheetColumn("state", "État", frozenset({"state", "statut", "status"}))
_ORGANISATION_NAMES = frozenset({"organisation", "organization", "societe", "company"})

ORGANISATIONS: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn("name", "Nom", frozenset({"name", "client"}) | _ORGANISATION_NAMES, is_wanted=True),
    _STATE,
)
ACCOUNTS: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn("email", "Mail", frozenset({"email", "e-mail", "adresse mail", "identifiant"}), is_wanted=True),
    SpreadsheetColumn("name", "Nom", frozenset({"name"}), is_wanted=True),
    SpreadsheetColumn("phone", "Téléphone", frozenset({"phone", "tel"})),
    SpreadsheetColumn("role", "Rôle", frozenset({"profil"}), is_wanted=True),
    SpreadsheetColumn("organisation", "Client", _ORGANISATION_NAMES),
    _STATE,
)
SERVICES: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn("reference", "Référence", is_wanted=True),
    SpreadsheetColumn("organisation", "Client", _ORGANISATION_NAMES, is_wanted=True),
    SpreadsheetColumn("label", "Libellé", frozenset({"label"}), is_wanted=True),
    SpreadsheetColumn("site", "Site"),
    SpreadsheetColumn("offer", "Offre", frozenset({"offer"})),
    _STATE,
)

# What stands in the columns « Rôle » and « État »; codes are understood too.
ROLES: Mapping[Role, str] = {
    Role.CUSTOMER: "Client",
    Role.COMPANY: "Responsable client",
    Role.SUPPORT: "Support",
    Role.ADMINISTRATOR: "Administrateur",
    Role.AUDITOR: "Auditeur",
}
STATES: Mapping[bool, str] = {True: "Actif", False: "Désactivé"}
_ROLES = {fold(name): role for role, label in ROLES.items() for name in (label, role.value)}
_STATES = {fold(label): is_active for is_active, label in STATES.items()} | {"active": True, "inactive": False}


def role_called(name: str) -> Role | None:
    """Give the role that a cell means, in French or as its code; None for what is none."""
    return _ROLES.get(fold(clean_line(name)))


def state_called(name: str) -> bool | None:
    """Say whether a cell means active; None for what is no state."""
    return _STATES.get(fold(clean_line(name)))
