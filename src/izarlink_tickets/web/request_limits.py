"""Limits of a request, by what is known of its sender.

Parsing a form and sending it back costs far more than sending it. Little is parsed until the route's guard has let
somebody in, and files are stored only where the route takes them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, TypeVar, cast

from flask import Flask, Request, current_app, request, session
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.web import csrf
from izarlink_tickets.web.authentication import SESSION_ID
from izarlink_tickets.web.guards import guard_of
from izarlink_tickets.web.security import SignedCookies, register_security

View = TypeVar("View", bound=Callable[..., Any])

# The longest form has 110 fields: fifty tickets of the queue, each with its number and its technician.
MAX_FIELDS = 200
STRANGER_BYTES = 64 * 1024
# A form that the sign-in or an error page carries, with its text decoded.
MAX_CARRIED_FIELDS, MAX_CARRIED_BYTES = 50, 100_000
# Each of its bytes may take three to send.
CARRYING_BYTES = 3 * MAX_CARRIED_BYTES + STRANGER_BYTES
# A text of 20,000 characters takes 240 kB; a longer one comes back with its error.
TEXT_BYTES = 512 * 1024
# Above the size of a form's files. A larger request gets a bare 413, and its typed text is lost.
ROOM_BYTES = 6 * 1024 * 1024
_TAKES_FILES = "takes_files"


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The largest request that is read.

    body_bytes: with files. text_bytes: of all fields. keeps_files: otherwise their content is skipped.
    """

    body_bytes: int
    text_bytes: int
    keeps_files: bool = False


STRANGER = RequestLimits(STRANGER_BYTES, STRANGER_BYTES)
# The browser has had a page with a form: it may send the sign-in form with a text in it.
VISITED = RequestLimits(CARRYING_BYTES, CARRYING_BYTES)
SIGNED_IN = RequestLimits(TEXT_BYTES, TEXT_BYTES)


def takes_files(view: View) -> View:
    """Let the view receive files, behind its guard."""
    setattr(view, _TAKES_FILES, True)
    return view


def largest_form_bytes(settings: Settings) -> int:
    """Return the size of the largest request that a page accepts."""
    return MAX_FILES * settings.attachment_max_bytes + ROOM_BYTES


def largest_body_bytes(app: Flask, cookies: str) -> int:
    """Return the size up to which a body is received.

    cookies: the header of the request.
    """
    sender = app.request_class({"HTTP_COOKIE": cookies})
    return _limits_of_cookie(app.session_interface.open_session(app, sender) or {}, app).body_bytes


def cookie_for_large_forms(settings: Settings, keys: MasterKeys) -> str:
    """Build a cookie for the largest form that signs nobody in."""
    app = Flask(__name__)
    register_security(app, settings=settings, keys=keys)
    signer = cast("SignedCookies", app.session_interface).get_signing_serializer(app)
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps({SESSION_ID: ''})}"


def register_request_limits(app: Flask, *, settings: Settings) -> None:
    app.config["MAX_CONTENT_LENGTH"] = largest_form_bytes(settings)
    app.request_class = LimitedRequest
    app.before_request(_widen)


def limits() -> RequestLimits:
    """Return the limits of this request."""
    return cast("LimitedRequest", request).limits


class LimitedFormParser(FormDataParser):
    """Werkzeug's parser, with its limits applied to every form as a whole."""

    max_form_parts: int
    max_form_memory_size: int

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:  # noqa: ANN401 - as the library's
        """Parse the form. Raises: RequestEntityTooLarge."""
        if mimetype == "application/x-www-form-urlencoded":
            stream = self._bounded(stream)
        parsed = super().parse(stream, mimetype, content_length, options)
        form = parsed[1]
        if sum(len(value) for _, value in form.items(multi=True)) > self.max_form_memory_size:
            raise RequestEntityTooLarge
        return parsed

    def _bounded(self, stream: IO[bytes]) -> IO[bytes]:
        """Check an encoded form, which the library parses without limits."""
        text = stream.read(self.max_form_memory_size + 1)
        if len(text) > self.max_form_memory_size or text.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        return BytesIO(text)


class LimitedRequest(Request):
    """A request that is parsed within its limits."""

    form_data_parser_class = LimitedFormParser
    max_form_parts = MAX_FIELDS
    _limits: RequestLimits | None = None
    _was_parsed = False

    @property
    def limits(self) -> RequestLimits:
        """The route's limits behind its guard, before it the cookie's."""
        return self._limits or _limits_of_cookie(session, current_app)

    @limits.setter
    def limits(self, limits: RequestLimits) -> None:
        self._limits = limits

    def _load_form_data(self) -> None:
        if self.method == "POST" and not self._was_parsed:
            self._was_parsed = True
            self.max_content_length, self.max_form_memory_size = self.limits.body_bytes, self.limits.text_bytes
            super()._load_form_data()
            return
        # No page looks at the body of a GET. A form that could not be parsed is empty for the page about it.
        nothing: ImmutableMultiDict[str, Any] = ImmutableMultiDict()
        self.__dict__.update(form=nothing, files=nothing)

    def _get_file_stream(self, *arguments: Any, **options: Any) -> IO[bytes]:  # noqa: ANN401 - as the library's
        return super()._get_file_stream(*arguments, **options) if self.limits.keeps_files else _SkippedContent()


class _SkippedContent(BytesIO):
    """The content of a file that nobody reads."""

    def write(self, content: Any) -> int:  # noqa: ANN401 - as the library's
        return len(content)


def _limits_of_cookie(cookie: Mapping[str, object], app: Flask) -> RequestLimits:
    if SESSION_ID in cookie:
        # The session may have ended while its person was typing.
        return RequestLimits(app.config["MAX_CONTENT_LENGTH"], CARRYING_BYTES)
    return VISITED if csrf.FIELD in cookie else STRANGER


def _widen() -> None:
    """Accept what the route takes: its guard has let the visitor in."""
    view = current_app.view_functions.get(request.endpoint or "")
    guard = guard_of(view) if view else None
    if guard is None or guard.allows is None:
        return
    with_files = RequestLimits(current_app.config["MAX_CONTENT_LENGTH"], TEXT_BYTES, keeps_files=True)
    cast("LimitedRequest", request).limits = with_files if getattr(view, _TAKES_FILES, False) else SIGNED_IN
