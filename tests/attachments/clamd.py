"""A ClamAV daemon that knows one file, or its peer.

The real one is used where Debian's package is installed; `./run test` installs it. It gets a signature of our own, so
nothing is downloaded.
"""

import shutil
import socket
import socketserver
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

# Put together when it is needed, so that no scanner takes this file for it. Source: EICAR.
EICAR = b"".join((b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE!$H+H*"))
MAX_STREAM = 3_000_000
_START_SECONDS = 60


@contextmanager
def running_clamd(folder: Path) -> Iterator[str]:
    """Run a daemon, and yield its URL."""
    program = shutil.which("clamd")
    if program is None:
        with running_peer() as url:
            yield url
        return
    (folder / "signatures").mkdir()
    (folder / "signatures" / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    path = folder / "clamd.ctl"
    lines = (
        "Foreground yes",
        f"LocalSocket {path}",
        f"DatabaseDirectory {folder / 'signatures'}",
        f"StreamMaxLength {MAX_STREAM}",
    )
    (folder / "clamd.conf").write_text("\n".join(lines) + "\n")
    command = [program, "--config-file", str(folder / "clamd.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(path, process)
            yield f"unix:{path}"
        finally:
            process.kill()


def _wait_for(path: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"clamd has not started: exit code {process.poll()}")


@contextmanager
def running_peer(answer: bytes | None = None) -> Iterator[str]:
    """Run a peer in this process. answer: whatever it is asked."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(answer)) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def _handler(answer: bytes | None) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        """Reads a command as clamd does, and answers."""

        def handle(self) -> None:
            command = b""
            while not command.endswith(b"\0"):
                command += self.rfile.read(1)
            reply = b"ClamAV 1.4.6\0" if command == b"zVERSION\0" else self._scanned()
            self.wfile.write(reply if answer is None else answer)

        def _scanned(self) -> bytes:
            content = b""
            while length := int.from_bytes(self.rfile.read(4), "big"):
                content += self.rfile.read(length)
            if len(content) > MAX_STREAM:
                return b"INSTREAM size limit exceeded. ERROR\0"
            return b"stream: Eicar-Test.UNOFFICIAL FOUND\0" if EICAR in content else b"stream: OK\0"

    return Handler
