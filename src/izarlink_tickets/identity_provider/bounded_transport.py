"""HTTP with limits: of time, of size, and without redirects."""

import ssl
import time
from typing import Any, cast

from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

CONNECT_SECONDS, READ_SECONDS = 3.0, 3.0
# For a whole response; a provider answers in a tenth of a second.
TOTAL_SECONDS = 5.0
# The metadata of large providers have 4 kB, their keys 20 kB.
MAX_BYTES = 256 * 1024
_CHUNK_BYTES = 16 * 1024


class UnboundedResponse(RequestException):
    """A response is too large, too slow, or a redirect."""


class BoundedTransport(HTTPAdapter):
    """Reads each response at once, within the limits."""

    def send(self, request: PreparedRequest, *_: object, **options: Any) -> Response:  # noqa: ANN401 - passed on
        """Send a request, with our own limits whatever the caller asks for.

        Raises: RequestException.
        """
        options |= {"stream": True, "timeout": (CONNECT_SECONDS, READ_SECONDS)}
        deadline = time.monotonic() + TOTAL_SECONDS
        response = super().send(request, **options)
        try:
            if response.is_redirect:
                # A secret would follow it to a host that nobody has named.
                raise UnboundedResponse("it redirects")
            response._content = _read(response, deadline)  # noqa: SLF001 - as `Response.content` does
            response._content_consumed = True  # type: ignore[attr-defined] # noqa: SLF001 - as above
        except HTTPError as error:
            raise UnboundedResponse(str(error)) from error
        finally:
            response.close()
        return response


def trusted_certificates() -> str | bool:
    """Return the path of this machine's authorities; True for the library's."""
    paths = ssl.get_default_verify_paths()
    return cast("str | None", paths.cafile or paths.capath) or True


def _read(response: Response, deadline: float) -> bytes:
    content = b""
    for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=True):
        content += chunk
        if len(content) > MAX_BYTES:
            raise UnboundedResponse("its answer is too long")
        if time.monotonic() > deadline:
            raise UnboundedResponse("its answer takes too long")
    return content
