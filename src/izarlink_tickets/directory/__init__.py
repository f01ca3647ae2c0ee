"""The customers' organisations, their contracted connections, and what tickets may be about: plain tables (D7).

It knows no account and no ticket.
"""

from izarlink_tickets.directory.category import (
    Category,
    active_categories,
    categories,
    category_labels,
    find_category,
    full_label,
    list_categories,
)
from izarlink_tickets.directory.lines import NAME_MAXIMUM, line_of
from izarlink_tickets.directory.organisation import (
    NameTaken,
    Organisation,
    UnknownOrganisation,
    create_organisation,
    find_organisation,
    list_organisations,
    organisation_named,
    organisations,
)
from izarlink_tickets.directory.service import (
    InvalidReference,
    ReferenceTaken,
    Service,
    close_service,
    create_service,
    find_service,
    find_service_by_reference,
    list_services,
    reopen_service,
    services,
    services_of,
)

__all__ = [
    "NAME_MAXIMUM",
    "Category",
    "InvalidReference",
    "NameTaken",
    "Organisation",
    "ReferenceTaken",
    "Service",
    "UnknownOrganisation",
    "active_categories",
    "categories",
    "category_labels",
    "close_service",
    "create_organisation",
    "create_service",
    "find_category",
    "find_organisation",
    "find_service",
    "find_service_by_reference",
    "full_label",
    "line_of",
    "list_categories",
    "list_organisations",
    "list_services",
    "organisation_named",
    "organisations",
    "reopen_service",
    "services",
    "services_of",
]
