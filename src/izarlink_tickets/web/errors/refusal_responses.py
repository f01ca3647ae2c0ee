"""HTTP status, form field and localized message of each refusal."""

from collections.abc import Mapping
from http import HTTPStatus

from izarlink_tickets import accounts, attachments, directory, identity_provider, refusal_messages
from izarlink_tickets.accounts import contact, passkeys, passwords
from izarlink_tickets.application import sign_ins, single_sign_on
from izarlink_tickets.application.accounts import NoIdentityProvider, NoSecondFactor, OwnSecondFactor, UnknownAccount
from izarlink_tickets.application.canned_responses import CannedResponseNotFound
from izarlink_tickets.application.saved_views import SavedViewNameTaken, SavedViewNotFound, TooManySavedViews
from izarlink_tickets.application.second_factors import EnrolmentInvalid, SecondFactorRequired
from izarlink_tickets.application.second_steps import WrongCode
from izarlink_tickets.application.spreadsheets import ImportRefused, import_errors
from izarlink_tickets.attachments.refusals import FileRefused
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.web.page import current_page

_KINDS_BY_STATUS: Mapping[HTTPStatus, tuple[type[Refusal], ...]] = {
    HTTPStatus.BAD_REQUEST: (
        errors.UnknownChoice,
        accounts.LinkNotValid,
        identity_provider.SignOnNotStarted,
        identity_provider.SignOnCancelled,
        identity_provider.SignOnRejected,
        identity_provider.SignOnNotRecent,
    ),
    HTTPStatus.FORBIDDEN: (
        errors.NotAllowed,
        single_sign_on.RoleNotMapped,
        single_sign_on.IdentityNotLinked,
        single_sign_on.AccountClosed,
        single_sign_on.AnotherPerson,
        sign_ins.SingleSignOnRequired,
    ),
    HTTPStatus.NOT_FOUND: (
        errors.TicketNotFound,
        directory.UnknownCategory,
        directory.UnknownService,
        SavedViewNotFound,
        CannedResponseNotFound,
    ),
    HTTPStatus.CONFLICT: (
        errors.WrongState,
        errors.ChangedMeanwhile,
        errors.StaffHasActed,
        errors.CancellationAlreadyRequested,
        errors.NoCancellationRequested,
        errors.ReopeningTooLate,
        errors.TooEarly,
        errors.RelationNotPossible,
        errors.CommandAlreadyUsed,
        errors.OwnAccount,
        errors.OwnAddress,
        errors.TooManyWatchers,
        errors.LastAdministrator,
        NoSecondFactor,
        OwnSecondFactor,
        SecondFactorRequired,
        passkeys.PasskeyTaken,
        passkeys.PasskeyUnknown,
        passkeys.TooManyPasskeys,
        accounts.PasswordAlreadyChosen,
        accounts.SignsInByProvider,
        accounts.NotOfStaff,
        accounts.NotAdministrator,
        directory.LastCategory,
        directory.OrganisationInactive,
        TooManySavedViews,
        UnknownAccount,
        NoIdentityProvider,
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (errors.TooManyFiles, errors.QuotaReached, attachments.FileTooLarge),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (attachments.FileKindRefused, attachments.FileContentMismatch),
    HTTPStatus.UNPROCESSABLE_ENTITY: (Refusal,),
    HTTPStatus.SERVICE_UNAVAILABLE: (attachments.FileNotScanned, identity_provider.ProviderUnavailable),
    HTTPStatus.TOO_MANY_REQUESTS: (errors.TryAgainLater,),
}
_STATUSES = {kind: status for status, kinds in _KINDS_BY_STATUS.items() for kind in kinds}

_FIELDS: Mapping[type[Refusal], str | None] = {
    Refusal: None,
    errors.CategoryNotOfType: "category",
    errors.CategoryNotActive: "category",
    errors.UrgencyMissing: "urgency",
    errors.UrgencyNotAllowed: "urgency",
    errors.ServiceNotOfOrganisation: "service",
    errors.PersonNotEligible: "person",
    errors.TooManyWatchers: "person",
    errors.DateNotInFuture: "until",
    errors.NothingToAdd: "comment",
    errors.TooManyFiles: "files",
    errors.TooManyFileBytes: "files",
    errors.QuotaReached: "files",
    FileRefused: "files",
    contact.InvalidEmail: "email",
    contact.InvalidPhone: "phone",
    passwords.PasswordTooWeak: "new_password",
    passwords.PasswordTooLong: "new_password",
    accounts.EmailTaken: "email",
    EnrolmentInvalid: "code",
    WrongCode: "code",
    errors.OwnAddress: "email",
    accounts.IdentityTaken: "subject",
    accounts.InvalidSubject: "subject",
    accounts.OrganisationMissing: "organisation",
    accounts.OrganisationNotAllowed: "organisation",
    directory.NameTaken: "name",
    directory.CategoryTaken: "label",
    directory.OrganisationInactive: "organisation",
    directory.UnknownOrganisation: "organisation",
    directory.ReferenceTaken: "reference",
    directory.InvalidReference: "reference",
    SavedViewNameTaken: "name",
    import_errors.CsvFileRefused: "file",
    import_errors.LineRefused: "file",
    ImportRefused: "file",
}


def message_for(refusal: Refusal) -> str:
    """Return a refusal's message in the viewer's language and time zone."""
    return refusal_messages.message_for(refusal, timezone=current_page().timezone)


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status of the page that shows the refusal."""
    return next(_STATUSES[kind] for kind in type(refusal).__mro__ if kind in _STATUSES)


def field_of(refusal: Refusal) -> str | None:
    """Return the form field of a refusal; None for the whole form."""
    own = getattr(refusal, "field", None)
    return own or next(_FIELDS[kind] for kind in type(refusal).__mro__ if kind in _FIELDS)
