"""What a process counts while it works: requests by page, and the lines of its log."""

from collections.abc import MutableMapping
from typing import Any

from prometheus_client import Counter, Histogram

# Pages take some milliseconds; the longest wait is for a lock (5 s).
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

_requests = Histogram(
    "izarlink_request_seconds", "Time to answer a request.", ["page", "method", "status"], buckets=_BUCKETS
)
_log_lines = Counter("izarlink_log_lines", "Lines of the log, by what they tell.", ["event", "level"])


def observe_request(*, page: str, method: str, status: int, seconds: float) -> None:
    """Count a request. page: the name of its route, never a path; both are of a limited number, as labels must be."""
    _requests.labels(page, method, str(status)).observe(seconds)


def count_log_line(_logger: object, level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Count a line and hand it on: commands, mails, refusals of sign-in and failures are lines of the log.

    A processor of structlog. Our own lines alone are counted: their names are constants.
    """
    _log_lines.labels(line["event"], level).inc()
    return line
