"""The columns of the spreadsheets, with their French and English headings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from izarlink_tickets.domain.text import clean_line, fold
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.i18n import gettext_noop, in_every_language


@dataclass(frozen=True, slots=True)
class SpreadsheetColumn:
    """A column.

    field: its name in code.
    heading: in French; exports write it in the reader's language.
    others: further accepted headings, folded.
    """

    field: str
    heading: str
    others: frozenset[str] = frozenset()
    is_required: bool = False

    def is_called(self, name: str) -> bool:
        """Whether a heading means this column; language, accents and case are ignored."""
        return fold(clean_line(name)) in _accepted_headings(self)


@cache
def _accepted_headings(column: SpreadsheetColumn) -> frozenset[str]:
    return column.others | {fold(heading) for heading in in_every_language(column.heading)}


_STATE = SpreadsheetColumn("state", gettext_noop("État"), frozenset({"statut", "status"}))
_ORGANISATION_NAMES = frozenset({"organisation", "organization", "societe", "company"})

ORGANISATIONS: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn(
        "name", gettext_noop("Nom"), frozenset({"client", "customer"}) | _ORGANISATION_NAMES, is_required=True
    ),
    _STATE,
)
ACCOUNTS: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn(
        "email",
        gettext_noop("Mail"),
        frozenset({"e-mail", "email address", "mail address", "adresse mail", "identifiant"}),
        is_required=True,
    ),
    SpreadsheetColumn("name", gettext_noop("Nom"), is_required=True),
    SpreadsheetColumn("phone", gettext_noop("Téléphone"), frozenset({"tel", "telephone", "phone number"})),
    SpreadsheetColumn("role", gettext_noop("Rôle"), frozenset({"profil"}), is_required=True),
    SpreadsheetColumn("organisation", gettext_noop("Client"), _ORGANISATION_NAMES),
    _STATE,
)
SERVICES: Sequence[SpreadsheetColumn] = (
    SpreadsheetColumn("reference", gettext_noop("Référence"), is_required=True),
    SpreadsheetColumn("organisation", gettext_noop("Client"), _ORGANISATION_NAMES, is_required=True),
    SpreadsheetColumn("label", gettext_noop("Libellé"), is_required=True),
    SpreadsheetColumn("site", gettext_noop("Site")),
    SpreadsheetColumn("offer", gettext_noop("Offre"), frozenset({"offer"})),
    _STATE,
)

# Values of the columns « Rôle » and « État »; codes are accepted too.
ROLES: Mapping[Role, str] = {
    Role.CUSTOMER: gettext_noop("Client"),
    Role.COMPANY: gettext_noop("Responsable client"),
    Role.SUPPORT: gettext_noop("Support"),
    Role.ADMINISTRATOR: gettext_noop("Administrateur"),
    Role.AUDITOR: gettext_noop("Auditeur"),
}
STATES: Mapping[bool, str] = {True: gettext_noop("Actif"), False: gettext_noop("Désactivé")}


def role_called(name: str) -> Role | None:
    """Return the role of a label or code, or None."""
    return _roles().get(fold(clean_line(name)))


def state_called(name: str) -> bool | None:
    """Return whether a cell means active; None if it is no state."""
    return _states().get(fold(clean_line(name)))


@cache
def _roles() -> Mapping[str, Role]:
    # "Customer manager" was the English label of earlier releases.
    labels = {fold(label): role for role, french in ROLES.items() for label in in_every_language(french)}
    return labels | {role.value: role for role in ROLES} | {"customer manager": Role.COMPANY}


@cache
def _states() -> Mapping[str, bool]:
    labels = {fold(label): is_active for is_active, french in STATES.items() for label in in_every_language(french)}
    return labels | {"active": True, "inactive": False}
