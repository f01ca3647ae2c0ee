"""Durations of requests by endpoint; paths would reveal tickets."""

from functools import partial
from time import perf_counter

from flask import Flask, Response, g, request

from izarlink_tickets.metrics.counting import observe_request, observe_rows
from izarlink_tickets.web.row_memo import memos

# All unknown paths count as one page, all unusual methods as one method.
_UNKNOWN_PAGE, _OTHER_METHOD = "nowhere", "other"
_METHODS = frozenset({"GET", "HEAD", "POST"})


def register_request_metrics(app: Flask) -> None:
    for kind, memo in memos(app).items():
        memo.observe = partial(observe_rows, kind=kind)
    app.before_request(_begin)
    app.after_request(_observe)


def _begin() -> None:
    g.request_began = perf_counter()


def _observe(response: Response) -> Response:
    observe_request(
        page=request.endpoint or _UNKNOWN_PAGE,
        method=request.method if request.method in _METHODS else _OTHER_METHOD,
        status=response.status_code,
        seconds=perf_counter() - g.request_began,
    )
    return response
