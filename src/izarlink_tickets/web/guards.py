"""Say on each route who may use it: a route without such a word stops the start, so that forgetting is harmless.

The questions are those of `domain.access`; whether a ticket is somebody's is asked where it is read, not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Actor

View = TypeVar("View", bound=Callable[..., Any])
_NAME = "guard"


@dataclass(frozen=True)
class Guard:
    """Who may use a route. allows: asked for a signed-in person; None lets everybody in.

    is_open_to_newcomers: also before the initial password is changed (R5). is_unattended: a program asks, or
    an open page by itself, whether anybody sits before it or not: asking must not keep the session alive.
    """

    allows: Callable[[Actor], bool] | None
    is_open_to_newcomers: bool = False
    is_unattended: bool = False

    def __call__(self, view: View) -> View:
        setattr(view, _NAME, self)
        return view


public = Guard(None, is_open_to_newcomers=True)
unattended = Guard(None, is_open_to_newcomers=True, is_unattended=True)
newcomer = Guard(lambda person: person.is_active, is_open_to_newcomers=True)
signed_in = Guard(lambda person: person.is_active)
customer = Guard(access.is_customer)
staff = Guard(access.is_staff)
unattended_staff = Guard(access.is_staff, is_unattended=True)
auditor = Guard(access.audits)
administrator = Guard(access.administers)


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """Give the guard that the route was declared with, if any."""
    return getattr(view, _NAME, None)
