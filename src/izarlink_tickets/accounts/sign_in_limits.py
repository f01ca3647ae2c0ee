"""The limits of sign-ins and of links for a forgotten password.

A browser that has signed in to the account before has a budget of its own, which nobody else can use up. All others
share budgets: hard for an account and network together and for a network, soft for an account alone. Whoever guesses
locks out their own network, and makes unknown browsers wait elsewhere.
Source: ASVS 5.0 6.1.1 and 6.3.1; OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from izarlink_tickets.accounts.contact import fold_email
from izarlink_tickets.accounts.throttle import Budget, Limit, network_of

_QUARTER = timedelta(minutes=15)
_HALF_HOUR = timedelta(minutes=30)
# A person who mistypes needs about three.
SIGN_IN_BROWSER = Limit("sign-in-browser", 10, _QUARTER, locks=True)
# Half of what the account has, so that one network never uses all of it.
SIGN_IN_ACCOUNT_NETWORK = Limit("sign-in-account-network", 5, _QUARTER, locks=True)
# Ten in any quarter of an hour, from however many networks: eight freely, the others one in 7 minutes and a half.
SIGN_IN_ACCOUNT = Limit("sign-in-account", 10, _QUARTER, at_once=8, locks=True)
# Refused attempts count, so that a network that goes on guessing leaves the account's turns to others.
SIGN_IN_NETWORK = Limit("sign-in-network", 49, _QUARTER, counts_refused=True)
# Of somebody signed in, who is asked for the password again: others' failures don't count.
CURRENT_PASSWORD = Limit("current-password", 10, _QUARTER)
# Each attempt sends a mail, and people repeat it two or three times. An address change mails an unverified address.
EMAIL_CHANGE = Limit("email-change", 3, _HALF_HOUR)
RESET_BROWSER = Limit("reset-browser", 3, _HALF_HOUR)
RESET_ACCOUNT_NETWORK = Limit("reset-account-network", 3, _HALF_HOUR)
RESET_NETWORK = Limit("reset-network", 20, _HALF_HOUR)
# A link lives for 30 minutes: whoever asks again within ten has one that is good for another 20.
RESET_MAIL = Limit("reset-mail", 1, timedelta(minutes=10))
# Of the mail that tells a person about wrong passwords; an attack may go on for days.
LOCK_NOTICE = Limit("lock-notice", 1, timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class AttemptSource:
    """The source of an attempt.

    email: as typed. address: the client's. browser: the mark of a browser that the account knows.
    """

    email: str
    address: str
    browser: str | None = None

    def sign_in_budgets(self) -> Sequence[Budget]:
        if self.browser:
            return [Budget(SIGN_IN_BROWSER, (self.browser,))]
        account, network = fold_email(self.email), network_of(self.address)
        return [
            Budget(SIGN_IN_ACCOUNT, (account,)),
            Budget(SIGN_IN_ACCOUNT_NETWORK, (account, network)),
            Budget(SIGN_IN_NETWORK, (network,)),
        ]

    def reset_budgets(self) -> Sequence[Budget]:
        if self.browser:
            return [Budget(RESET_BROWSER, (self.browser,))]
        account, network = fold_email(self.email), network_of(self.address)
        return [Budget(RESET_ACCOUNT_NETWORK, (account, network)), Budget(RESET_NETWORK, (network,))]


def budgets_of_account(email: str) -> Sequence[Budget]:
    """List what others' attempts have used up of an account."""
    account = fold_email(email)
    return [Budget(SIGN_IN_ACCOUNT, (account,)), Budget(RESET_MAIL, (account,))]
