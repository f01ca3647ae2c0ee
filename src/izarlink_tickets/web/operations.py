"""What machines ask: does the process live, can it serve, how is it doing. They learn nothing else."""

import shutil
from http import HTTPStatus

from flask import Blueprint, Response, jsonify

from izarlink_tickets import outbox
from izarlink_tickets.application.schema import schema_is_current
from izarlink_tickets.database import DatabaseBusy, DatabaseUnreachable
from izarlink_tickets.web.context import now, portal, settings
from izarlink_tickets.web.guards import administrator, public

pages = Blueprint("operations", __name__, url_prefix="/-")

_PLAIN = "text/plain; charset=utf-8"


@pages.get("/live")
@public
def live() -> Response:
    return Response("ok\n", content_type=_PLAIN)


@pages.get("/ready")
@public
def ready() -> Response:
    if _is_ready():
        return Response("ok\n", content_type=_PLAIN)
    return Response("not ready\n", HTTPStatus.SERVICE_UNAVAILABLE, content_type=_PLAIN)


@pages.get("/health")
@administrator
def health() -> Response:
    """Tell how old the oldest waiting mail is, what failed, how much disk is left, whether the schema is current."""
    with portal().database.query() as connection:
        waiting, oldest = outbox.backlog(connection)
        failed = outbox.count_failed(connection)
    age = (now() - oldest).total_seconds() if oldest else 0
    return jsonify(
        schema_is_current=_is_ready(),
        mails_waiting=waiting,
        mails_oldest_waiting_seconds=round(age),
        mails_failed=failed,
        disk_free_bytes=shutil.disk_usage(settings().data_dir).free,
    )


def _is_ready() -> bool:
    try:
        return schema_is_current(portal().database)
    except (DatabaseBusy, DatabaseUnreachable):
        return False
