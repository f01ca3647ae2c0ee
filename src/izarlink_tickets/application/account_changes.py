"""What an administrator writes anew in an account: name, telephone and address, role and organisation (D7)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Account, change_contact, change_role, email_of, name_of, phone_of, replace_email
from izarlink_tickets.application.account_events import record_account_event
from izarlink_tickets.application.administration import Administration, mail_credentials, refuse_without_administrator
from izarlink_tickets.directory import find_organisation
from izarlink_tickets.domain.account import ContactCorrected, InitialPasswordIssued, RoleChanged
from izarlink_tickets.domain.errors import NothingChanges, RecordHasChanged
from izarlink_tickets.domain.vocabulary import CommandContext, Role
from izarlink_tickets.sessions import end_sessions


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is reached, as typed or as stored."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Position:
    """What somebody may do, and for whom. organisation: the name of the customer, empty for people of IzarLink."""

    role: str
    organisation: str


class AccountChanges(Administration):
    """Corrections of accounts. Raise besides what `Administration` raises RecordHasChanged and NothingChanges.

    seen: the record as the author of the change had it before him; None for whoever looked at nothing.
    """

    def correct_contact(
        self, context: CommandContext, *, email: str, contact: Contact, seen: Contact | None = None
    ) -> Account:
        """Write name, address or telephone anew.

        An address that is replaced is told of it. Whoever has not chosen a password yet gets new credentials at the new
        address instead, those that were sent to the old one being worth nothing.
        Raises: TextRefused, InvalidEmail, InvalidPhone, EmailTaken.
        """
        wanted = Contact(name_of(contact.name), email_of(contact.email), phone_of(contact.phone))

        def deed(connection: Connection, account: Account) -> None:
            current = contact_of(account)
            changed = changed_fields(asdict(wanted), asdict(current), asdict(seen) if seen else None)
            change_contact(connection, account_id=account.id, name=wanted.name, phone=wanted.phone)
            if "email" in changed:
                _replace_email(connection, context, account, wanted.email)
            record_account_event(connection, context, ContactCorrected, account_id=account.id, changed=changed)
            if "email" in changed and account.must_change_password:
                record_account_event(connection, context, InitialPasswordIssued, account_id=account.id)

        return self._do(context, "correct_contact", email, deed, *asdict(wanted).values())

    def change_role(
        self, context: CommandContext, *, email: str, position: Position, seen: Position | None = None
    ) -> Account:
        """Give another role, or another organisation; the sessions are closed, what they show being another's.

        Raises: LastAdministrator, UnknownChoice, OrganisationMissing, OrganisationNotAllowed, UnknownOrganisation,
        OrganisationInactive.
        """

        def deed(connection: Connection, account: Account) -> None:
            current, role = position_of(connection, account), Role(position.role)
            changed_fields(asdict(position), asdict(current), asdict(seen) if seen else None)
            if role is not Role.ADMINISTRATOR:
                refuse_without_administrator(connection, account)
            organisation_id = self._customer(connection, position.organisation)
            change_role(connection, account_id=account.id, role=role, organisation_id=organisation_id)
            end_sessions(connection, account_id=account.id)
            record_account_event(
                connection,
                context,
                RoleChanged,
                account_id=account.id,
                account_role=role.value,
                organisation_id=organisation_id,
                previous_account_role=account.role.value,
                previous_organisation_id=account.organisation_id,
            )

        return self._do(context, "change_role", email, deed, *asdict(position).values())


def contact_of(account: Account) -> Contact:
    return Contact(account.name, account.email, account.phone)


def position_of(connection: Connection, account: Account) -> Position:
    organisation_id = account.organisation_id
    organisation = organisation_id and find_organisation(connection, organisation_id=organisation_id)
    return Position(account.role.value, organisation.name if organisation else "")


def changed_fields(wanted: Mapping[str, str], current: Mapping[str, str], seen: Mapping[str, str] | None) -> list[str]:
    """Name what the command changes. Raises: RecordHasChanged, where somebody else was faster; NothingChanges."""
    meanwhile = [(name, seen[name], value) for name, value in current.items() if seen and seen[name] != value]
    if any(wanted[name] != now for name, _, now in meanwhile):
        raise RecordHasChanged(tuple(meanwhile))
    changed = [name for name, value in current.items() if wanted[name] != value]
    if not changed:
        raise NothingChanges
    return changed


def _replace_email(connection: Connection, context: CommandContext, account: Account, email: str) -> None:
    replace_email(connection, account_id=account.id, email=email)
    if account.must_change_password:
        # The old address may be a stranger's: it was never proved to be the person's.
        mail_credentials(connection, context, account)
        return
    outbox.enqueue(
        connection,
        kind=outbox.MailKind.EMAIL_CHANGED,
        actor_id=context.actor.account_id,
        command_id=context.command_id,
        account_id=account.id,
        now=context.at,
        address=account.email,
    )
