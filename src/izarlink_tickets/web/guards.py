"""Guards: each route declares who may use it.

The rules are those of `domain.access`. Rights on a single ticket are checked where it is read.
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
    """A route's guard.

    allows: the rule for signed-in people; None admits everybody.
    is_open_to_newcomers: before the initial password is changed.
    is_unattended: programs and open pages call the route by themselves; this doesn't extend the session.
    is_fresh: the person has proved who they are in the last five minutes; `identity` asks for it.
    is_open_to_unfinished: to a sign-in that awaits its second factor; all others take it as signed out.
    """

    allows: Callable[[Actor], bool] | None
    is_open_to_newcomers: bool = False
    is_unattended: bool = False
    is_fresh: bool = False
    is_open_to_unfinished: bool = False

    def __call__(self, view: View) -> View:
        setattr(view, _NAME, self)
        return view


public = Guard(None, is_open_to_newcomers=True)
unattended = Guard(None, is_open_to_newcomers=True, is_unattended=True)
newcomer = Guard(lambda person: person.is_active, is_open_to_newcomers=True, is_open_to_unfinished=True)
signed_in = Guard(lambda person: person.is_active)
unfinished = Guard(lambda person: person.is_active, is_open_to_unfinished=True)
fresh = Guard(lambda person: person.is_active, is_fresh=True)
enrolling = Guard(lambda person: person.is_active, is_fresh=True, is_open_to_unfinished=True)
customer = Guard(access.is_customer)
unattended_customer = Guard(access.is_customer, is_unattended=True)
staff = Guard(access.is_staff)
unattended_staff = Guard(access.is_staff, is_unattended=True)
auditor = Guard(access.audits)
administrator = Guard(access.administers)
fresh_administrator = Guard(access.administers, is_fresh=True)


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """Return the route's guard, if any."""
    return getattr(view, _NAME, None)
