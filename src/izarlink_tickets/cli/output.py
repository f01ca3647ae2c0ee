"""What commands print: tables for people, JSON for scripts."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import click
import orjson

from izarlink_tickets.durable_files import write_new

_FORMAT = orjson.OPT_UTC_Z
NONE = "-"


def print_json(rows: Iterable[Mapping[str, object]]) -> None:
    """Print an array of objects, one a line, as they come. Moments are ISO 8601 in UTC."""
    before = "[\n"
    for row in rows:
        click.echo(before.encode() + orjson.dumps(dict(row), option=_FORMAT), nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def print_object(content: Mapping[str, object]) -> None:
    """Print one object."""
    click.echo(orjson.dumps(dict(content), option=_FORMAT | orjson.OPT_INDENT_2))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns as wide as they need to be; nothing at all without a row."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for line in (headings, *cells):
        click.echo("  ".join(map(str.ljust, line, widths)).rstrip())


def print_or_put(content: bytes, path: Path | None) -> None:
    """Write to stdout (None, or -), or to a file, readable by nobody else, which is there whole or stays what it was.

    Raises: OSError.
    """
    if path in {None, Path("-")}:
        click.echo(content, nl=False)
    elif path.exists() and not path.is_file():
        # A device or a pipe: what stands there can't be replaced.
        path.write_bytes(content)
    else:
        _put(content, path.resolve())


def _put(content: bytes, path: Path) -> None:
    draft = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    try:
        write_new(draft, content)
        draft.replace(path)
    except OSError as error:
        # The draft's name says nothing to whoever asked for the file.
        error.filename = str(path)
        raise
    finally:
        draft.unlink(missing_ok=True)


def moment(value: datetime | None) -> str:
    """Write a moment for people: to the minute, in UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%MZ}" if value else NONE


def tell(sentence: str) -> None:
    """Print a line that nobody has to read: a closed stdout is no reason to stop a server."""
    try:
        click.echo(sentence)
    except OSError:
        forget_unread_output()


def forget_unread_output() -> None:
    """Let what stdout still holds go nowhere, or Python would fail on it at the very end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)
    os.close(nowhere)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    # Of several lines, such as a server's answer, the first is enough in a table.
    return (str(value).splitlines() or [NONE])[0] if value is not None else NONE
