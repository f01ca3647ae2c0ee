"""What security must be able to audit about an account (D7): facts without a name or an address. It decides nothing.

The stream of an account bears the account's id; what its person does to customers, connections and categories stands
there too. Failed attempts are no events: the throttle table counts them.
"""

from typing import ClassVar

from eventsourcing.domain import AggregateEvent


class AccountEvent(AggregateEvent):
    """A fact of an account's life. actor_id: who did it, the account itself as a rule."""

    TOPIC: ClassVar[str]

    actor_id: str
    role: str
    channel: str
    command_id: str


class AccountCreated(AccountEvent):
    """The account exists. account_role: its role, `role` being the actor's."""

    TOPIC: ClassVar[str] = "account.created"

    account_role: str
    organisation_id: str | None


class InitialPasswordIssued(AccountEvent):
    """A password that opens nothing but its own change was made, or will be when its mail is sent (R4, R5)."""

    TOPIC: ClassVar[str] = "account.initial-password-issued"


class PasswordChanged(AccountEvent):
    """The person chose a password."""

    TOPIC: ClassVar[str] = "account.password-changed"


class EmailChanged(AccountEvent):
    """A new mail address was confirmed by the link sent to it (R8)."""

    TOPIC: ClassVar[str] = "account.email-changed"


class SignedIn(AccountEvent):
    """Somebody gave the right password."""

    TOPIC: ClassVar[str] = "account.signed-in"


class Locked(AccountEvent):
    """Too many wrong passwords: sign-in is refused for a while."""

    TOPIC: ClassVar[str] = "account.locked"


class Deactivated(AccountEvent):
    """The account opens nothing any more."""

    TOPIC: ClassVar[str] = "account.deactivated"


class Reactivated(AccountEvent):
    """The account opens again what it opened before."""

    TOPIC: ClassVar[str] = "account.reactivated"


class RoleChanged(AccountEvent):
    """The account has another role, or belongs to another organisation."""

    TOPIC: ClassVar[str] = "account.role-changed"

    account_role: str
    organisation_id: str | None
    previous_account_role: str
    previous_organisation_id: str | None


class ContactCorrected(AccountEvent):
    """Somebody else wrote name, telephone or mail address anew. changed: which of them, never their values."""

    TOPIC: ClassVar[str] = "account.contact-corrected"

    changed: list[str]


# --- what an administrator does to the directory: kept in the stream of the account that does it ----------------------


class OrganisationCreated(AccountEvent):
    """A customer was added."""

    TOPIC: ClassVar[str] = "directory.organisation-created"

    organisation_id: str


class OrganisationRenamed(AccountEvent):
    """A customer is called otherwise."""

    TOPIC: ClassVar[str] = "directory.organisation-renamed"

    organisation_id: str


class OrganisationDeactivated(AccountEvent):
    """A customer left; each of its accounts says so itself."""

    TOPIC: ClassVar[str] = "directory.organisation-deactivated"

    organisation_id: str


class OrganisationReactivated(AccountEvent):
    """A customer came back. Its accounts stay as they are."""

    TOPIC: ClassVar[str] = "directory.organisation-reactivated"

    organisation_id: str


class ServiceCreated(AccountEvent):
    """A connection was added to a customer."""

    TOPIC: ClassVar[str] = "directory.service-created"

    service_id: str
    organisation_id: str


class ServiceChanged(AccountEvent):
    """Label, site or offer of a connection were written anew. changed: which of them."""

    TOPIC: ClassVar[str] = "directory.service-changed"

    service_id: str
    changed: list[str]


class ServiceDeactivated(AccountEvent):
    """New tickets can't be about the connection any more."""

    TOPIC: ClassVar[str] = "directory.service-deactivated"

    service_id: str


class ServiceReactivated(AccountEvent):
    """New tickets can be about the connection again."""

    TOPIC: ClassVar[str] = "directory.service-reactivated"

    service_id: str


class CategoryCreated(AccountEvent):
    """Tickets can have one more category. replaces: the code of the one whose place it takes."""

    TOPIC: ClassVar[str] = "directory.category-created"

    category: str
    replaces: str | None


class CategoryChanged(AccountEvent):
    """A category begins with another impact from now on."""

    TOPIC: ClassVar[str] = "directory.category-changed"

    category: str
    default_impact: int
    previous_default_impact: int


class CategoriesReordered(AccountEvent):
    """The forms show categories in another order. categories: codes of one ticket type, in that order."""

    TOPIC: ClassVar[str] = "directory.categories-reordered"

    categories: list[str]


class CategoryWithdrawn(AccountEvent):
    """New tickets can't have the category any more."""

    TOPIC: ClassVar[str] = "directory.category-withdrawn"

    category: str


class CategoryRestored(AccountEvent):
    """New tickets can have the category again."""

    TOPIC: ClassVar[str] = "directory.category-restored"

    category: str


class DirectoryExported(AccountEvent):
    """Somebody took away a list of all records of a kind. sheet: organisations, accounts or services."""

    TOPIC: ClassVar[str] = "directory.exported"

    sheet: str


# What happened to an account, and what its person did to the directory.
OWN_EVENTS: tuple[type[AccountEvent], ...] = (
    AccountCreated,
    InitialPasswordIssued,
    PasswordChanged,
    EmailChanged,
    SignedIn,
    Locked,
    Deactivated,
    Reactivated,
    RoleChanged,
    ContactCorrected,
)
DIRECTORY_EVENTS: tuple[type[AccountEvent], ...] = (
    OrganisationCreated,
    OrganisationRenamed,
    OrganisationDeactivated,
    OrganisationReactivated,
    ServiceCreated,
    ServiceChanged,
    ServiceDeactivated,
    ServiceReactivated,
    CategoryCreated,
    CategoryChanged,
    CategoriesReordered,
    CategoryWithdrawn,
    CategoryRestored,
    DirectoryExported,
)
ACCOUNT_EVENTS = (*OWN_EVENTS, *DIRECTORY_EVENTS)
