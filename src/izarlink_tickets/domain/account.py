"""Account events for security audits, without names or addresses.

The stream of an account has the account's id. It also holds what the account does to customers, services and
categories. Failed sign-ins are no events: the throttle table counts them.
"""

from typing import ClassVar

from eventsourcing.domain import AggregateEvent


class AccountEvent(AggregateEvent):
    """One fact in an account's life. actor_id: usually the account itself."""

    TOPIC: ClassVar[str]

    actor_id: str
    role: str
    channel: str
    command_id: str


class AccountCreated(AccountEvent):
    """The account was created. account_role: the account's role; `role` is the actor's."""

    TOPIC: ClassVar[str] = "account.created"

    account_role: str
    organisation_id: str | None


class InitialPasswordIssued(AccountEvent):
    """An initial password was issued, at the latest with its mail.

    It only opens the form that changes it. Source: guide, « Le mot de passe générique … doit être modifié ».
    """

    TOPIC: ClassVar[str] = "account.initial-password-issued"


class PasswordChanged(AccountEvent):
    """The account's owner chose a password."""

    TOPIC: ClassVar[str] = "account.password-changed"


class EmailChanged(AccountEvent):
    """The link sent to a new mail address confirmed it."""

    TOPIC: ClassVar[str] = "account.email-changed"


class SignedIn(AccountEvent):
    """A sign-in succeeded. way: password, passkey or single_sign_on."""

    TOPIC: ClassVar[str] = "account.signed-in"

    way: str = "password"


class SecondFactorAdded(AccountEvent):
    """The person added a second factor. factor: `app` or `passkey`."""

    TOPIC: ClassVar[str] = "account.second-factor-added"

    factor: str


class SecondFactorRemoved(AccountEvent):
    """The person removed one of their second factors. factor: `app` or `passkey`."""

    TOPIC: ClassVar[str] = "account.second-factor-removed"

    factor: str


class SecondFactorReset(AccountEvent):
    """Somebody else removed all second factors and recovery codes."""

    TOPIC: ClassVar[str] = "account.second-factor-reset"


class RecoveryCodesCreated(AccountEvent):
    """The person got ten recovery codes, in place of earlier ones."""

    TOPIC: ClassVar[str] = "account.recovery-codes-created"


class RecoveryCodeUsed(AccountEvent):
    """A recovery code replaced a second factor. remaining: codes left."""

    TOPIC: ClassVar[str] = "account.recovery-code-used"

    remaining: int


class Locked(AccountEvent):
    """Sign-in was suspended after too many wrong passwords."""

    TOPIC: ClassVar[str] = "account.locked"


class Deactivated(AccountEvent):
    """The account was deactivated."""

    TOPIC: ClassVar[str] = "account.deactivated"


class Reactivated(AccountEvent):
    """The account was reactivated with its former rights."""

    TOPIC: ClassVar[str] = "account.reactivated"


class RoleChanged(AccountEvent):
    """The account got another role or organisation."""

    TOPIC: ClassVar[str] = "account.role-changed"

    account_role: str
    organisation_id: str | None
    previous_account_role: str
    previous_organisation_id: str | None


class ContactCorrected(AccountEvent):
    """Contact details were corrected. changed: the fields, never their values."""

    TOPIC: ClassVar[str] = "account.contact-corrected"

    changed: list[str]


class EmailChangeRequested(AccountEvent):
    """A new mail address was sent the link that confirms it."""

    TOPIC: ClassVar[str] = "account.email-change-requested"


class SessionsEnded(AccountEvent):
    """Sessions were ended by the person or an administrator."""

    TOPIC: ClassVar[str] = "account.sessions-ended"


class IdentityLinked(AccountEvent):
    """The account was linked to a person of an OpenID provider.

    issuer: the provider's URL.
    """

    TOPIC: ClassVar[str] = "account.identity-linked"

    issuer: str


class IdentityUnlinked(AccountEvent):
    """The account is no longer linked to the provider's person."""

    TOPIC: ClassVar[str] = "account.identity-unlinked"

    issuer: str


class BreakGlassGranted(AccountEvent):
    """The administrator may sign in with a password beside the provider."""

    TOPIC: ClassVar[str] = "account.break-glass-granted"


class BreakGlassRevoked(AccountEvent):
    """The administrator signs in by the provider alone again."""

    TOPIC: ClassVar[str] = "account.break-glass-revoked"


class DirectoryEvent(AccountEvent):
    """A change of the directory, in the stream of its actor."""


class OrganisationCreated(DirectoryEvent):
    """A customer was added."""

    TOPIC: ClassVar[str] = "directory.organisation-created"

    organisation_id: str


class OrganisationRenamed(DirectoryEvent):
    """A customer was renamed."""

    TOPIC: ClassVar[str] = "directory.organisation-renamed"

    organisation_id: str


class OrganisationDeactivated(DirectoryEvent):
    """A customer was deactivated; its accounts have events of their own."""

    TOPIC: ClassVar[str] = "directory.organisation-deactivated"

    organisation_id: str


class OrganisationReactivated(DirectoryEvent):
    """A customer was reactivated; its accounts stay as they are."""

    TOPIC: ClassVar[str] = "directory.organisation-reactivated"

    organisation_id: str


class ServiceCreated(DirectoryEvent):
    """A service was added to a customer."""

    TOPIC: ClassVar[str] = "directory.service-created"

    service_id: str
    organisation_id: str


class ServiceChanged(DirectoryEvent):
    """Label, site or offer of a service changed. changed: the fields."""

    TOPIC: ClassVar[str] = "directory.service-changed"

    service_id: str
    changed: list[str]


class ServiceDeactivated(DirectoryEvent):
    """New tickets can no longer be about the service."""

    TOPIC: ClassVar[str] = "directory.service-deactivated"

    service_id: str


class ServiceReactivated(DirectoryEvent):
    """New tickets can be about the service again."""

    TOPIC: ClassVar[str] = "directory.service-reactivated"

    service_id: str


class CategoryCreated(DirectoryEvent):
    """A category was added. replaces: the code of its predecessor."""

    TOPIC: ClassVar[str] = "directory.category-created"

    category: str
    replaces: str | None


class CategoryChanged(DirectoryEvent):
    """The default impact of a category changed."""

    TOPIC: ClassVar[str] = "directory.category-changed"

    category: str
    default_impact: int
    previous_default_impact: int


class CategoriesReordered(DirectoryEvent):
    """Categories were reordered. categories: codes of one type, in order."""

    TOPIC: ClassVar[str] = "directory.categories-reordered"

    categories: list[str]


class CategoryWithdrawn(DirectoryEvent):
    """New tickets can no longer have the category."""

    TOPIC: ClassVar[str] = "directory.category-withdrawn"

    category: str


class CategoryRestored(DirectoryEvent):
    """New tickets can have the category again."""

    TOPIC: ClassVar[str] = "directory.category-restored"

    category: str


class DirectoryExported(DirectoryEvent):
    """A list of all records was exported. sheet: organisations, accounts or services."""

    TOPIC: ClassVar[str] = "directory.exported"

    sheet: str


OWN_EVENTS: tuple[type[AccountEvent], ...] = tuple(
    event_class for event_class in AccountEvent.__subclasses__() if event_class is not DirectoryEvent
)
DIRECTORY_EVENTS: tuple[type[AccountEvent], ...] = tuple(DirectoryEvent.__subclasses__())
ACCOUNT_EVENTS = (*OWN_EVENTS, *DIRECTORY_EVENTS)
