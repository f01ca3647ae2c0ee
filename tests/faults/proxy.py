"""The line between a portal and its PostgreSQL, which breaks at the COMMITs that a test chooses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from sqlalchemy import Connection, Engine, event
from tests.database.proxy import SOCKET_NAME, Proxy, cutting_proxy

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.config import Settings, load_keys


@dataclass
class Line:
    """A line that holds until told to break. breaks: how often it did."""

    portal: Portal
    socket: Path
    _proxy: Proxy
    breaks: int = 0
    _commits_to_come: list[bool] = field(default_factory=list)
    _stays_broken: bool = False

    def break_at_commit(self, nth: int) -> None:
        """Break once, at the nth COMMIT from now on."""
        self._commits_to_come = [*[False] * (nth - 1), True]

    def break_for_good(self) -> None:
        """Break at the next COMMIT, and let nobody connect any more."""
        self.break_at_commit(1)
        self._stays_broken = True

    def before_commit(self, connection: Connection) -> None:
        """Hear of a COMMIT that is about to be sent."""
        if str(self.socket.parent) != connection.engine.url.query.get("host"):
            return
        self._proxy.is_armed.clear()
        if self._commits_to_come and self._commits_to_come.pop(0):
            self.breaks += 1
            self._proxy.is_armed.set()
            if self._stays_broken:
                self.socket.unlink()


@contextmanager
def line_to(settings: Settings, *, cut: Literal["before", "after"]) -> Iterator[Line]:
    """Open a second portal on the same database, over a line that can break.

    cut: whether the server no longer hears of the COMMIT, or has done it when the line breaks.
    """
    # The path of a socket may not be longer than 107 bytes.
    with TemporaryDirectory() as folder, cutting_proxy(settings.database_url, Path(folder), cut=cut) as proxy:
        portal = open_portal(settings.model_copy(update={"database_url": proxy.url}), load_keys(settings))
        line = Line(portal, Path(folder) / SOCKET_NAME, proxy)
        event.listen(Engine, "commit", line.before_commit)
        try:
            yield line
        finally:
            event.remove(Engine, "commit", line.before_commit)
            portal.database.close()
