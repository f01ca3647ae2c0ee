"""Downloads of a ticket's files, and thumbnails, which browsers never run.

Source: ASVS 5.4 against inline files, forged types and odd names; RFC 6266 for the name.
"""

import unicodedata
from http import HTTPStatus
from urllib.parse import quote

import structlog
from flask import Blueprint, Response, make_response
from werkzeug.exceptions import NotFound

from izarlink_tickets.attachments import BlobDamaged, BlobMissing
from izarlink_tickets.attachments.file_types import FILE_TYPES
from izarlink_tickets.attachments.thumbnails import MEDIA_TYPE, thumbnail_context
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.history_queries import AttachedFile, find_file
from izarlink_tickets.projections.ticket_queries import find_ticket
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.errors.error_texts import ErrorText
from izarlink_tickets.web.forms import uuid_of
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.templating import render

pages = Blueprint("downloads", __name__)
log = structlog.get_logger(__name__)

_KNOWN_TYPES = frozenset(file_type.media_type for file_type in FILE_TYPES)
_FALLBACK_TYPE = "application/octet-stream"
# The browser runs nothing, loads nothing, and gives the file no origin.
_POLICY = "sandbox; default-src 'none'"
_ERASED = ErrorText(
    _l("Fichier effacé"), _l("Le contenu de ce fichier a été effacé à la demande de la personne qui l’avait envoyé.")
)
_UNREADABLE = ErrorText(
    _l("Fichier illisible pour le moment"),
    _l(
        "Ce fichier est enregistré, mais il n’a pas pu être lu. Le support IzarLink en est averti. Réessayez plus "
        "tard, ou joignez-le de nouveau à votre ticket."
    ),
)


@pages.get("/<ticket:number>/pieces/<file_id>/<name>")
@signed_in
def download(number: int, file_id: str, name: str) -> Response:
    file = _find_file(number, file_id)
    if file is None or (file.name is not None and file.name != name):
        raise NotFound
    content = _content_of(number, file.file_id, file.sha256)
    if isinstance(content, Response):
        return content
    return _attachment(content, name=file.name, media_type=file.media_type) if file.name else _erased()


@pages.get("/<ticket:number>/apercus/<picture_id>")
@signed_in
def thumbnail(number: int, picture_id: str) -> Response:
    file = _find_file(number, picture_id)
    if file is None or file.thumbnail_sha256 is None:
        raise NotFound
    content = _content_of(number, thumbnail_context(file.file_id), file.thumbnail_sha256)
    return content if isinstance(content, Response) else _inert(content, media_type=MEDIA_TYPE)


def _content_of(number: int, context: str, sha256: str) -> bytes | Response:
    """Load stored bytes, or build the page without them."""
    try:
        content = portal().files.content_of(file_id=context, sha256=sha256)
    except (BlobMissing, BlobDamaged) as error:
        log.exception("attachment_unreadable", file_id=context, ticket=number, kind=type(error).__name__)
        return _message_page(_UNREADABLE, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _erased() if content is None else content


def _erased() -> Response:
    return _message_page(_ERASED, status=HTTPStatus.GONE)


def _find_file(number: int, file_id: str) -> AttachedFile | None:
    """Find the file, if the viewer sees its ticket."""
    if uuid_of(file_id) != file_id:
        return None
    with portal().database.query() as connection:
        if find_ticket(connection, viewer().actor, number=number) is None:
            return None
        return find_file(connection, number=number, file_id=file_id)


def _attachment(content: bytes, *, name: str, media_type: str) -> Response:
    response = _inert(content, media_type=media_type if media_type in _KNOWN_TYPES else _FALLBACK_TYPE)
    response.headers["Content-Disposition"] = _disposition(name)
    return response


def _inert(content: bytes, *, media_type: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _disposition(name: str) -> str:
    """Build the header with the file's name in ASCII and whole.

    Source: RFC 6266 §4.3, RFC 8187.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(char for char in ascii_name if char.isprintable() and char not in '"\\%/')
    return f"attachment; filename=\"{plain or 'fichier'}\"; filename*=UTF-8''{quote(name, safe='')}"


def _message_page(text: ErrorText, *, status: int) -> Response:
    return make_response(render("error.html", layout="base.html", text=text), status)
