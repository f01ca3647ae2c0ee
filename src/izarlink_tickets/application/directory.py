"""Organisations and their connections as an administrator or the command line keeps them (D7, R2).

Every act is a fact in the stream of the account that does it, by ids alone.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from izarlink_tickets.accounts import list_accounts_of_organisation, lock_account, lock_administrators
from izarlink_tickets.application.account_changes import changed_fields
from izarlink_tickets.application.account_events import record_directory_event
from izarlink_tickets.application.administration import close_account
from izarlink_tickets.application.command_log import content_of
from izarlink_tickets.application.directory_commands import Done, carry_out
from izarlink_tickets.config import MasterKeys
from izarlink_tickets.database import Database
from izarlink_tickets.directory import (
    OrganisationInactive,
    ServiceRecord,
    close_service,
    create_organisation,
    create_service,
    deactivate_organisation,
    lock_organisation,
    lock_service,
    organisation_name_of,
    organisation_named,
    reactivate_organisation,
    rename_organisation,
    reopen_service,
    update_services,
    with_texts,
)
from izarlink_tickets.domain import account as facts
from izarlink_tickets.domain.vocabulary import CommandContext

Work = Callable[[Connection], str]


class Directory:
    """What is done to organisations and connections. Each raises NotAllowed and CommandAlreadyUsed.

    seen: the record as the author of the change had it before him; None for whoever looked at nothing.
    """

    def __init__(self, database: Database, keys: MasterKeys) -> None:
        self._database = database
        self._keys = keys

    # --- organisations ------------------------------------------------------------------------------------------------

    def create_organisation(self, context: CommandContext, *, name: str) -> Done:
        """Add a customer company. Raises: NameTaken, TextRefused."""

        def work(connection: Connection) -> str:
            created = create_organisation(connection, name=name, now=context.at)
            record_directory_event(connection, context, facts.OrganisationCreated, organisation_id=created.id)
            return created.id

        return self._run(context, "create_organisation", work, name)

    def rename_organisation(
        self, context: CommandContext, *, organisation_id: str, name: str, seen: Mapping[str, str] | None = None
    ) -> Done:
        """Call a customer otherwise. Raises: UnknownOrganisation, NameTaken, TextRefused, RecordHasChanged."""

        def work(connection: Connection) -> str:
            current = lock_organisation(connection, organisation_id=organisation_id)
            changed_fields({"name": organisation_name_of(name)}, {"name": current.name}, seen)
            rename_organisation(connection, organisation_id=organisation_id, name=name)
            record_directory_event(connection, context, facts.OrganisationRenamed, organisation_id=organisation_id)
            return organisation_id

        return self._run(context, "rename_organisation", work, organisation_id, name)

    def deactivate_organisation(self, context: CommandContext, *, organisation_id: str) -> Done:
        """Keep a customer who left out of every choice, its accounts closed at once. Raises: UnknownOrganisation."""

        def work(connection: Connection) -> str:
            lock_administrators(connection)
            organisation = lock_organisation(connection, organisation_id=organisation_id)
            if organisation.active:
                deactivate_organisation(connection, organisation_id=organisation_id)
                for one in _active_accounts(connection, organisation_id):
                    close_account(connection, context, lock_account(connection, account_id=one))
                record_directory_event(
                    connection, context, facts.OrganisationDeactivated, organisation_id=organisation_id
                )
            return organisation_id

        return self._run(context, "deactivate_organisation", work, organisation_id)

    def reactivate_organisation(self, context: CommandContext, *, organisation_id: str) -> Done:
        """Take a customer back; its accounts stay closed until each is opened again. Raises: UnknownOrganisation."""

        def work(connection: Connection) -> str:
            if not lock_organisation(connection, organisation_id=organisation_id).active:
                reactivate_organisation(connection, organisation_id=organisation_id)
                record_directory_event(
                    connection, context, facts.OrganisationReactivated, organisation_id=organisation_id
                )
            return organisation_id

        return self._run(context, "reactivate_organisation", work, organisation_id)

    # --- connections --------------------------------------------------------------------------------------------------

    def create_service(
        self,
        context: CommandContext,
        *,
        reference: str,
        organisation_name: str,
        label: str,
        site: str = "",
        offer: str = "",
    ) -> Done:
        """Add a connection of a customer.

        Raises: UnknownOrganisation, OrganisationInactive, ReferenceTaken, InvalidReference, TextRefused.
        """

        def work(connection: Connection) -> str:
            found = organisation_named(connection, name=organisation_name)
            if not lock_organisation(connection, organisation_id=found.id).active:
                raise OrganisationInactive
            created = create_service(
                connection, reference=reference, organisation_id=found.id, label=label, site=site, offer=offer
            )
            record_directory_event(
                connection, context, facts.ServiceCreated, service_id=created.id, organisation_id=found.id
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
    ) -> Done:
        """Write label, site or offer anew. Raises: UnknownService, TextRefused, RecordHasChanged, NothingChanges."""

        def work(connection: Connection) -> str:
            current = lock_service(connection, service_id=service_id)
            wanted = with_texts(current, label=label, site=site, offer=offer)
            changed = changed_fields(words_of(wanted), words_of(current), seen)
            update_services(connection, [wanted])
            record_directory_event(connection, context, facts.ServiceChanged, service_id=service_id, changed=changed)
            return service_id

        return self._run(context, "change_service", work, service_id, label, site, offer)

    def deactivate_service(self, context: CommandContext, *, service_id: str) -> Done:
        """Take a connection out of the choices of new tickets. Raises: UnknownService."""

        def work(connection: Connection) -> str:
            if lock_service(connection, service_id=service_id).active:
                close_service(connection, service_id=service_id)
                record_directory_event(connection, context, facts.ServiceDeactivated, service_id=service_id)
            return service_id

        return self._run(context, "deactivate_service", work, service_id)

    def reactivate_service(self, context: CommandContext, *, service_id: str) -> Done:
        """Offer a connection again. Raises: UnknownService."""

        def work(connection: Connection) -> str:
            if not lock_service(connection, service_id=service_id).active:
                reopen_service(connection, service_id=service_id)
                record_directory_event(connection, context, facts.ServiceReactivated, service_id=service_id)
            return service_id

        return self._run(context, "reactivate_service", work, service_id)

    def _run(self, context: CommandContext, name: str, work: Work, *typed: object) -> Done:
        content = content_of(name, None, (), *typed)
        return carry_out(self._database, self._keys.sealing, context, content=content, work=work)


def words_of(service: ServiceRecord) -> dict[str, str]:
    """Give what may be written anew of a connection."""
    return {"label": service.label, "site": service.site, "offer": service.offer}


def _active_accounts(connection: Connection, organisation_id: str) -> list[str]:
    return sorted(
        one.id for one in list_accounts_of_organisation(connection, organisation_id=organisation_id) if one.active
    )
