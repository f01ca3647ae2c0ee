"""Organisations and their services as administrators and the command line manage them.

Each command records an event in the stream of the acting account, with ids alone.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from izarlink_tickets.accounts import list_accounts_of_organisation, lock_account, lock_administrators
from izarlink_tickets.application.account_events import record_directory_event
from izarlink_tickets.application.accounts import deactivate_account
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.record_changes import changed_fields
from izarlink_tickets.application.transaction import CommandResult
from izarlink_tickets.directory import (
    OrganisationInactive,
    ServiceRecord,
    close_service,
    create_organisation,
    create_service,
    deactivate_organisation,
    lock_organisation,
    lock_service,
    organisation_by_name,
    organisation_name_of,
    reactivate_organisation,
    rename_organisation,
    reopen_service,
    update_services,
    with_texts,
)
from izarlink_tickets.domain import access
from izarlink_tickets.domain import account as events
from izarlink_tickets.domain.vocabulary import CommandContext

# Returns the id of the record that it created or changed.
Work = Callable[[Connection], str]


class Directory:
    """Commands on organisations and services. Each raises NotAllowed, and what `CommandLog.run` raises.

    seen: the record as the editor saw it; None where they saw none.
    """

    def __init__(self, log: CommandLog) -> None:
        self._log = log

    # --- organisations ------------------------------------------------------------------------------------------------

    def create_organisation(self, context: CommandContext, *, name: str) -> CommandResult:
        """Create a customer organisation. Raises: NameTaken, TextRefused."""

        def work(connection: Connection) -> str:
            created = create_organisation(connection, name=name, now=context.at)
            record_directory_event(connection, context, events.OrganisationCreated, organisation_id=created.id)
            return created.id

        return self._run(context, "create_organisation", work, name)

    def rename_organisation(
        self, context: CommandContext, *, organisation_id: str, name: str, seen: Mapping[str, str] | None = None
    ) -> CommandResult:
        """Rename an organisation.

        Raises: UnknownOrganisation, NameTaken, TextRefused, RecordHasChanged, NothingChanges.
        """

        def work(connection: Connection) -> str:
            current = lock_organisation(connection, organisation_id=organisation_id)
            changed_fields({"name": organisation_name_of(name)}, {"name": current.name}, seen)
            rename_organisation(connection, organisation_id=organisation_id, name=name)
            record_directory_event(connection, context, events.OrganisationRenamed, organisation_id=organisation_id)
            return organisation_id

        return self._run(context, "rename_organisation", work, organisation_id, name)

    def deactivate_organisation(self, context: CommandContext, *, organisation_id: str) -> CommandResult:
        """Deactivate an organisation and its accounts. Raises: UnknownOrganisation, OwnAccount, LastAdministrator."""

        def work(connection: Connection) -> str:
            lock_administrators(connection)
            organisation = lock_organisation(connection, organisation_id=organisation_id)
            if organisation.active:
                deactivate_organisation(connection, organisation_id=organisation_id)
                accounts = list_accounts_of_organisation(connection, organisation_id=organisation_id)
                for account_id in sorted(account.id for account in accounts if account.active):
                    deactivate_account(connection, context, lock_account(connection, account_id=account_id))
                record_directory_event(
                    connection, context, events.OrganisationDeactivated, organisation_id=organisation_id
                )
            return organisation_id

        return self._run(context, "deactivate_organisation", work, organisation_id)

    def reactivate_organisation(self, context: CommandContext, *, organisation_id: str) -> CommandResult:
        """Reactivate an organisation; its accounts stay deactivated. Raises: UnknownOrganisation."""

        def work(connection: Connection) -> str:
            if not lock_organisation(connection, organisation_id=organisation_id).active:
                reactivate_organisation(connection, organisation_id=organisation_id)
                record_directory_event(
                    connection, context, events.OrganisationReactivated, organisation_id=organisation_id
                )
            return organisation_id

        return self._run(context, "reactivate_organisation", work, organisation_id)

    # --- services -----------------------------------------------------------------------------------------------------

    def create_service(
        self,
        context: CommandContext,
        *,
        reference: str,
        organisation_name: str,
        label: str,
        site: str = "",
        offer: str = "",
    ) -> CommandResult:
        """Create a service of an organisation.

        Raises: UnknownOrganisation, OrganisationInactive, ReferenceTaken, InvalidReference, TextRefused.
        """

        def work(connection: Connection) -> str:
            organisation = organisation_by_name(connection, name=organisation_name)
            if not lock_organisation(connection, organisation_id=organisation.id).active:
                raise OrganisationInactive
            created = create_service(
                connection, reference=reference, organisation_id=organisation.id, label=label, site=site, offer=offer
            )
            record_directory_event(
                connection, context, events.ServiceCreated, service_id=created.id, organisation_id=organisation.id
            )
            return created.id

        return self._run(context, "create_service", work, reference, organisation_name, label, site, offer)

    def change_service(
        self,
        context: CommandContext,
        *,
        service_id: str,
        label: str,
        site: str,
        offer: str,
        seen: Mapping[str, str] | None = None,
    ) -> CommandResult:
        """Change label, site or offer. Raises: UnknownService, TextRefused, RecordHasChanged, NothingChanges."""

        def work(connection: Connection) -> str:
            current = lock_service(connection, service_id=service_id)
            new = with_texts(current, label=label, site=site, offer=offer)
            changed = changed_fields(service_fields(new), service_fields(current), seen)
            update_services(connection, [new])
            record_directory_event(connection, context, events.ServiceChanged, service_id=service_id, changed=changed)
            return service_id

        return self._run(context, "change_service", work, service_id, label, site, offer)

    def deactivate_service(self, context: CommandContext, *, service_id: str) -> CommandResult:
        """Withdraw a service from the choices of new tickets. Raises: UnknownService."""

        def work(connection: Connection) -> str:
            if lock_service(connection, service_id=service_id).active:
                close_service(connection, service_id=service_id)
                record_directory_event(connection, context, events.ServiceDeactivated, service_id=service_id)
            return service_id

        return self._run(context, "deactivate_service", work, service_id)

    def reactivate_service(self, context: CommandContext, *, service_id: str) -> CommandResult:
        """Offer a service again for new tickets. Raises: UnknownService."""

        def work(connection: Connection) -> str:
            if not lock_service(connection, service_id=service_id).active:
                reopen_service(connection, service_id=service_id)
                record_directory_event(connection, context, events.ServiceReactivated, service_id=service_id)
            return service_id

        return self._run(context, "reactivate_service", work, service_id)

    def _run(self, context: CommandContext, name: str, work: Work, *typed: object) -> CommandResult:
        access.require(allowed=access.may_change_directory(context.actor))
        return self._log.run_on_record(context, name, work, *typed)


def service_fields(service: ServiceRecord) -> dict[str, str]:
    """Return the fields of a service that can be changed."""
    return {"label": service.label, "site": service.site, "offer": service.offer}
