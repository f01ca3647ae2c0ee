"""The columns of the spreadsheets, with their French and English headings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from izarlink_tickets.domain.text import clean_line, fold
from izarlink_tickets.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class SpreadsheetColumn:
    """A column.

    field: its name in code. heading: as exported. others: further accepted headings, folded.
    """

    field: str
    heading: str
    others: frozenset[str] = frozenset()
    is_required: bool = False

    def is_called(self, name: str) -> bool:
        """Whether a heading means this column; accents and case are ignored."""
        return fold(clean_line(name)) in {fold(self.heading), *self.others}


_STATE = SpreadsheetColumn("state", "État", frozenset({"state", "statut", "status"}))
_ORGANISATION_NAMES = frozenset({"organisation", "organization", "societe", "company"})

ORGANISATIONS: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn("name", "Nom", frozenset({"name", "client"}) | _ORGANISATION_NAMES, is_required=True),
    _STATE,
)
ACCOUNTS: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn("email", "Mail", frozenset({"email", "e-mail", "adresse mail", "identifiant"}), is_required=True),
    SpreadsheetColumn("name", "Nom", frozenset({"name"}), is_required=True),
    SpreadsheetColumn("phone", "Téléphone", frozenset({"phone", "tel"})),
    SpreadsheetColumn("role", "Rôle", frozenset({"profil"}), is_required=True),
    SpreadsheetColumn("organisation", "Client", _ORGANISATION_NAMES),
    _STATE,
)
SERVICES: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn("reference", "Référence", is_required=True),
    SpreadsheetColumn("organisation", "Client", _ORGANISATION_NAMES, is_required=True),
    SpreadsheetColumn("label", "Libellé", frozenset({"label"}), is_required=True),
    SpreadsheetColumn("site", "Site"),
    SpreadsheetColumn("offer", "Offre", frozenset({"offer"})),
    _STATE,
)

# Values of the columns « Rôle » and « État »; codes are accepted too.
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
    """Return the role of a label or code, or None."""
    return _ROLES.get(fold(clean_line(name)))


def state_called(name: str) -> bool | None:
    """Return whether a cell means active; None if it is no state."""
    return _STATES.get(fold(clean_line(name)))
