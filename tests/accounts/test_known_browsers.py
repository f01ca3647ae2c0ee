"""The cookie by which an account knows a browser."""

from dataclasses import replace

import pytest
from tests.accounts.moments import DAY, NOW, SECOND

from izarlink_tickets.accounts import find_browser, remember_browser
from izarlink_tickets.accounts.known_browsers import LIFETIME, MAX_ACCOUNTS

SECRET, OTHER_SECRET = b"browsers of the tests, 32 bytes.", b"another secret, also of 32 bytes"


@pytest.fixture
def settled(alice):
    """Return alice with a password of her own."""
    return replace(alice, password_changed_at=NOW)


def known(cookie, account, *, keys=(SECRET,), now=NOW) -> bool:
    return find_browser(cookie, account, keys=keys, now=now) is not None


def remembered(account, *, cookie="", now=NOW) -> str:
    return remember_browser(cookie, account, keys=[SECRET], now=now)


def test_a_browser_is_known_to_the_account_that_signed_in(settled, bob):
    cookie = remembered(settled)

    assert known(cookie, settled)
    assert not known(cookie, replace(bob, password_changed_at=NOW))
    assert not known(cookie, None)


def test_each_sign_in_makes_another_mark(settled):
    first = remembered(settled)
    second = remembered(settled, cookie=first)

    marks = {find_browser(cookie, settled, keys=[SECRET], now=NOW) for cookie in (first, second)}
    assert len(marks) == 2
    assert second.count("~") == 0


def test_another_password_another_key_and_time_make_it_unknown(settled):
    cookie = remembered(settled)

    assert not known(cookie, replace(settled, password_changed_at=NOW + SECOND))
    assert not known(cookie, replace(settled, password_changed_at=None))
    assert not known(cookie, settled, keys=[OTHER_SECRET])
    assert known(cookie, settled, keys=[SECRET, OTHER_SECRET])
    assert known(cookie, settled, now=NOW + LIFETIME - DAY)
    assert not known(cookie, settled, now=NOW + LIFETIME)


def test_an_initial_password_makes_no_browser_known(alice):
    assert remembered(alice) == ""


def test_a_shared_computer_knows_its_last_accounts(settled):
    people = [replace(settled, id=f"person {number}") for number in range(MAX_ACCOUNTS + 1)]
    cookie = ""
    for person in people:
        cookie = remembered(person, cookie=cookie)

    assert [known(cookie, person) for person in people] == [False] + [True] * MAX_ACCOUNTS
    assert len(cookie) < 600


@pytest.mark.parametrize("change", ["mark", "time", "signature"])
def test_a_forged_cookie_is_unknown(settled, change):
    mark, time, signature = remembered(settled).split(".")
    forged = {"mark": ("x" * 22, time, signature), "time": (mark, "ffffffff", signature), "signature": (mark, time, "")}

    assert not known(".".join(forged[change]), settled)


@pytest.mark.parametrize("cookie", ["", "~", "..", "a.b.c", "a.zz.c", "é.1.é", "~" * 5_000, "." * 5_000])
def test_a_garbled_cookie_is_unknown(settled, cookie):
    assert not known(cookie, settled)


def test_a_cookie_names_nobody(settled):
    cookie = remembered(settled)

    assert settled.id not in cookie
    assert "alice" not in cookie
