"""The query of the directory's lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from izarlink_tickets.accounts.listing import DirectoryFilter
from izarlink_tickets.directory.search import MAX_SEARCH
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.list_query import MAX_CODE, ListQuery, line_up_to, one_of, parameter

# Labels by the code in the URL.
STATES = {"actif": _l("Actifs"), "desactive": _l("Désactivés")}
_IS_ACTIVE = {"actif": True, "desactive": False}


@dataclass(frozen=True)
class DirectoryQuery(ListQuery):
    """The filters and page of a list of the directory.

    Each list has a subclass with its endpoint.
    """

    search: str = parameter("q", "", line_up_to(MAX_SEARCH))
    organisation_id: str = parameter("client", "", line_up_to(MAX_CODE))
    role: Role | None = parameter("role", None, one_of(set(Role) - {Role.SYSTEM}))
    state: str = parameter("etat", "", one_of(STATES))

    @classmethod
    def parse(cls, arguments: Mapping[str, str]) -> Self:
        """Parse the URL of the list."""
        return cls().with_arguments(arguments)

    @property
    def is_filtered(self) -> bool:
        return any((self.search, self.organisation_id, self.role, self.state))

    @property
    def filter(self) -> DirectoryFilter:
        roles = [self.role] if self.role else None
        return DirectoryFilter(self.search, self.organisation_id, roles, _IS_ACTIVE.get(self.state))

    def without_filters(self) -> Self:
        """Return the query of the whole list."""
        return type(self)()


class OrganisationsQuery(DirectoryQuery):
    """« Clients »."""

    ENDPOINT: ClassVar[str] = "directory.organisations.show_list"


class AccountsQuery(DirectoryQuery):
    """« Comptes »."""

    ENDPOINT: ClassVar[str] = "directory.accounts.show_list"


class ServicesQuery(DirectoryQuery):
    """« Connexions »."""

    ENDPOINT: ClassVar[str] = "directory.services.show_list"
