"""Accounts, passwords, mailed links and throttling, without sessions and tickets."""

from izarlink_tickets.accounts.account import (
    EmailTaken,
    OrganisationMissing,
    OrganisationNotAllowed,
    accounts_by_email,
    active_administrators,
    active_staff,
    create_account,
    few_accounts_of,
    find_account,
    find_account_by_email,
    find_accounts,
    insert_accounts,
    list_accounts,
    list_accounts_of_organisation,
    lock_account,
    lock_administrators,
    new_account,
)
from izarlink_tickets.accounts.changes import (
    Preferences,
    activate,
    change_contact,
    change_contacts,
    change_preferences,
    change_role,
    confirm_contact,
    confirm_email,
    deactivate,
    record_sign_in,
    replace_email,
    request_email,
)
from izarlink_tickets.accounts.contact import InvalidEmail, InvalidPhone, email_of, fold_email, name_of, phone_of
from izarlink_tickets.accounts.credentials import (
    InitialPasswordExpired,
    PasswordAlreadyChosen,
    create_initial_password,
    credentials_of,
    drop_expired_initial_passwords,
    find_credentials,
    forget_password,
    set_password,
)
from izarlink_tickets.accounts.external_identities import (
    IdentityTaken,
    InvalidSubject,
    NotAdministrator,
    NotOfStaff,
    SignsInByProvider,
    drop_identities,
    find_account_by_identity,
    find_break_glass,
    find_subject,
    is_break_glass,
    link_identity,
    may_use_password,
    set_break_glass,
    subject_of,
    unlink_identity,
)
from izarlink_tickets.accounts.known_browsers import find_browser, remember_browser
from izarlink_tickets.accounts.passwords import (
    PasswordFault,
    PasswordTooLong,
    PasswordTooWeak,
    draw_initial_password,
    hash_password,
)
from izarlink_tickets.accounts.recipients import (
    IS_INFORMED,
    IS_OF_TEAM,
    RECIPIENT_COLUMNS,
    Recipient,
    RecipientRow,
    find_among_or_support,
    find_company,
    find_recipients,
    find_support,
    recipient_of,
)
from izarlink_tickets.accounts.second_factors import (
    EnrolledFactors,
    count_operators_without_factor,
    drop_second_factors,
    find_enrolled_factors,
)
from izarlink_tickets.accounts.sign_in_limits import (
    CURRENT_PASSWORD,
    EMAIL_CHANGE,
    LOCK_NOTICE,
    RESET_MAIL,
    AttemptSource,
    budgets_of_account,
)
from izarlink_tickets.accounts.table import COLUMNS, Account, MailPace, Theme, account_of, accounts
from izarlink_tickets.accounts.throttle import (
    Admission,
    Budget,
    Limit,
    TooManyAttempts,
    count_attempts,
    drop_expired_attempts,
    hash_of_network,
    network_of,
    reset_attempts,
    undo_attempts,
)
from izarlink_tickets.accounts.tokens import (
    LinkNotValid,
    Proof,
    Purpose,
    create_token,
    drop_expired_tokens,
    drop_tokens,
    find_token,
    use_token,
)
