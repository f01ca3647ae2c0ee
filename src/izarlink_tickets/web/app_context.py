"""What every page needs of the world: the portal, its settings and the time. It decides nothing and shows nothing."""

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
    """What `create_app` was given. clock: gives aware UTC. is_demo: None until somebody has asked."""

    portal: Portal
    clock: Callable[[], datetime]
    is_demo: bool | None = None


def register_app_context(app: Flask, *, portal: Portal, clock: Callable[[], datetime]) -> None:
    app.extensions[_NAME] = AppContext(portal, clock)


def _world() -> AppContext:
    return cast("AppContext", current_app.extensions[_NAME])


def portal() -> Portal:
    return _world().portal


def settings() -> Settings:
    return portal().settings


def now() -> datetime:
    """Tell the time, aware UTC."""
    return _world().clock()


def is_demo() -> bool:
    """Say whether the data is the demo's; it can't become so while the portal runs."""
    world = _world()
    if world.is_demo is None:
        with world.portal.database.query() as connection:
            world.is_demo = demo_mark.is_demo(connection)
    return world.is_demo
