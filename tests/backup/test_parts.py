"""The parts of a backup by themselves: values, and the list of erased persons."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from izarlink_tickets.backup import ErasuresUnreadable, read_erasures
from izarlink_tickets.backup.values import ValueKind, kind_of, read, written
from izarlink_tickets.backup.writer import kept_tables


@pytest.mark.parametrize(
    ("kind", "value", "in_file"),
    [
        (ValueKind.TEXT, "Débit", "Débit"),
        (ValueKind.INTEGER, 2**40, 2**40),
        (ValueKind.BOOLEAN, False, False),
        (ValueKind.MOMENT, datetime(2026, 11, 2, 8, 0, 0, 5, tzinfo=UTC), "2026-11-02T08:00:00.000005+00:00"),
        (ValueKind.UUID, UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (ValueKind.BYTES, '{"text":"é"}'.encode(), '{"text":"é"}'),
        (ValueKind.BYTES, b"\xff\x00", {"base64": "/wA="}),
        (ValueKind.BYTES, None, None),
    ],
)
def test_a_value_is_read_back_as_it_was_written(kind: ValueKind, value: object, in_file: object) -> None:
    assert written(kind, value) == in_file
    assert read(kind, in_file) == value


@pytest.mark.parametrize(
    ("kind", "in_file"),
    [
        (ValueKind.TEXT, 7),
        (ValueKind.INTEGER, True),
        (ValueKind.INTEGER, "7"),
        (ValueKind.MOMENT, "yesterday"),
        (ValueKind.UUID, "x"),
        (ValueKind.BYTES, {"base64": "?"}),
        (ValueKind.BYTES, {}),
    ],
)
def test_what_is_no_such_value_is_refused(kind: ValueKind, in_file: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        read(kind, in_file)


def test_every_column_can_be_backed_up() -> None:
    assert all(kind_of(column) for table in kept_tables() for column in table.columns)


def test_a_list_of_erasures_that_says_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "erased.txt"
    file.write_text("\nalice@etxea.example\n")

    with pytest.raises(ErasuresUnreadable) as refused:
        read_erasures(file)

    assert refused.value.line == 2
