"""The encoding of values, and the list of erased persons."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from izarlink_tickets.backup import ErasuresUnreadable, read_erasures
from izarlink_tickets.backup.values import ValueKind, decode, encode, kind_of
from izarlink_tickets.backup.writer import backup_tables


@pytest.mark.parametrize(
    ("kind", "value", "encoded"),
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
def test_a_value_is_decoded_as_it_was_encoded(kind: ValueKind, value: object, encoded: object) -> None:
    assert encode(kind, value) == encoded
    assert decode(kind, encoded) == value


@pytest.mark.parametrize(
    ("kind", "encoded"),
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
def test_a_value_of_another_kind_is_refused(kind: ValueKind, encoded: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode(kind, encoded)


def test_every_column_can_be_backed_up() -> None:
    assert all(kind_of(column) for table in backup_tables() for column in table.columns)


def test_a_list_of_erasures_with_another_line_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "erased.txt"
    file.write_text("\nalice@etxea.example\n")

    with pytest.raises(ErasuresUnreadable) as refused:
        read_erasures(file)

    assert refused.value.line == 2
