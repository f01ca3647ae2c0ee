"""The web worker.

One loop reads and writes for all visitors, and threads run the portal.

Requests run one after another, which is faster than beside each other, because Python runs one thread at a time. Only
while one waits for something, such as a lock of the database, do others run beside it.
"""

import os
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Semaphore, Thread
from time import monotonic
from typing import Any

from gunicorn import util
from gunicorn.http.errors import ChunkMissingTerminator, LimitRequestHeaders, LimitRequestLine, NoMoreData
from gunicorn.workers.base import Worker

from izarlink_tickets.cli.memory import return_free_memory
from izarlink_tickets.cli.visitor_connection import RECEIVE_BYTES, OutputBuffer, Phase, VisitorConnection
from izarlink_tickets.cpu_bound import on_step_aside

# A page takes milliseconds. One that takes longer waits, or computes something large.
PATIENCE_SECONDS = 0.05
# Connections of one worker; with its database and files it stays below the usual limit of 1,024 descriptors.
MOST_CONNECTIONS = 512
# Unfinished bodies of one worker. Each may have 17 MiB, so that many slow uploads would fill the memory.
MOST_HELD_BYTES = 64 * 1024 * 1024
# Nobody waits for a page until so many passwords are hashed at once.
MOST_THREADS = 64
# A stopping worker keeps idle connections for a request that may be under way already.
STOP_IDLE_SECONDS = 2.0
_TURN_SECONDS = 1.0
_TOO_LONG = {LimitRequestLine: 414, LimitRequestHeaders: 431}


