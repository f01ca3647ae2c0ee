"""Output of commands: tables for people, JSON for scripts, files for exports."""

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
    """Print a JSON array, one object per line, as they come.

    Times are ISO 8601 in UTC.
    """
    before = "[\n"
    for row in rows:
        click.echo(before.encode() + orjson.dumps(dict(row), option=_FORMAT), nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def print_object(content: Mapping[str, object]) -> None:
    """Print one JSON object."""
    click.echo(orjson.dumps(dict(content), option=_FORMAT | orjson.OPT_INDENT_2))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print aligned columns; without rows, print nothing."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for line in (headings, *cells):
        click.echo("  ".join(map(str.ljust, line, widths)).rstrip())


def print_records(records: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, is_json: bool) -> None:
    """Print records as JSON or as a table. columns: heading by key."""
    if is_json:
        print_json(records)
        return
    print_table(list(columns.values()), ([record[key] for key in columns] for record in records))


def attributes(record: object, *names: str) -> dict[str, object]:
    """Return these attributes of a record by their names."""
    return {name: getattr(record, name) for name in names}


def write_output(content: bytes, path: Path | None) -> None:
    """Write to a private file or to stdout.

    path: only its owner can read it; None or - for stdout.
    If writing fails, an existing file stays as it was. Raises: OSError.
    """
    if path in {None, Path("-")}:
        click.echo(content, nl=False)
    elif path.exists() and not path.is_file():
        # Devices and pipes can't be replaced.
        path.write_bytes(content)
    else:
        _replace(path.resolve(), content)


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    try:
        write_new(draft, content)
        draft.replace(path)
    except OSError as error:
        # The operator knows the file by its own name, not by the draft's.
        error.filename = str(path)
        raise
    finally:
        draft.unlink(missing_ok=True)


def moment(value: datetime | None) -> str:
    """Format a time to the minute, in UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%MZ}" if value else NONE


def plural(count: int, singular: str, many: str = "") -> str:
    """Format a count with its noun: "1 mail", "2 mails", "2 people"."""
    return f"{count:,} {singular if count == 1 else many or f'{singular}s'}"


def announce(line: str) -> None:
    """Print a line, unless stdout is closed.

    A closed stdout must not stop the server.
    """
    try:
        click.echo(line)
    except OSError:
        discard_output()


def discard_output() -> None:
    """Send what stdout still buffers to /dev/null.

    Otherwise Python would fail on it at exit.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)
    os.close(nowhere)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    # A table has room for the first line of a server's answer.
    return (str(value).splitlines() or [NONE])[0] if value is not None else NONE
