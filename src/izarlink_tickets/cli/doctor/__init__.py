"""Checks of an installation, each with a remedy. They change nothing."""

from collections.abc import Iterator

from izarlink_tickets.cli.doctor.check_results import CheckResult, CheckStatus, run_check
from izarlink_tickets.cli.doctor.database_checks import check_database
from izarlink_tickets.cli.doctor.host_checks import check_host, check_python
from izarlink_tickets.cli.doctor.public_url_checks import check_public_url
from izarlink_tickets.cli.session import inspect_settings
from izarlink_tickets.config import Settings, load_keys

__all__ = ["CheckResult", "CheckStatus", "run_all_checks"]


def run_all_checks(*, url: str | None = None) -> Iterator[CheckResult]:
    """Run all checks, except those that need missing settings or databases.

    url: the public address, tested as a visitor would.
    """
    yield check_python()
    settings, result = _settings()
    yield result
    if settings is None:
        return
    yield from check_host(settings)
    keys = run_check(
        "keys", lambda: _keys(settings), remedy="Run `izarlink-tickets migrate`, or restore the lost file."
    )
    yield keys
    if keys.status is CheckStatus.OK:
        yield from check_database(settings)
    if url:
        yield from check_public_url(url, settings, keys=load_keys(settings) if keys.status is CheckStatus.OK else None)


def _settings() -> tuple[Settings | None, CheckResult]:
    read: list[Settings] = []
    remedy = "Correct or remove it; docs/operating.md lists all settings."
    result = run_check("settings", lambda: read.append(inspect_settings()), remedy=remedy)
    return next(iter(read), None), result


def _keys(settings: Settings) -> None:
    load_keys(settings)
