"""Answer the script that sends a form with its files (`app.js`): where to go on is told, for it to go there itself.

Following the redirect unseen, it would fetch the page and its confirmation, and the browser would have to again.
"""

from http import HTTPStatus

from flask import Flask, Response, request

ASKED, PLACE = "X-Sent-By", "X-Go-To"


def register_fetch_redirects(app: Flask) -> None:
    app.after_request(_tell_place)


def _tell_place(response: Response) -> Response:
    if ASKED in request.headers and response.status_code == HTTPStatus.SEE_OTHER:
        response.headers[PLACE] = response.headers.pop("Location")
        response.status_code = HTTPStatus.NO_CONTENT
        response.set_data(b"")
    return response
