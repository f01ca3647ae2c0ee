"""Long work split between processes.

Each is started anew and inherits nothing: no connection, lock or key. It ends with the process that started it.
"""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar, cast

T = TypeVar("T")
Work = Callable[..., Iterator[T]]

_MOST = 4  # more would only wait for the database
# Behind the processes of the portal, which answer people.
_NICENESS = 5
# More than those of a page of work, which all stay until it is done: searching them for garbage took 7 % of a rebuild.
_OBJECTS_PER_COLLECTION = 50_000
_spawned = get_context("spawn")


class ProcessDied(Exception):
    """A process of the work was killed."""


@dataclass(frozen=True, slots=True)
class _Failure:
    error: Exception


def processes() -> int:
    """Return the number of processes that this machine runs well at once."""
    return min(_MOST, len(os.sched_getaffinity(0)))


def results_of(work: Work[T], arguments: Sequence[tuple[Any, ...]]) -> Iterator[T]:
    """Run the work in a process for each tuple of arguments.

    Yields the results as they come. The first failure is raised here, and ends all.
    Raises: ProcessDied, and what the work raises.
    """
    with _running(work, arguments) as pipes:
        yield from _received(pipes)


@contextmanager
def meanwhile(work: Work[T], *arguments: Any) -> Iterator[Callable[[], T]]:  # noqa: ANN401 - whatever the work takes
    """Run the work in a process during the block.

    The block gets a function that waits for the only result. It raises: ProcessDied, and what the work raises.
    """
    with _running(work, [arguments]) as pipes:
        yield lambda: next(_received(pipes))


@contextmanager
def _running(work: Work[T], arguments: Sequence[tuple[Any, ...]]) -> Iterator[list[Connection]]:
    """Start the processes, and kill those that are left at the end."""
    pipes, children = list[Connection](), []
    try:
        for each in arguments:
            receiver, sender = _spawned.Pipe(duplex=False)
            child = _spawned.Process(target=_run, args=(sender, work, each), daemon=True)
            child.start()
            # The child has the only other end: it is closed when the child ends.
            sender.close()
            pipes.append(receiver)
            children.append(child)
        yield pipes
    finally:
        for child in children:
            child.kill()
            child.join()


def _received(pipes: list[Connection]) -> Iterator[Any]:
    while pipes:
        for pipe in cast("list[Connection]", wait(pipes)):
            try:
                message = pipe.recv()
            except EOFError as error:
                raise ProcessDied from error
            if isinstance(message, _Failure):
                raise message.error
            if message is None:
                pipes.remove(pipe)
            else:
                yield message


def _run(sender: Connection, work: Work[Any], arguments: tuple[Any, ...]) -> None:
    """Send the results, then None. Sending fails once the parent has ended."""
    os.nice(_NICENESS)
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    try:
        for result in work(*arguments):
            sender.send(result)
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - raised again in the parent
        sender.send(_Failure(error))
        return
    sender.send(None)
