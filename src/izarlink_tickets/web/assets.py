"""Static files from memory, under addresses that change with their content."""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from flask import Blueprint, Flask, Response, abort, request

from izarlink_tickets.web.guards import unattended

NAMES = ("app.css", "app.js", "desk.js", "passkeys.js", "favicon.svg")
# Joined into one file, to save the pages a request.
JOINED = {"desk.js": ("app.js", "desk.js"), "passkeys.js": ("app.js", "passkeys.js")}
_HASH_LENGTH = 12
_ONE_YEAR = "public, max-age=31536000, immutable"

assets = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """A static file. version: changes with the content."""

    version: str
    media_type: str
    content: bytes
    compressed: bytes


def register_assets(app: Flask) -> None:
    app.register_blueprint(assets)


def address_of(name: str) -> str:
    return f"/static/{_asset(name).version}/{name}"


@cache
def _asset(name: str) -> Asset:
    folder = files(__package__).joinpath("static")
    content = b"".join(folder.joinpath(part).read_bytes() for part in JOINED.get(name, (name,)))
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    # Without secrets, an asset needs no random length, unlike a page (`compression`).
    compressed = gzip.compress(content, mtime=0)
    return Asset(sha256(content).hexdigest()[:_HASH_LENGTH], media_type, content, compressed)


@assets.get("/static/<version>/<name>")
@unattended
def serve(version: str, name: str) -> Response:
    if name not in NAMES:
        abort(404)
    asset = _asset(name)
    is_zipped = request.accept_encodings["gzip"] > 0
    response = Response(asset.compressed if is_zipped else asset.content, mimetype=asset.media_type)
    response.headers["Vary"] = "Accept-Encoding"
    if is_zipped:
        response.headers["Content-Encoding"] = "gzip"
    # A page from before an update requests the old version: it gets the new file, uncached.
    response.headers["Cache-Control"] = _ONE_YEAR if version == asset.version else "no-store"
    return response
