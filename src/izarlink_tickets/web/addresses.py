"""URL converters, and the check of redirect targets."""

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.routing import BaseConverter

MAX_TARGET_LENGTH = 2000


class TicketNumber(BaseConverter):
    """A ticket number in ASCII digits, without leading zeros, within BIGINT."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)


class Version(TicketNumber):
    """The version of a stream or a solution, within INTEGER."""

    regex = "[1-9][0-9]{0,8}"


class RecordId(BaseConverter):
    """The stored id of an account, a customer or a service."""

    regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Code(BaseConverter):
    """The code of a category."""

    regex = "[A-Z0-9_]{1,60}"


def register_addresses(app: Flask) -> None:
    app.url_map.converters.update(ticket=TicketNumber, version=Version, record=RecordId, code=Code)


def local_target(target: str | None) -> str | None:
    r"""Return a target inside this portal; None for any other.

    Browsers read `/\evil`, `//evil` and a tab after the first slash as another host.
    """
    if not target or len(target) > MAX_TARGET_LENGTH or not target.isprintable() or "\\" in target:
        return None
    if not target.startswith("/") or target.startswith("//"):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    # A proxy may unescape a leading escaped slash.
    is_local = not parts.scheme and not parts.netloc and not parts.path.lower().startswith(("/%2f", "/%5c", "/%09"))
    return target if is_local else None
