"""The command line: one thin command per use case, in English. Here alone the environment and the clock are read."""

from collections.abc import Sequence

from izarlink_tickets.cli.loading import uncollected


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. arguments: without the program's name; the process's by default."""
    try:
        with uncollected():
            from izarlink_tickets.cli.program import run  # noqa: PLC0415 - inside of the block, which is its point
    except KeyboardInterrupt:
        return 1

    return run(arguments)
