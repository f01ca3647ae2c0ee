"""Compressed pages of random length.

The length of a compressed page tells whether it contains a text of an attacker's choice (BREACH, CVE-2013-3587).
`SameSite=Lax` cookies keep other sites from fetching pages, and each page is longer by a random number of bytes.
Source: RFC 1952 §2.3, the file name in the gzip header, which holds these bytes.
"""

import secrets
import struct
import zlib
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.http import parse_accept_header

# Smaller pages fit a TCP segment uncompressed.
_MIN_BYTES = 1024
# Level 6 takes twice the time for 3 % less.
_LEVEL = 4
_PADDING_BYTES = 256
# Browsers send far less; what follows is not kept in memory.
_MAX_HEADER = 300
_HAS_NAME = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff"


def register_compression(app: Flask) -> None:
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if (
        _takes_gzip(request.headers.get("Accept-Encoding", "")[:_MAX_HEADER])
        and len(content := response.get_data()) > _MIN_BYTES
    ):
        response.set_data(gzipped(content))
        response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=256)
def _takes_gzip(header: str) -> bool:
    return parse_accept_header(header)["gzip"] > 0


def gzipped(content: bytes) -> bytes:
    """Compress to a random length."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = compressor.compress(content) + compressor.flush()
    name = b"x" * secrets.randbelow(_PADDING_BYTES) + b"\0"
    return _HAS_NAME + name + body + struct.pack("<LL", zlib.crc32(content), len(content) & 0xFFFFFFFF)
