"""Redirects for the script that sends forms with files (`app.js`).

If `fetch` followed the redirect, the browser would load the page again, without its confirmation.
"""

from http import HTTPStatus

from flask import Flask, Response, request

SENT_BY, GO_TO = "X-Sent-By", "X-Go-To"


def register_fetch_redirects(app: Flask) -> None:
    app.after_request(_move_location)


def _move_location(response: Response) -> Response:
    if SENT_BY in request.headers and response.status_code == HTTPStatus.SEE_OTHER:
        response.headers[GO_TO] = response.headers.pop("Location")
        response.status_code = HTTPStatus.NO_CONTENT
        response.set_data(b"")
    return response
