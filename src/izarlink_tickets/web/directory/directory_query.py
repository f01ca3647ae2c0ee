"""What the address of a list asks for: words, a customer, a role, a state, a page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from izarlink_tickets.accounts.listing import DirectoryFilter
from izarlink_tickets.directory.paging import DirectoryPage, PageRequest
from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.i18n import lazy_gettext as _l

# In the address, and on the screen.
STATES = {"actif": _l("Actifs"), "desactive": _l("Désactivés")}
_IS_ACTIVE = {"actif": True, "desactive": False}


@dataclass(frozen=True, slots=True)
class DirectoryQuery:
    """Empty texts ask for nothing. path: of the list."""

    path: str
    search: str = ""
    organisation_id: str = ""
    role: str = ""
    state: str = ""
    after: str = ""
    before: str = ""

    @property
    def is_narrowed(self) -> bool:
        return any((self.search, self.organisation_id, self.role, self.state))

    @property
    def wanted(self) -> DirectoryFilter:
        roles = [Role(self.role)] if self.role else None
        return DirectoryFilter(self.search, self.organisation_id, roles, _IS_ACTIVE.get(self.state))

    @property
    def place(self) -> PageRequest:
        return PageRequest(self.after, self.before)

    def address(self) -> str:
        """Write the address that asks for this, without what it needn't say."""
        words = {
            "q": self.search,
            "client": self.organisation_id,
            "role": self.role,
            "etat": self.state,
            "apres": self.after,
            "avant": self.before,
        }
        query = urlencode({name: word for name, word in words.items() if word})
        return f"{self.path}?{query}".removesuffix("?")

    def following(self, page: DirectoryPage[object]) -> str | None:
        return replace(self, after=page.after, before="").address() if page.after else None

    def preceding(self, page: DirectoryPage[object]) -> str | None:
        return replace(self, before=page.before, after="").address() if page.before else None


def parse_directory_query(arguments: Mapping[str, str], *, path: str) -> DirectoryQuery:
    """Read what the address asks for; an unknown role or state asks for nothing."""
    words = {name: clean_line(word) for name, word in arguments.items()}
    role, state = words.get("role", "").lower(), words.get("etat", "").lower()
    return DirectoryQuery(
        path,
        search=words.get("q", ""),
        organisation_id=words.get("client", ""),
        role=role if role in set(Role) - {Role.SYSTEM} else "",
        state=state if state in STATES else "",
        after=words.get("apres", ""),
        before=words.get("avant", ""),
    )
