"""A service, found by what a person types or chooses."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from izarlink_tickets.directory.service import fold_reference
from izarlink_tickets.domain.text import words_of

# Between the parts of a service's label, as `wording.service_named` joins them.
_DASH = " – "


class NamedService(Protocol):
    """A service's id and texts."""

    @property
    def id(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def site(self) -> str: ...


Named = TypeVar("Named", bound=NamedService)


def services_typed(services: Iterable[Named], typed: str) -> list[Named]:
    """Find the services that a typed text means.

    An id, a reference or a whole label means one service; other words mean all services that have each of them.
    """
    services, reference = list(services), fold_reference(typed).partition(_DASH)[0]
    exact = [service for service in services if reference in {service.reference, service.id.upper()}]
    if exact or not reference:
        return exact
    words = words_of(typed)
    return [service for service in services if words and all(word in text_of_service(service) for word in words)]


def text_of_service(service: NamedService) -> str:
    """Return the words that a service is found by."""
    return " ".join(words_of(f"{service.reference} {service.label} {service.site}"))
