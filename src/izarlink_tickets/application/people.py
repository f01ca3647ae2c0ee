"""All use cases around people, as one object: signing in, profiles, administration."""

from izarlink_tickets.application.account_changes import AccountChanges
from izarlink_tickets.application.profiles import Profiles
from izarlink_tickets.application.signing_in import SigningIn


class People(SigningIn, Profiles, AccountChanges):
    """Accounts as the pages and the command line use them."""
