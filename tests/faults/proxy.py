"""A portal behind a proxy to PostgreSQL that cuts chosen COMMITs."""

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
class ProxiedPortal:
    """A portal whose connection a test can cut. cuts: how many happened."""

    portal: Portal
    socket: Path
    _proxy: Proxy
    cuts: int = 0
    _next_commits: list[bool] = field(default_factory=list)
    _stays_cut: bool = False

    def cut_at_commit(self, nth: int) -> None:
        """Cut the connection once, at the nth COMMIT from now on."""
        self._next_commits = [*[False] * (nth - 1), True]

    def cut_for_good(self) -> None:
        """Cut the connection at the next COMMIT and refuse new ones."""
        self.cut_at_commit(1)
        self._stays_cut = True

    def before_commit(self, connection: Connection) -> None:
        """Arm the proxy if the next COMMIT is to be cut."""
        if str(self.socket.parent) != connection.engine.url.query.get("host"):
            return
        self._proxy.is_armed.clear()
        if self._next_commits and self._next_commits.pop(0):
            self.cuts += 1
            self._proxy.is_armed.set()
            if self._stays_cut:
                self.socket.unlink()


@contextmanager
def open_proxied_portal(settings: Settings, *, cut: Literal["before", "after"]) -> Iterator[ProxiedPortal]:
    """Open a second portal on the same database, behind the proxy.

    cut: before the server receives the COMMIT, or after it has committed.
    """
    # The path of a socket has at most 107 bytes.
    with TemporaryDirectory() as folder, cutting_proxy(settings.database_url, Path(folder), cut=cut) as proxy:
        portal = open_portal(settings.model_copy(update={"database_url": proxy.url}), load_keys(settings))
        proxied = ProxiedPortal(portal, Path(folder) / SOCKET_NAME, proxy)
        event.listen(Engine, "commit", proxied.before_commit)
        try:
            yield proxied
        finally:
            event.remove(Engine, "commit", proxied.before_commit)
            portal.database.close()
