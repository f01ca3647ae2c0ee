"""Time each request, for the metrics: by the name of its route, never by its path, which says whose ticket it was."""

from time import perf_counter

from flask import Flask, Response, g, request

from izarlink_tickets.metrics.counting import observe_request

# Paths that lead nowhere are one page; so are methods that nobody has heard of.
_NOWHERE, _OTHER = "nowhere", "other"
_METHODS = frozenset({"GET", "HEAD", "POST"})


def register_request_metrics(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_observe)


def _begin() -> None:
    g.request_began = perf_counter()


def _observe(response: Response) -> Response:
    observe_request(
        page=request.endpoint or _NOWHERE,
        method=request.method if request.method in _METHODS else _OTHER,
        status=response.status_code,
        seconds=perf_counter() - g.request_began,
    )
    return response
