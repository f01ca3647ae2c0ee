"""A portal served by `izarlink-tickets serve`, or in threads."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from flask import Flask
from tests.ports import free_port
from werkzeug.serving import make_server

START_SECONDS = 90
STOP_SECONDS = 60


@dataclass(frozen=True)
class Served:
    """The portal's address, and the environment of its commands."""

    address: str
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        """Run a command of izarlink-tickets, which must succeed; return its output."""
        result = subprocess.run(
            [sys.executable, "-m", "izarlink_tickets", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


@contextmanager
def serving(
    folder: Path, *, database_url: str, smtp_port: int, workers: int = 1, more: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Migrate a database and serve it until the end. more: other settings."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("IZARLINK_")},
        "IZARLINK_DATA_DIR": str(folder),
        "IZARLINK_DATABASE_URL": database_url,
        "IZARLINK_BIND": f"127.0.0.1:{port}",
        "IZARLINK_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "IZARLINK_WORKERS": str(workers),
        "IZARLINK_SECOND_FACTOR": "off",
        **(more or {}),
    }
    served = Served(f"http://127.0.0.1:{port}", environment)
    served.command("migrate")
    process = subprocess.Popen([sys.executable, "-m", "izarlink_tickets", "serve"], env=environment)
    try:
        _wait_until_ready(process, port)
        yield served
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


@contextmanager
def serving_here(app: Flask) -> Iterator[str]:
    """Serve a portal in threads of this process; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the portal ended before it was ready"
        if _is_ready(port):
            return
        time.sleep(0.05)
    raise TimeoutError("the portal is not ready")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/-/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
