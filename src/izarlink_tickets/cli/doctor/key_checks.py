"""Checks of the master keys: age and unfinished changes."""

from datetime import timedelta

from sqlalchemy import Connection

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.key_register import KeyPurpose, RegisteredKey, list_keys
from izarlink_tickets.cli.doctor.check_results import CheckFailed
from izarlink_tickets.cli.output import plural
from izarlink_tickets.cli.session import now
from izarlink_tickets.config import fingerprint_of
from izarlink_tickets.sealing import count_outdated_keys, present_master_key
from izarlink_tickets.sessions.session import ABSOLUTE_LIFETIME

# Source: docs/security.md, « Keys and algorithms »; NIST SP 800-57 part 1 §5.3.6 has two years for both kinds.
LONGEST_USE = {KeyPurpose.SECRET: timedelta(days=366), KeyPurpose.SEALING: timedelta(days=2 * 366)}
_ROTATE = "Run `izarlink-tickets keys rotate --{}`."


def check_sealing_change(portal: Portal, connection: Connection) -> str:
    """Check that all personal keys are wrapped by the newest sealing key."""
    newest = fingerprint_of(portal.keys.sealing.newest)
    if newest != present_master_key(connection):
        raise CheckFailed("the database still uses an earlier sealing key", _ROTATE.format("sealing"))
    if outdated := count_outdated_keys(connection, newest):
        wrapped = plural(outdated, "personal key is", "personal keys are")
        raise CheckFailed(f"{wrapped} wrapped by an earlier sealing key", _ROTATE.format("sealing"))
    return "none is unfinished"


def check_key_ages(portal: Portal, connection: Connection) -> str:
    """Check that no key is older than the policy allows."""
    in_use = [key for key in list_keys(connection) if key.until is None]
    for key in in_use:
        if now() - key.since > LONGEST_USE[key.purpose]:
            limit = LONGEST_USE[key.purpose].days
            raise CheckFailed(f"{_age(key)}, more than {limit} days", _ROTATE.format(key.purpose.value))
    _require_no_stale_fallbacks(portal, in_use)
    return ", ".join(map(_age, in_use)) or "not registered yet; `izarlink-tickets migrate` does it"


def _require_no_stale_fallbacks(portal: Portal, in_use: list[RegisteredKey]) -> None:
    given = {
        KeyPurpose.SECRET: portal.settings.secret_key_fallbacks,
        KeyPurpose.SEALING: portal.settings.sealing_key_fallbacks,
    }
    for key in in_use:
        if given[key.purpose] and now() - key.since > ABSOLUTE_LIFETIME:
            variable = f"IZARLINK_{key.purpose.value.upper()}_KEY_FALLBACKS"
            raise CheckFailed(f"{variable} is still set, and no longer needed", "Remove it, and restart.")


def _age(key: RegisteredKey) -> str:
    return f"the {key.purpose.value} key is {plural(max(0, (now() - key.since).days), 'day')} old"
