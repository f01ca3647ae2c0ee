"""Validation of single settings.

A check returns the value to store. The text of its ValueError completes "IZARLINK_X …" without repeating the value.
"""

import base64
import re
from email.utils import parseaddr
from itertools import pairwise
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationInfo

from izarlink_tickets.failpoints import Point

KEY_BYTES = 32
# 32 random bytes have about 30 different values; fewer than 16 never happens by chance.
KEY_DISTINCT_BYTES = 16
PRINTABLE_ASCII = range(0x20, 0x7F)
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
MAX_PORT = 65_535
# The roles of IzarLink's people, the only ones that a provider may give.
STAFF_ROLES = ("administrator", "support", "auditor")
# Of a line in the foot of every page.
MAX_LINE = 120
HOURS = 24
# A name, an IPv4 or an IPv6 address; in TRUSTED_HOSTS a leading dot includes all subdomains.
HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")
# A fault needs this file in DATA_DIR: an environment may be copied by accident, a file hardly.
FAULTS_ALLOWED = "faults-allowed"
_SENDER_ADDRESS = r"[^<>@\s\"]+@[^<>@\s\"]+"
SENDER = re.compile(
    rf'(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<name>[^<>@]+?))\s*<(?P<address>{_SENDER_ADDRESS})>|(?P<bare>{_SENDER_ADDRESS})'
)
# In a name they mean something to mail programs, unless it is quoted. Source: RFC 5322 §3.2.3.
_NAME_SPECIALS = frozenset('()<>[]:;@\\,."')