class WebWorker(Worker):
    """A process that serves the portal.

    Whatever visitors do, no thread waits for one: they occupy a place among the connections until the deadline.
    """

    cfg: Any
    wsgi: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - gunicorn's
        super().__init__(*arguments, **options)
        self._connections: set[VisitorConnection] = set()
        self._is_accepting = self._has_turn = False
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._largest_body: Callable[[str], int] = self.app.largest_body_bytes
        self._too_long: dict[int, bytes] = self.app.too_long_responses

    def run(self) -> None:
        """Serve until a signal asks to stop, then finish what has begun."""
        self._poller = selectors.DefaultSelector()
        self._queue = RequestQueue(self._answer, self._offer_turn, threads=self.cfg.threads)
        self._poller.register(self.PIPE[0], selectors.EVENT_READ, self._take_calls)
        for listener in self.sockets:
            listener.setblocking(False)  # noqa: FBT003 - as the library's
        self._servers = {listener: listener.getsockname() for listener in self.sockets}
        self._set_accepting(wanted=True)
        while self.alive and self.ppid == os.getppid():
            self._take_turn()
            self._has_turn = self._has_turn or not self._queue.is_busy()
            self._set_accepting(wanted=self._has_room() and (self._is_accepting or self._has_turn))
        self._finish()

    def _take_turn(self) -> None:
        self.notify()
        is_waiting = self._queue.is_waiting() or not self._is_accepting
        events = self._poller.select(PATIENCE_SECONDS if is_waiting else _TURN_SECONDS)
        if not events:
            self._tidy()
        for key, _ in events:
            key.data(key.fileobj)
        self._queue.help_if_stuck()
        self._close_overdue()

    def _tidy(self) -> None:
        """Return freed memory in the first second without a visitor."""
        if self._queue.has_worked():
            return_free_memory()

    def _finish(self) -> None:
        """Answer requests that have begun to arrive, then stop."""
        self.alive = False
        for listener in self.sockets:
            self._accept_waiting(listener)
        self._set_accepting(wanted=False)
        for listener in self.sockets:
            listener.close()
        began_at = monotonic()
        for connection in self._connections:
            if connection.phase is Phase.IDLE:
                connection.deadline = min(connection.deadline, began_at + STOP_IDLE_SECONDS)
        while self._connections and monotonic() < began_at + self.cfg.graceful_timeout:
            self._take_turn()

    def _has_room(self) -> bool:
        """Make room for a connection; close the slowest if needed."""
        if len(self._connections) < MOST_CONNECTIONS:
            return True
        now = monotonic()
        waiting = [connection for connection in self._connections if connection.phase is not Phase.ANSWER]
        if not waiting:
            return False
        self._close(min(waiting, key=lambda connection: connection.remaining_part(now)))
        return True

    # --- connections --------------------------------------------------------------------------------------------------

    def _set_accepting(self, *, wanted: bool) -> None:
        if wanted == self._is_accepting:
            return
        self._is_accepting = wanted
        for listener in self.sockets:
            if wanted:
                self._poller.register(listener, selectors.EVENT_READ, self._accept)
            else:
                self._poller.unregister(listener)

    def _accept(self, listener: socket.socket) -> None:
        """Accept one connection between two requests.

        Meanwhile another worker may be free for it.
        """
        if self._queue.is_busy() and not self._has_turn:
            self._set_accepting(wanted=False)
            return
        self._has_turn = False
        with suppress(BlockingIOError, ConnectionAbortedError):
            client, address = listener.accept()
            connection = VisitorConnection(
                client, address, server=self._servers[listener], cfg=self.cfg, now=monotonic()
            )
            self._connections.add(connection)
            self._poller.register(client, selectors.EVENT_READ, partial(self._read, connection))

    def _accept_waiting(self, listener: socket.socket) -> None:
        """Accept those that came before the listener closes."""
        before = -1
        while before < len(self._connections) < MOST_CONNECTIONS:
            before, self._has_turn = len(self._connections), True
            self._accept(listener)

    def _read(self, connection: VisitorConnection, _socket: socket.socket) -> None:
        if connection.phase in {Phase.ANSWER, Phase.SENDING}:
            self._pause(connection)
            return
        try:
            data = connection.socket.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._close(connection)
        elif connection.phase is not Phase.CLOSING:
            self._receive(connection, data)

    def _receive(self, connection: VisitorConnection, data: bytes = b"") -> None:
        try:
            is_complete = connection.receive(data, now=monotonic(), largest_body=self._largest_body)
        except Exception as error:  # noqa: BLE001 - whatever a stranger sends, the others are served
            self._refuse(connection, error)
            return
        if is_complete:
            self._queue.put(connection)
        elif len(data) == RECEIVE_BYTES and self._held_bytes() > MOST_HELD_BYTES:
            self._close(connection)

    def _held_bytes(self) -> int:
        return sum(connection.held_bytes for connection in self._connections)

    def _pause(self, connection: VisitorConnection) -> None:
        """Watch a connection no longer, until its response is sent."""
        self._poller.unregister(connection.socket)
        connection.is_paused = True
        if connection.phase not in {Phase.ANSWER, Phase.SENDING}:
            # Its thread has finished meanwhile, and may have missed this.
            self._resume(connection)

    def _resume(self, connection: VisitorConnection) -> None:
        """Go on with a connection whose thread has finished."""
        if connection not in self._connections:
            return
        if connection.phase is Phase.SENDING:
            events, callback = selectors.EVENT_WRITE, self._write
        else:
            events, callback = selectors.EVENT_READ, self._read
        if connection.is_paused:
            connection.is_paused = False
            self._poller.register(connection.socket, events, partial(callback, connection))
        else:
            self._poller.modify(connection.socket, events, partial(callback, connection))
        if connection.phase is Phase.IDLE and connection.has_next:
            self._receive(connection)

    def _write(self, connection: VisitorConnection, _socket: socket.socket) -> None:
        connection.send_rest(now=monotonic())
        connection.settle(now=monotonic(), keep_alive=self.cfg.keepalive)
        if connection.phase is not Phase.SENDING:
            self._resume(connection)

    def _close(self, connection: VisitorConnection) -> None:
        self._connections.discard(connection)
        if not connection.is_paused:
            self._poller.unregister(connection.socket)
        connection.socket.close()

    def _close_overdue(self) -> None:
        now = monotonic()
        for connection in [one for one in self._connections if one.deadline < now and one.phase is not Phase.ANSWER]:
            if connection.phase is Phase.IDLE:
                self._close_idle(connection)
            elif connection.has_begun:
                output = OutputBuffer()
                util.write_error(output, 408, "Request Timeout", "")
                _send_last(connection, output)
            else:
                self._close(connection)

    def _close_idle(self, connection: VisitorConnection) -> None:
        """Close a kept connection unless a request has just arrived."""
        self._read(connection, connection.socket)
        if connection.phase is Phase.IDLE and connection in self._connections:
            self._close(connection)

    def _refuse(self, connection: VisitorConnection, error: Exception) -> None:
        """Answer a request that can't be read, and close the connection."""
        if isinstance(error, NoMoreData):
            error = ChunkMissingTerminator(b"")
        output = OutputBuffer()
        self.handle_error(None, output, connection.address, error)
        _send_last(connection, output)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ANN401 - as the library's
        """Answer what can't be read.

        Where only its head is too long, with a page of the portal.
        """
        status = next((status for kind, status in _TOO_LONG.items() if isinstance(exc, kind)), None)
        if status is None:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request: %s", status)
        client.sendall(self._too_long[status])

    # --- threads ------------------------------------------------------------------------------------------------------

    def _answer(self, connection: VisitorConnection) -> None:
        """Answer one request, in a thread."""
        try:
            connection.answer(self.wsgi, is_last=not self.alive)
        except Exception as error:  # noqa: BLE001 - the outermost frame of a request
            self._refuse(connection, error)
        else:
            connection.settle(now=monotonic(), keep_alive=self.cfg.keepalive)
        if connection.is_paused or connection.has_unsent or connection.has_next:
            self._call(partial(self._resume, connection))

    def _call(self, function: Callable[[], None]) -> None:
        """Call a function in the loop."""
        self._calls.put(function)
        self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError):
            os.write(self.PIPE[1], b".")

    def _offer_turn(self) -> None:
        """Let the loop accept, in a thread that has finished a request."""
        if not self._is_accepting:
            self._has_turn = True
            self._wake()

    def _take_calls(self, pipe: int) -> None:
        with suppress(BlockingIOError):
            os.read(pipe, 4096)
        with suppress(Empty):
            while True:
                self._calls.get_nowait()()


