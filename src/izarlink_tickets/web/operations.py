"""What machines ask: does the process live, can it serve, how is it doing. They learn nothing else."""

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
    """Tell how old the oldest waiting mail is, what failed, how much disk is left, whether the schema is current.

    503 where something asks for somebody, so that a monitor needs to read no further.
    """
    signs = check_health(portal(), now=now())
    return jsonify(signs.as_row()), HTTPStatus.SERVICE_UNAVAILABLE if signs.problems else HTTPStatus.OK
