"""Probes for monitoring: liveness, readiness, health."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify

from izarlink_tickets.application.operations.health import check_health, is_ready
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.guards import administrator, unattended

pages = Blueprint("operations", __name__, url_prefix="/-")

_PLAIN = "text/plain; charset=utf-8"


@pages.get("/live")
@unattended
def live() -> Response:
    return Response("ok\n", content_type=_PLAIN)


@pages.get("/ready")
@unattended
def ready() -> Response:
    if is_ready(portal()):
        return Response("ok\n", content_type=_PLAIN)
    return Response("not ready\n", HTTPStatus.SERVICE_UNAVAILABLE, content_type=_PLAIN)


@pages.get("/health")
@administrator
def health() -> tuple[Response, HTTPStatus]:
    """Return the health report; 503 where something needs attention."""
    report = check_health(portal(), now=now())
    return jsonify(report.as_row()), HTTPStatus.SERVICE_UNAVAILABLE if report.problems else HTTPStatus.OK
