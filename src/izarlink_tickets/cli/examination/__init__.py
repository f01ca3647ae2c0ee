"""Examine an installation, one finding per question, each with what to do about it. Nothing is changed."""

from collections.abc import Iterator

from izarlink_tickets.cli.examination.findings import Finding, Status, asked
from izarlink_tickets.cli.examination.machine import examine_machine, examine_python
from izarlink_tickets.cli.examination.outside import examine_outside
from izarlink_tickets.cli.examination.portal_questions import examine_portal
from izarlink_tickets.cli.operator import settings_to_examine
from izarlink_tickets.config import Settings, load_keys

__all__ = ["Finding", "Status", "examine"]


def examine(*, url: str | None = None) -> Iterator[Finding]:
    """Ask everything; where there are no settings or no database, what needs them is left out.

    url: where visitors come in, to be asked as they would.
    """
    yield examine_python()
    settings, finding = _settings()
    yield finding
    if settings is None:
        return
    yield from examine_machine(settings)
    keys = asked("keys", lambda: _keys(settings), remedy="Run `izarlink-tickets migrate`, or restore the lost file.")
    yield keys
    if keys.status is Status.OK:
        yield from examine_portal(settings)
    if url:
        yield from examine_outside(url, settings)


def _settings() -> tuple[Settings | None, Finding]:
    read: list[Settings] = []
    remedy = "Correct or remove it; docs/operating.md lists all."
    finding = asked("settings", lambda: read.append(settings_to_examine()), remedy=remedy)
    return next(iter(read), None), finding


def _keys(settings: Settings) -> None:
    load_keys(settings)
