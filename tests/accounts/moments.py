"""The clock of these tests."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
