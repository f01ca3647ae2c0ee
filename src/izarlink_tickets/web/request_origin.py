"""The origin of a request in the logs: route, request id, network.

The network is hashed under SECRET_KEY, so that lines of one attacker can be told from others' without naming anybody.
"""

import secrets
from functools import lru_cache

from flask import Flask, request
from structlog import contextvars

from izarlink_tickets import security_log
from izarlink_tickets.accounts import hash_of_network
from izarlink_tickets.config import MasterKeys, Settings

REQUEST_ID_BYTES = 8
# Of the clients that a process has seen last.
KNOWN_NETWORKS = 1024
# A client may send any word.
_OTHER_METHOD = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


def register_request_origin(app: Flask, *, settings: Settings, keys: MasterKeys) -> None:
    hashed = lru_cache(KNOWN_NETWORKS)(hash_of_network)
    is_clear = settings.security_log_addresses == "clear"

    def bind() -> None:
        address, request_id = request.remote_addr or "", secrets.token_hex(REQUEST_ID_BYTES)
        origin = security_log.RequestOrigin(
            route=request.url_rule.rule if request.url_rule else None,
            method=request.method if request.method in _METHODS else _OTHER_METHOD,
            request=request_id,
            network=hashed(address, secret=keys.secret),
            address=address if is_clear else None,
        )
        security_log.bind_request(origin)
        # Every other line of the request has its id, too.
        contextvars.bind_contextvars(request=request_id)

    app.before_request(bind)
    app.teardown_request(_unbind)


def _unbind(_error: BaseException | None) -> None:
    security_log.unbind_request()
    contextvars.unbind_contextvars("request")
