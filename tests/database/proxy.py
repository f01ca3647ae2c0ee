"""A proxy before PostgreSQL that cuts the connection before or after COMMIT."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url

CHUNK_BYTES = 65536
SOCKET_NAME = ".s.PGSQL.5432"
# With the protocol's terminator; without it READ COMMITTED would match, too.
COMMIT = b"COMMIT\0"


@dataclass(frozen=True)
class Proxy:
    """A proxy at `url` before `upstream`; once armed it breaks each COMMIT."""

    url: str
    upstream: str
    cut: Literal["before", "after"]
    is_armed: threading.Event = field(default_factory=threading.Event)


@contextmanager
def cutting_proxy(upstream: str, folder: Path, *, cut: Literal["before", "after"]) -> Iterator[Proxy]:
    """Listen on a socket in `folder`, as PostgreSQL would."""
    url = make_url(upstream).set(host=None, port=None, query={"host": str(folder)})
    proxy = Proxy(url.render_as_string(hide_password=False), upstream, cut)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / SOCKET_NAME))
        listener.listen()
        threading.Thread(target=_accept, args=(proxy, listener), daemon=True).start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)


def _accept(proxy: Proxy, listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = _connect(proxy.upstream)
            threading.Thread(target=_serve, args=(proxy, client, server), daemon=True).start()


def _connect(url: str) -> socket.socket:
    address = make_url(url)
    folder = address.query.get("host")
    if folder is None:
        return socket.create_connection((address.host, address.port or 5432))
    server = socket.socket(socket.AF_UNIX)
    server.connect(str(Path(str(folder)) / SOCKET_NAME))
    return server


def _serve(proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
    is_cut = threading.Event()
    answers = threading.Thread(target=_pass_answers, args=(server, client, is_cut), daemon=True)
    answers.start()
    with client, server, suppress(OSError):
        while request := client.recv(CHUNK_BYTES):
            if COMMIT in request and proxy.is_armed.is_set():
                is_cut.set()
                break
            server.sendall(request)
        if is_cut.is_set() and proxy.cut == "after":
            server.sendall(request)
            answers.join()
        # `close` alone would wait for the other thread's read.
        server.shutdown(socket.SHUT_RDWR)


def _pass_answers(server: socket.socket, client: socket.socket, is_cut: threading.Event) -> None:
    with suppress(OSError):
        while (answer := server.recv(CHUNK_BYTES)) and not is_cut.is_set():
            client.sendall(answer)