def parts(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _url(value: str) -> SplitResult:
    try:
        url = urlsplit(value)
        # `urlsplit` checks a port only when it is read, and accepts a colon without one.
        is_valid = url.port != 0 and not url.netloc.endswith(":") and value.isascii() and value.isprintable()
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError("is not a valid URL")
    return url


def bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= MAX_PORT:
        raise ValueError("must be an address and a port, as in 127.0.0.1:8000")
    return value


def other_bind(value: str, info: ValidationInfo) -> str:
    """Check the metrics address, which needs another port."""
    if bind(value).rpartition(":")[2] == info.data.get("bind", "").rpartition(":")[2]:
        raise ValueError("must have another port than IZARLINK_BIND")
    return value


def base_url(value: str) -> str:
    url = _url(value)
    if url.scheme not in {"http", "https"} or not HOST.fullmatch(url.hostname or ""):
        raise ValueError("must begin with http:// or https:// and name a host")
    if url.path.rstrip("/") or url.query or url.fragment or "@" in url.netloc:
        raise ValueError("must end after the host and the port")
    return f"{url.scheme}://{url.netloc.lower()}"


def database_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must begin with sqlite:///, postgresql:// or postgresql+psycopg://")
    if scheme == "sqlite" and (not rest.startswith("/") or rest == "/:memory:"):
        raise ValueError("must be sqlite:///, alone or with a file after it")
    return value


def attachments_url(value: str) -> str:
    if value.startswith("s3://"):
        raise ValueError("names S3, which is not available yet; give a folder as file:/path")
    if not value.startswith("file:") or not urlsplit(value).path:
        raise ValueError("must be a folder, as in file:/srv/attachments")
    return value


def clamd_url(value: str) -> str:
    url = _url(value)
    is_tcp = url.scheme == "tcp" and bool(url.hostname) and not (url.path.rstrip("/") or url.query or url.fragment)
    is_socket = url.scheme == "unix" and not url.netloc and url.path.startswith("/")
    if not (is_tcp or is_socket) or "@" in url.netloc:
        raise ValueError("must be tcp://HOST:PORT or unix:/PATH of a ClamAV daemon")
    return value


def issuer(value: str | None, info: ValidationInfo) -> str | None:
    """Check the OpenID provider, which needs the client's id and secret.

    The URL is compared character by character with what the provider says.
    """
    given = [bool(part) for part in (value, info.data.get("oidc_client_id"), info.data.get("oidc_client_secret"))]
    if any(given) and not all(given):
        raise ValueError(
            "is set together with IZARLINK_OIDC_CLIENT_ID and IZARLINK_OIDC_CLIENT_SECRET, or none of them"
        )
    if value is None:
        return None
    url = _url(value)
    is_local = url.scheme == "http" and url.hostname in LOOPBACK_HOSTS
    if not url.hostname or not (url.scheme == "https" or is_local):
        raise ValueError("must begin with https:// and name a host")
    if url.query or url.fragment or "@" in url.netloc:
        raise ValueError("must have nothing after the path")
    return value


def role_values(value: object) -> object:
    """Parse roles and the values that stand for them, as in support=it-support."""
    if not isinstance(value, str):
        return value
    pairs = [tuple(part.strip() for part in pair.partition("=")[::2]) for pair in value.split(",")]
    if not all(role in STAFF_ROLES and claimed for role, claimed in pairs):
        raise ValueError("must be roles and values, as in support=it-support, auditor=it-audit")
    return tuple((claimed, role) for role, claimed in pairs)


def smtp_url(value: str) -> str:
    url = _url(value)
    if url.scheme not in {"smtp", "smtps", "file"}:
        raise ValueError("must begin with smtp://, smtps:// or file:")
    if url.scheme == "file":
        return value
    if not url.hostname or url.path.rstrip("/") or url.query or url.fragment:
        raise ValueError("must name a host and may name a port, nothing after it")
    if bool(url.username) != bool(url.password):
        raise ValueError("must have a user and a password, or neither")
    return value


def mail_from(value: str) -> str:
    """Return the sender, its name quoted if needed.

    All programs then read it alike.
    """
    match = SENDER.fullmatch(value) if value.isprintable() else None
    if match is None or not value.rpartition("<")[2].isascii():
        raise ValueError("must be a mail address, with or without a name before it")
    address = match["bare"] or match["address"]
    name = re.sub(r"\\(.)", r"\1", match["quoted"]) if match["quoted"] else (match["name"] or "")
    sender = f"{_quoted(name)} <{address}>" if name else address
    if name.count('"') % 2 or parseaddr(sender) != (name, address):
        raise ValueError("must be a mail address; a name before it may be in quotation marks")
    return sender


def _quoted(name: str) -> str:
    escaped = re.sub(r'([\\"])', r"\\\1", name)
    return f'"{escaped}"' if _NAME_SPECIALS & set(name) else name


def timezone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise ValueError("must be a time zone's name, as in Europe/Paris") from None


def line(value: str) -> str:
    """Check a line that pages and mails show."""
    if not value.isprintable() or not value.strip() or len(value) > MAX_LINE:
        raise ValueError(f"must be a line of at most {MAX_LINE} characters")
    return value.strip()


def text(value: str) -> str:
    """Check a text that a page shows."""
    lines = value.strip().splitlines()
    if not lines or not all(line.replace("\t", " ").isprintable() for line in lines):
        raise ValueError("must be a plain text")
    return "\n".join(lines)


def key(value: object) -> object:
    return key_of(value) if isinstance(value, str) else value


def keys(value: object) -> object:
    return tuple(key_of(part) for part in value.split(",")) if isinstance(value, str) else value


def key_of(text: str) -> bytes:
    """Decode 32 random bytes from base64 in either alphabet. Raises: ValueError."""
    text = text.strip()
    try:
        key = base64.b64decode(text, altchars=b"-_" if set(text) & set("-_") else None, validate=True)
    except ValueError:
        raise ValueError("must be 32 random bytes in base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be 32 random bytes in base64, and has {len(key)}")
    if _is_example(key):
        raise ValueError("is an example, not a random key; `openssl rand -base64 32` makes one")
    return key


def _is_example(key: bytes) -> bool:
    """Whether the key is zeros, a repetition, a series or a word.

    A random key is mistaken for one less than once in 10^13.
    """
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    is_text = all(byte in PRINTABLE_ASCII for byte in key)
    return len(set(key)) < KEY_DISTINCT_BYTES or len(steps) == 1 or is_text


def lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def with_loopback_names(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Add 127.0.0.1 for localhost, and localhost for 127.0.0.1."""
    twins = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}
    named = [host.lower().strip("[]") for host in hosts]
    if not all(HOST.fullmatch(host) for host in named):
        raise ValueError("must be host names separated by commas")
    return tuple(dict.fromkeys([*named, *(twins[host] for host in named if host in twins)]))


def auto_close_days(value: int, info: ValidationInfo) -> int:
    """Check that a reminder precedes each automatic closing."""
    if value and not info.data.get("remind_solution_days", value):
        raise ValueError("must be 0 while IZARLINK_REMIND_SOLUTION_DAYS is: nothing closes without a reminder")
    return value


def hours(value: object) -> object:
    """Parse two whole hours, as in 9-18."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2})", value)
    first, last = map(int, match.groups()) if match else (0, 0)
    if not 0 <= first < last <= HOURS:
        raise ValueError("must be two whole hours of a day, as in 9-18")
    return first, last


def holiday_region(value: object) -> object:
    """Check a country and its part, as in FR-57; "none" for neither."""
    if not isinstance(value, str):
        return value
    if value.casefold() == "none":
        return None
    # Loaded only where the setting is set.
    from holidays import list_supported_countries  # noqa: PLC0415

    country, _, part = value.upper().partition("-")
    known = list_supported_countries(include_aliases=True)
    if country not in known or (part and part not in known[country]):
        raise ValueError("must be a country whose holidays are known, and maybe its part, as in FR or FR-57; or none")
    return value.upper()


def default_sender(data: dict[str, Any]) -> str:
    host = urlsplit(data["base_url"]).hostname or "localhost"
    return f"Support IzarLink <support@{'localhost' if host in LOOPBACK_HOSTS else host}>"


def fault(value: object, info: ValidationInfo) -> tuple[Point, int]:
    """Parse `POINT:K`, if the data folder allows faults."""
    point, _, nth = str(value).partition(":")
    if point not in set(Point) or not nth.isascii() or not nth.isdigit() or int(nth) < 1:
        raise ValueError("must be a point and a number from 1, as in before-commit:2; docs/faults.md lists the points")
    folder = info.data.get("data_dir")
    if folder is None or not (folder / FAULTS_ALLOWED).exists():
        raise ValueError(f"ends the program on purpose: taken only where DATA_DIR holds a file named {FAULTS_ALLOWED}")
    return Point(point), int(nth)
