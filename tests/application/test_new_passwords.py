"""New passwords: attempts and locks."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from sqlalchemy import text
from tests.application.signing_in import ANOTHER_PASSWORD, link, sign_in
from tests.cast import PASSWORD, Cast, Clock
from tests.openings import open_incident

from izarlink_tickets.accounts import AttemptSource, PasswordTooWeak, Purpose, count_attempts
from izarlink_tickets.application import Portal
from izarlink_tickets.application.sign_ins import WrongCredentials

WAIT_SECONDS = 60.0


def wait_until_somebody_waits(portal: Portal) -> None:
    """Wait until a connection of PostgreSQL waits for a lock."""
    waiting = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    deadline = monotonic() + WAIT_SECONDS
    with portal.database.query() as connection:
        while not connection.execute(waiting).first():
            assert monotonic() < deadline
            sleep(0.01)


def test_the_owner_may_try_any_number_of_weak_passwords(portal: Portal, clock: Clock) -> None:
    visitor = sign_in(portal, clock, "alice@etxea.example")

    for _ in range(11):
        with pytest.raises(PasswordTooWeak):
            portal.profiles.change_password(
                visitor, current=PASSWORD, password="azerty12", user_agent="Firefox", now=clock()
            )

    assert sign_in(portal, clock, "alice@etxea.example")


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)
def test_a_password_reset_that_waits_for_a_sign_in_blocks_no_ticket(portal: Portal, cast: Cast, clock: Clock) -> None:
    token = link(portal, cast["alice"].id, Purpose.RESET, clock)
    with pytest.raises(WrongCredentials):
        sign_in(portal, clock, "alice@etxea.example", "faux")

    with ThreadPoolExecutor(1) as pool:
        with portal.database.command() as signing_in:
            budgets = AttemptSource(cast["alice"].email, "192.0.2.7").sign_in_budgets()
            count_attempts(signing_in, budgets, secret=portal.keys.secret, now=clock())
            reset = pool.submit(portal.profiles.reset_password, token, password=ANOTHER_PASSWORD, now=clock())
            wait_until_somebody_waits(portal)
            number = open_incident(portal, cast, by="bob")
        reset.result()

    assert number == 1
