"""Counters of a process: requests by page, and lines of its log."""

from collections.abc import MutableMapping
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from izarlink_tickets import security_log

# Pages take some milliseconds; the longest wait is for a lock (5 s).
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

_requests = Histogram(
    "izarlink_request_seconds", "Time to answer a request.", ["page", "method", "status"], buckets=_BUCKETS
)
_rows = Counter("izarlink_rows", "Rows and frames of pages, by where they came from.", ["source"])
_kept_rows = Gauge("izarlink_kept_rows", "Rows and frames kept in memory.", ["kind"], multiprocess_mode="livesum")
_log_lines = Counter("izarlink_log_lines", "Lines of the log by event.", ["event", "level"])
_security_events = Counter("izarlink_security_events", "Lines of the security log by reason.", ["reason"])
for _reason in security_log.Reason:
    # From 0 on, so that an alert on an increase notices the first.
    _security_events.labels(_reason.value)


def observe_request(*, page: str, method: str, status: int, seconds: float) -> None:
    """Count a request. page: its endpoint, as labels must be few."""
    _requests.labels(page, method, str(status)).observe(seconds)


def observe_rows(*, kind: str, found: int, rendered: int, kept: int) -> None:
    """Count the rows of a page.

    kept: in the memory of this process.
    """
    _rows.labels("memory").inc(found)
    _rows.labels("rendered").inc(rendered)
    _kept_rows.labels(kind).set(kept)


def count_log_line(_logger: object, level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Count a log line and return it, as a processor of structlog.

    Commands, mails, refused sign-ins and failures are log lines. Only our own are counted: their names are constants.
    """
    _log_lines.labels(line["event"], level).inc()
    if line["event"] == security_log.EVENT:
        _security_events.labels(line["reason"]).inc()
    return line
