"""The second factors of an account: app, passkeys and recovery codes together."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, exists, func, select

from izarlink_tickets.accounts.authenticator_apps import authenticator_apps, drop_app, sealed_apps
from izarlink_tickets.accounts.passkeys import drop_passkeys, passkeys, sealed_passkeys
from izarlink_tickets.accounts.recovery_codes import drop_recovery_codes, recovery_codes
from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.domain.access import OPERATOR_ROLES
from izarlink_tickets.sealing import Keys, SealBroken, WrongSealingKey


@dataclass(frozen=True, slots=True)
class EnrolledFactors:
    """The second factors that a person has set up.

    passkeys, recovery_codes: how many; recovery codes alone are no second factor.
    """

    has_app: bool
    passkeys: int
    recovery_codes: int

    @property
    def is_any(self) -> bool:
        """Whether a sign-in takes a second step."""
        return self.has_app or self.passkeys > 0

    @property
    def is_last(self) -> bool:
        """Whether a removal would leave none."""
        return self.has_app + self.passkeys == 1


_OF_ACCOUNT: BindParameter[str] = bindparam("account")
_COUNTS = PreparedStatement(
    select(
        exists().where(authenticator_apps.c.account_id == _OF_ACCOUNT),
        select(func.count()).where(passkeys.c.account_id == _OF_ACCOUNT).scalar_subquery(),
        select(func.count()).where(recovery_codes.c.account_id == _OF_ACCOUNT).scalar_subquery(),
    )
)
_SEALED = {authenticator_apps: sealed_apps, passkeys: sealed_passkeys}


def find_enrolled_factors(connection: Connection, *, account_id: str) -> EnrolledFactors:
    """Return what the account has set up."""
    has_app, passkeys_count, codes = _COUNTS.all(connection, {"account": account_id})[0]
    return EnrolledFactors(bool(has_app), passkeys_count, codes)


def drop_second_factors(connection: Connection, *, account_id: str) -> bool:
    """Delete app, passkeys and recovery codes; return whether there was a factor."""
    drop_recovery_codes(connection, account_id=account_id)
    had_app = drop_app(connection, account_id=account_id)
    return drop_passkeys(connection, account_id=account_id) > 0 or had_app


def count_operators_without_factor(connection: Connection) -> int:
    """Count the operator's active people who have no second factor."""
    has_app = exists().where(authenticator_apps.c.account_id == accounts.c.id)
    has_passkey = exists().where(passkeys.c.account_id == accounts.c.id)
    is_operator = accounts.c.role.in_([role.value for role in OPERATOR_ROLES])
    statement = select(func.count()).select_from(accounts).where(accounts.c.active, is_operator, ~has_app, ~has_passkey)
    return connection.execute(statement).scalar_one()


def count_second_factors(connection: Connection) -> int:
    """Count all apps and passkeys."""
    return sum(connection.execute(select(func.count()).select_from(each)).scalar_one() for each in _SEALED)


def broken_second_factors(connection: Connection, keys: Keys) -> Iterator[tuple[str, str]]:
    """Yield each app and passkey whose secret can't be opened.

    As its table and account; those of erased people open to nothing.
    """
    for table, sealed_texts in _SEALED.items():
        for account_id, sealed, context in sealed_texts(connection):
            try:
                keys.open(sealed, context=context)
            except (SealBroken, WrongSealingKey):
                yield table.name, account_id