class RequestQueue:
    """Complete requests, and the threads that answer them in their order.

    threads: that run the portal at once at most; those in a `cpu_bound` computation don't count.
    """

    def __init__(
        self, answer: Callable[[VisitorConnection], None], when_done: Callable[[], None], *, threads: int
    ) -> None:
        self._answer, self._when_done = answer, when_done
        self._requests: SimpleQueue[VisitorConnection] = SimpleQueue()
        self._lock, self._helpers = Lock(), Semaphore(0)
        self._unfinished, self._taken_at, self._has_worked = 0, 0.0, False
        self._running, self._aside, self._threads, self._started = 0, 0, threads, 0
        for target in (self._work, *[self._help] * (threads - 1)):
            self._start(target)

    def put(self, connection: VisitorConnection) -> None:
        with self._lock:
            if not self._unfinished:
                self._taken_at = monotonic()
            self._unfinished += 1
        self._requests.put(connection)
        self._replace_those_aside()

    def is_waiting(self) -> bool:
        return not self._requests.empty()

    def has_worked(self) -> bool:
        """Whether requests were answered since the last call, and none is left."""
        has_worked, self._has_worked = self._has_worked and not self._unfinished, False
        return has_worked

    def is_busy(self) -> bool:
        """Whether another process had better take the next visitor."""
        return self._unfinished > self._aside and monotonic() - self._taken_at < PATIENCE_SECONDS

    def help_if_stuck(self) -> None:
        """Let another thread begin when the current request takes long."""
        if self.is_waiting() and monotonic() - self._taken_at > PATIENCE_SECONDS:
            self._taken_at = monotonic()
            self._helpers.release()

    @contextmanager
    def _step_aside(self) -> Iterator[None]:
        """Let another thread go on with the requests during the block."""
        with self._lock:
            self._aside, self._running = self._aside + 1, self._running - 1
            needs_thread = self._started < min(self._threads + self._aside, MOST_THREADS)
        if needs_thread:
            self._start(self._help)
        self._replace_those_aside()
        self._when_done()
        try:
            yield
        finally:
            with self._lock:
                self._aside, self._running = self._aside - 1, self._running + 1

    def _replace_those_aside(self) -> None:
        """Wake a thread where all that run are in computations."""
        if self._aside and not self._running and self.is_waiting():
            self._helpers.release()

    def _start(self, target: Callable[[], None]) -> None:
        self._started += 1
        Thread(target=target, name="requests", daemon=True).start()

    def _work(self) -> None:
        on_step_aside(self._step_aside)
        while True:
            self._run(self._requests.get())

    def _help(self) -> None:
        on_step_aside(self._step_aside)
        while True:
            self._helpers.acquire()
            with suppress(Empty):
                while True:
                    self._run(self._requests.get_nowait())

    def _run(self, connection: VisitorConnection) -> None:
        self._taken_at = monotonic()
        with self._lock:
            self._running += 1
        self._answer(connection)
        with self._lock:
            self._running -= 1
            self._unfinished -= 1
            self._has_worked = True
        self._when_done()


def _send_last(connection: VisitorConnection, output: OutputBuffer) -> None:
    connection.finish(output, is_last=True)
    connection.begin_closing(now=monotonic())
