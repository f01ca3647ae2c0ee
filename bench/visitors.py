"""People who are signed in: their cookies and forms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from uuid import uuid4

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from bench.databases import SeededDatabase
from bench.http_client import Response, fetch
from bench.seeding.log import Plan, moment_now
from bench.seeding.people import customer_id, staff_id
from izarlink_tickets.config import load_keys
from izarlink_tickets.sessions.session import start_session

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(name|value|type)="([^"]*)"')
_COOKIE = re.compile(rb"Set-Cookie: ([^;\r]+)", re.IGNORECASE)
BOUNDARY = "izarlinkbenchboundary"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person with a live session. cookie: the value of the header."""

    account_id: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Visitors:
    """The measured people, and many customers who open tickets."""

    customer: Visitor
    company: Visitor
    technician: Visitor
    others: tuple[Visitor, ...]


def sign_in(database: SeededDatabase, *, others: int) -> Visitors:
    """Start a session for each of the people."""
    plan = Plan.of(database.seeded.tickets)
    people = plan.people
    customers = [nth for nth in range(people.customers) if nth % people.people and nth != plan.measured]
    ids = [customer_id(plan.measured), customer_id(0), staff_id(0), *map(customer_id, customers[:others])]
    serializer = _serializer(load_keys(database.settings).secret)
    visitors = []
    with database.opened_portal() as portal, portal.database.command() as connection:
        for account_id in ids:
            secret = start_session(connection, account_id=account_id, user_agent="bench", now=moment_now())
            content = {"_user_id": secret, "_fresh": True, "csrf_token": "b" * 40}
            visitors.append(Visitor(account_id, f"izarlink={serializer(content)}"))
    return Visitors(visitors[0], visitors[1], visitors[2], tuple(visitors[3:]))


def _serializer(secret: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN202 - of itsdangerous
    app = Flask(__name__)
    app.secret_key = secret
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return serializer.dumps


# --- requests ---------------------------------------------------------------------------------------------------------


def get(host: str, path: str, visitor: Visitor | None, *, gzip: bool = False) -> bytes:
    """Build a GET request."""
    return _head("GET", host, path, visitor, gzip=gzip) + b"\r\n"


def post(host: str, path: str, visitor: Visitor, fields: Mapping[str, str]) -> bytes:
    """Build a POST request of a form, as a browser sends it."""
    body = _multipart(fields).encode()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    origin = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nOrigin: http://{host}\r\n\r\n"
    return _head("POST", host, path, visitor, gzip=False) + origin.encode() + body


def _head(method: str, host: str, path: str, visitor: Visitor | None, *, gzip: bool) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: fr,fr-FR;q=0.8,en-US;q=0.5,en;q=0.3",
        *(["Accept-Encoding: gzip, deflate, br, zstd"] if gzip else []),
        *([f"Cookie: {visitor.cookie}"] if visitor else []),
        "Sec-Fetch-Site: same-origin",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _multipart(fields: Mapping[str, str]) -> str:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join(parts) + f"--{BOUNDARY}--\r\n"


def hidden_fields(host: str, path: str, visitor: Visitor, *, having: str) -> dict[str, str]:
    """Fetch a page and return the hidden fields of the form that has a field of this name."""
    return hidden_fields_in(fetch(host, get(host, path, visitor)).body.decode(), having=having)


def hidden_fields_in(page: str, *, having: str) -> dict[str, str]:
    """Return the hidden fields of a page's form that has a field of this name."""
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    form = next(form for form in forms if f'name="{having}"' in form)
    inputs = [dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(form)]
    return {field["name"]: unescape(field.get("value", "")) for field in inputs if field.get("type") == "hidden"}


def cookie_of(response: Response) -> str:
    """Return the first cookie that a response sets."""
    found = _COOKIE.search(response.head)
    assert found, response.head
    return found[1].decode()


def new_command_id() -> str:
    """Draw the id that a form carries."""
    return str(uuid4())
