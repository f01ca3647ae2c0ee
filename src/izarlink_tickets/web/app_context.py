"""The portal, its settings and the clock, for every page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations import demo_mark
from izarlink_tickets.config import Settings

_NAME = "izarlink"


@dataclass
class AppContext:
    """The arguments of `create_app`. is_demo: None until first queried."""

    portal: Portal
    clock: Callable[[], datetime]
    is_demo: bool | None = None


def register_app_context(app: Flask, *, portal: Portal, clock: Callable[[], datetime]) -> None:
    app.extensions[_NAME] = AppContext(portal, clock)


def _app_context() -> AppContext:
    return cast("AppContext", current_app.extensions[_NAME])


def portal() -> Portal:
    return _app_context().portal


def settings() -> Settings:
    return portal().settings


def now() -> datetime:
    """Return the time in aware UTC."""
    return _app_context().clock()


def is_demo() -> bool:
    """Check once whether the data is the demo's."""
    context = _app_context()
    if context.is_demo is None:
        with context.portal.database.query() as connection:
            context.is_demo = demo_mark.is_demo(connection)
    return context.is_demo
