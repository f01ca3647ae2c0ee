"""The domain's vocabulary: stored codes, French labels, values of commands.

Source: guide §3 (types, categories, urgency); ITIL (states, priority).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class TicketType(StrEnum):
    """Incident or Demande."""

    INCIDENT = "INCIDENT"
    REQUEST = "DEMANDE"


class State(StrEnum):
    """The state of a ticket. Only reopening leaves `CLOTURE`; nothing leaves `ANNULE`."""

    NEW = "NOUVEAU"
    IN_PROGRESS = "EN_COURS"
    PENDING = "EN_ATTENTE"
    RESOLVED = "RESOLU"
    CLOSED = "CLOTURE"
    CANCELLED = "ANNULE"


# Groups of states, in the order of a ticket's life.
ACTIONABLE = (State.NEW, State.IN_PROGRESS)
STARTED = (State.IN_PROGRESS, State.PENDING)
UNRESOLVED = (*ACTIONABLE, State.PENDING)
UNFINISHED = (*UNRESOLVED, State.RESOLVED)
NOT_CANCELLED = (*UNFINISHED, State.CLOSED)
FINISHED = (State.CLOSED, State.CANCELLED)


class Awaiting(StrEnum):
    """The party that a ticket in `EN_ATTENTE` waits for."""

    CUSTOMER = "CLIENT"
    THIRD_PARTY = "TIERS"


class SilenceCause(StrEnum):
    """Why no answer of the customer is to be expected."""

    NO_ANSWER = "no-answer"
    NOT_DELIVERED = "not-delivered"
    ACCOUNT_CLOSED = "account-closed"


class SecondFactorKind(StrEnum):
    """A means of signing in besides the password, or instead of it."""

    APP = "app"
    PASSKEY = "passkey"


class Urgency(IntEnum):
    """The urgency of an Incident; a Demande has none."""

    VERY_LOW = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    VERY_HIGH = 5


# Source: guide §3, « Les niveaux d'urgence sont : Haute ou Moyenne »; staff may set the others.
CUSTOMER_URGENCIES = (Urgency.HIGH, Urgency.MEDIUM)
IMPACTS = range(1, 6)


class Role(StrEnum):
    """The role of an account; `SYSTEM` is the portal itself."""

    CUSTOMER = "customer"
    COMPANY = "company"
    SUPPORT = "support"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Channel(StrEnum):
    """The channel through which a command came in."""

    WEB = "web"
    MAIL = "mail"
    API = "api"
    CLI = "cli"
    PHONE = "phone"
    SYSTEM = "system"


GROUP_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Category:
    """A category that a ticket of one type can have.

    default_impact: 1–5, the initial impact; for a Demande the priority as well.
    is_active: False removes it from the forms; tickets that have it keep it.
    """

    code: str
    ticket_type: TicketType
    label: str
    default_impact: int
    group: str | None = None
    is_active: bool = True

    @property
    def full_label(self) -> str:
        """The label after its group, « Administrative > Facturation »."""
        return f"{self.group}{GROUP_SEPARATOR}{self.label}" if self.group else self.label


# The categories of a new portal; the directory may add others.
# Source: guide §3, in its order and with its labels; the impacts are ours.
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
    """An account as the rules see it, without name or address."""

    account_id: str
    role: Role
    organisation_id: str | None = None
    is_active: bool = True


# The portal itself, for reminders and automatic closing. The nil UUID belongs to no account.
SYSTEM = Actor(account_id="00000000-0000-0000-0000-000000000000", role=Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The actor, time (aware UTC), channel and id of a command.

    command_id: the same id and content again gets the first answer.
    seen_version: the ticket's version on the actor's page, for decisions that depend on it; None skips the check.
    """

    actor: Actor
    at: datetime
    channel: Channel
    command_id: str
    seen_version: int | None = None

    def author_fields(self) -> dict[str, str]:
        """Return the event fields that record who acted, and how."""
        return {
            "actor_id": self.actor.account_id,
            "role": self.actor.role.value,
            "channel": self.channel.value,
            "command_id": self.command_id,
        }


@dataclass(frozen=True, slots=True)
class Service:
    """A contracted service as the rules see it."""

    service_id: str
    organisation_id: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """A stored attachment. size: bytes. sha256: hex, of the sealed bytes.

    thumbnail_sha256: as sha256; None without a thumbnail. Its width and height are in pixels.
    """

    file_id: str
    name: str
    size: int
    media_type: str
    sha256: str
    thumbnail_sha256: str | None = None
    thumbnail_width: int = 0
    thumbnail_height: int = 0


# Columns: impact 1–5. Source: ITIL, priority from urgency and impact.
_PRIORITIES = {
    Urgency.VERY_HIGH: (2, 3, 4, 5, 5),
    Urgency.HIGH: (2, 3, 4, 4, 5),
    Urgency.MEDIUM: (2, 2, 3, 4, 4),
    Urgency.LOW: (1, 2, 2, 3, 3),
    Urgency.VERY_LOW: (1, 1, 2, 2, 2),
}


def priority_of(*, urgency: Urgency | None, impact: int) -> int:
    """Return the priority, 1–5; without an urgency, the impact."""
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

# A dictionary of its own: `Channel.SYSTEM` equals `Role.SYSTEM` as a string, and one key would replace the other.
CHANNEL_LABELS: dict[Channel, str] = {
    Channel.WEB: "via le portail",
    Channel.MAIL: "par mail",
    Channel.API: "via l’API",
    Channel.CLI: "via la ligne de commande",
    Channel.PHONE: "par téléphone",
    Channel.SYSTEM: "automatiquement",
}


def state_label(state: State, awaiting: Awaiting | None = None) -> str:
    """Return the label of the state, or of the wait."""
    return LABELS[awaiting] if awaiting else LABELS[state]
