"""The words of the domain: codes as they are stored, and what they are called in French, the source of every screen.

It decides nothing.
Source: guide §3 (types, categories, urgency), R11 (states, roles, priority).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class TicketType(StrEnum):
    """Incident or Demande (R1)."""

    INCIDENT = "INCIDENT"
    REQUEST = "DEMANDE"


class State(StrEnum):
    """Where a ticket stands. `CLOTURE` is left only by reopening, `ANNULE` never."""

    NEW = "NOUVEAU"
    IN_PROGRESS = "EN_COURS"
    PENDING = "EN_ATTENTE"
    RESOLVED = "RESOLU"
    CLOSED = "CLOTURE"
    CANCELLED = "ANNULE"


# Which states a rule is about, in the order of a ticket's life.
ACTIONABLE = (State.NEW, State.IN_PROGRESS)
BEING_WORKED_ON = (State.IN_PROGRESS, State.PENDING)
UNRESOLVED = (*ACTIONABLE, State.PENDING)
UNFINISHED = (*UNRESOLVED, State.RESOLVED)
NOT_CANCELLED = (*UNFINISHED, State.CLOSED)
FINISHED = (State.CLOSED, State.CANCELLED)


class Awaiting(StrEnum):
    """Who a ticket in `EN_ATTENTE` waits for."""

    CUSTOMER = "CLIENT"
    THIRD_PARTY = "TIERS"


class Urgency(IntEnum):
    """How fast the customer needs it; a Demande has none (R16)."""

    VERY_LOW = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    VERY_HIGH = 5


# Source: guide §3, « Les niveaux d'urgence sont : Haute ou Moyenne » (R17); staff may set the others.
CUSTOMER_URGENCIES = (Urgency.HIGH, Urgency.MEDIUM)
IMPACTS = range(1, 6)


class Role(StrEnum):
    """What an account may do; `SYSTEM` is the portal itself and belongs to no account."""

    CUSTOMER = "customer"
    COMPANY = "company"
    SUPPORT = "support"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Channel(StrEnum):
    """The way a command came in."""

    WEB = "web"
    MAIL = "mail"
    API = "api"
    CLI = "cli"
    PHONE = "phone"
    SYSTEM = "system"


GROUP_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the closed tree of one ticket type.

    default_impact: 1–5. For an Incident the impact it starts with, for a Demande its priority as well.
    is_active: whether a ticket may be given it; those that have it keep it.
    """

    code: str
    ticket_type: TicketType
    label: str
    default_impact: int
    group: str | None = None
    is_active: bool = True

    @property
    def full_label(self) -> str:
        """Name the leaf with its group, « Administrative > Facturation »."""
        return f"{self.group}{GROUP_SEPARATOR}{self.label}" if self.group else self.label


# The categories that a new portal begins with; the directory keeps these and others.
# Source: guide §3, in its order and with its labels (R14, R15); the impacts are ours.
GUIDE_CATEGORIES = {
    category.code: category
    for category in (
        Category("COUPURE_TOTALE", TicketType.INCIDENT, "Coupure totale", 4),
        Category("LENTEUR", TicketType.INCIDENT, "Lenteur", 2),
        Category("PERTE_DE_PAQUETS", TicketType.INCIDENT, "Perte de Paquets", 3),
        Category("DEBIT", TicketType.INCIDENT, "Débit", 3),
        Category("TECHNIQUE", TicketType.REQUEST, "Technique", 3),
        Category("FACTURATION", TicketType.REQUEST, "Facturation", 2, "Administrative"),
        Category("INFORMATION", TicketType.REQUEST, "Information", 2, "Administrative"),
        Category("MODIFICATION", TicketType.REQUEST, "Modification", 3, "Administrative"),
    )
}


@dataclass(frozen=True, slots=True)
class Actor:
    """What a rule needs to know of an account: never a name or an address."""

    account_id: str
    role: Role
    organisation_id: str | None = None
    is_active: bool = True


# The portal acting by itself (reminders, automatic closing). The nil UUID belongs to no account.
SYSTEM = Actor(account_id="00000000-0000-0000-0000-000000000000", role=Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One command as given: who, when (aware UTC), by which way, under which id (D4).

    seen_version: of the ticket as the actor had it before him, where a decision may depend on it (D5); None: not asked.
    """

    actor: Actor
    at: datetime
    channel: Channel
    command_id: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A contracted connection, as far as the rules look at it."""

    service_id: str
    organisation_id: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """A stored attachment. `sha256`: hex digest of the sealed bytes; `size`: bytes as uploaded."""

    file_id: str
    name: str
    size: int
    media_type: str
    sha256: str


# Rows: urgency 1–5, columns: impact 1–5. Source: R11.
_PRIORITIES = {
    Urgency.VERY_HIGH: (2, 3, 4, 5, 5),
    Urgency.HIGH: (2, 3, 4, 4, 5),
    Urgency.MEDIUM: (2, 2, 3, 4, 4),
    Urgency.LOW: (1, 2, 2, 3, 3),
    Urgency.VERY_LOW: (1, 1, 2, 2, 2),
}


def priority_of(*, urgency: Urgency | None, impact: int) -> int:
    """Derive the priority, 1–5. A Demande has no urgency: its priority is its impact."""
    return impact if urgency is None else _PRIORITIES[urgency][impact - 1]


LABELS: dict[StrEnum | IntEnum, str] = {
    TicketType.INCIDENT: "Incident",
    TicketType.REQUEST: "Demande",
    State.NEW: "Nouveau",
    State.IN_PROGRESS: "En cours",
    State.PENDING: "En attente",
    State.RESOLVED: "Résolu",
    State.CLOSED: "Clôturé",
    State.CANCELLED: "Annulé",
    Awaiting.CUSTOMER: "En attente de votre réponse",
    Awaiting.THIRD_PARTY: "En attente d’un tiers",
    Urgency.VERY_HIGH: "Très haute",
    Urgency.HIGH: "Haute",
    Urgency.MEDIUM: "Moyenne",
    Urgency.LOW: "Basse",
    Urgency.VERY_LOW: "Très basse",
    Role.CUSTOMER: "Client",
    Role.COMPANY: "Responsable client",
    Role.SUPPORT: "Support IzarLink",
    Role.ADMINISTRATOR: "Support IzarLink",
    Role.AUDITOR: "Auditeur",
    Role.SYSTEM: "Portail IzarLink",
}

# Apart: `Channel.SYSTEM` equals `Role.SYSTEM` as a string, so that in one dictionary one would replace the other.
CHANNEL_LABELS: dict[Channel, str] = {
    Channel.WEB: "via le portail",
    Channel.MAIL: "par mail",
    Channel.API: "via l’API",
    Channel.CLI: "via la ligne de commande",
    Channel.PHONE: "par téléphone",
    Channel.SYSTEM: "automatiquement",
}


def state_label(state: State, awaiting: Awaiting | None = None) -> str:
    """Say where a ticket stands, and who is awaited where somebody is (R26)."""
    return LABELS[awaiting] if awaiting else LABELS[state]
