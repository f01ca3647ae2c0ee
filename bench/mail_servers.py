"""Mail servers of the loopback: one that accepts everything, and one that never answers."""

import asyncio
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.ports import free_port

_GREETING = b"220 sink\r\n"
_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
_OK = b"250 2.0.0 Ok: queued\r\n"


class _Sink(asyncio.Protocol):
    """Answers as a server that accepts everything and stores nothing."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self._is_data, self._rest = transport, False, b""
        transport.write(_GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer each whole line, and the end of each mail."""
        self._rest += data
        while True:
            head, end, rest = self._rest.partition(b"\r\n.\r\n" if self._is_data else b"\r\n")
            if not end:
                return
            self._rest = rest
            if self._is_data:
                self._is_data = False
                self.transport.write(_OK)
                continue
            word = head[:4].upper()
            self._is_data = word == b"DATA"
            self.transport.write(_ANSWERS.get(word, b"250 2.0.0 Ok\r\n"))


def _serve(port: int) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def sink() -> Iterator[int]:
    """Accept all mails in a process of its own; yield the port."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port,), daemon=True)
    process.start()
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.join()


@contextmanager
def silent_server() -> Iterator[int]:
    """Accept connections and never answer; yield the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            asyncio.run(asyncio.sleep(0.05))
        else:
            return
    raise TimeoutError("the sink does not listen")
