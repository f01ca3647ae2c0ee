"""The metrics address: `/metrics`, `/-/health`, `/-/live` and `/-/ready`.

It needs no password: the address is on the operator's network, or the loopback.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from http import HTTPStatus
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.health import HealthReport, Problem, check_health, is_ready
from izarlink_tickets.metrics.sharing import shared_folder

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Answer = tuple[HTTPStatus, str, bytes]
_PLAIN, _JSON = "text/plain; charset=utf-8", "application/json"


def metrics_app(portal: Portal, *, clock: Callable[[], datetime]) -> "WSGIApplication":
    """Build the WSGI application of the metrics address. clock: returns aware UTC."""
    pages: dict[str, Callable[[], Answer]] = {
        "/metrics": lambda: (HTTPStatus.OK, CONTENT_TYPE_LATEST, _metrics(check_health(portal, now=clock()))),
        "/-/health": lambda: _health(check_health(portal, now=clock())),
        "/-/live": lambda: (HTTPStatus.OK, _PLAIN, b"ok\n"),
        "/-/ready": lambda: _readiness(is_ready=is_ready(portal)),
    }

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        page = pages.get(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] in {"GET", "HEAD"} else None
        status, content_type, content = page() if page else (HTTPStatus.NOT_FOUND, _PLAIN, b"not found\n")
        headers = [("Content-Type", content_type), ("Content-Length", str(len(content))), ("Cache-Control", "no-store")]
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]

    return answer


def on_two_addresses(
    visitors: "WSGIApplication", machines: "WSGIApplication", *, machines_port: int
) -> "WSGIApplication":
    """Build an application that chooses by the port of the socket."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # Gunicorn takes it from the socket that listens, not from the request.
        is_machine = environ["SERVER_PORT"] == str(machines_port)
        return (machines if is_machine else visitors)(environ, start_response)

    return answer


def serve_beside(portal: Portal, bind: str, *, clock: Callable[[], datetime]) -> None:
    """Serve the metrics address in a thread of `work`. Raises: OSError."""
    host, _, port = bind.rpartition(":")
    server = make_server(host.strip("[]"), int(port), metrics_app(portal, clock=clock), handler_class=_Silent)
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()


class _Silent(WSGIRequestHandler):
    """A handler that doesn't log each scrape."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Ignore the message."""


def _health(report: HealthReport) -> Answer:
    status = HTTPStatus.SERVICE_UNAVAILABLE if report.problems else HTTPStatus.OK
    return status, _JSON, orjson.dumps(report.as_row())


def _readiness(*, is_ready: bool) -> Answer:
    if is_ready:
        return HTTPStatus.OK, _PLAIN, b"ok\n"
    return HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, b"not ready\n"


def _metrics(report: HealthReport) -> bytes:
    processes: CollectorRegistry = REGISTRY
    if folder := shared_folder():
        processes = CollectorRegistry()
        multiprocess.MultiProcessCollector(processes, str(folder))  # type: ignore[no-untyped-call] # not annotated
    health = CollectorRegistry()
    health.register(_HealthCollector(report))
    return generate_latest(processes) + generate_latest(health)


class _HealthCollector(Collector):
    """A health report as gauges."""

    def __init__(self, report: HealthReport) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        report, counts = self._report, self._report.counts
        problems = GaugeMetricFamily("izarlink_problem", "Whether the problem exists.", labels=["problem"])
        for problem in Problem:
            problems.add_metric([problem.value], problem in report.problems)
        yield problems
        yield _gauge("up", "Whether the database answers.", report.database_answers)
        yield _gauge("disk_free_bytes", "Free space for the data folder.", report.disk_free_bytes)
        yield _gauge("attachments_free_bytes", "Free space for attachments.", report.attachments_free_bytes)
        if report.antivirus_answers is not None:
            yield _gauge("antivirus_answers", "Whether the antivirus answers.", report.antivirus_answers)
        yield _gauge("schema_is_current", "Whether the schema is this release's.", report.schema_is_current)
        if not report.schema_is_current:
            return
        yield _gauge("log_position", "Position of the last event.", counts.log_position)
        yield _gauge("mails_waiting", "Mails waiting to be sent.", counts.mails_waiting)
        yield _gauge("mails_oldest_waiting_seconds", "Age of the oldest of them.", counts.mails_oldest_waiting_seconds)
        yield _gauge("mails_failed", "Mails that failed for good.", counts.mails_failed)
        yield _gauge("mails_are_held", "Whether mails are held until `mail enable`.", counts.mails_are_held)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"izarlink_{name}", documentation, value=value)
