"""An HTTP client that resends each form unchanged until it is answered."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlencode
from uuid import uuid4

from tests.cast import PASSWORD
from tests.faults.children import WAIT_SECONDS

REQUEST_SECONDS = 20
PAUSE_SECONDS = 0.01
BOUNDARY = "izarlink-0f5c2d"
FORM = "application/x-www-form-urlencoded"
FILE = '; filename="mesure.txt"\r\nContent-Type: text/plain\r\n\r\n2 Mbit/s'

_SIMILAR = re.compile(r'name="similar"[^>]* value="(\d+)"')
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Acknowledged:
    """The redirect of an answered command.

    attempts: the number of requests until the answer.
    """

    location: str
    attempts: int


@dataclass
class Client:
    """A person at a portal. answers: by command id."""

    port: int
    answers: dict[str, Acknowledged] = field(default_factory=dict)
    _cookies: dict[str, str] = field(default_factory=dict)
    _token: str = ""

    def sign_in(self, email: str) -> None:
        """Sign in, again if a worker dies meanwhile; the session survives restarts."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._is_signed_in(email):
            assert time.monotonic() < deadline, "no answer in time"
            time.sleep(PAUSE_SECONDS)

    def _is_signed_in(self, email: str) -> bool:
        """Try to sign in; return False if the portal did not answer."""
        self._cookies = {}
        try:
            self._read_token("/connexion")
            form = {"csrf_token": self._token, "identifier": email, "password": PASSWORD}
            answer, page = self._send("POST", "/connexion", urlencode(form).encode(), FORM)
            assert answer.status == HTTPStatus.SEE_OTHER, page
            self._keep_cookie(answer)
            self._read_token("/tickets/nouveau")
        except (OSError, HTTPException):
            return False
        return True

    def open_ticket(self) -> None:
        """Open a ticket with a file."""
        fields = {
            "ticket_type": "INCIDENT",
            "category": "DEBIT",
            "service": "autre",
            "urgency": "4",
            "title": "Débit à 2 Mbit/s",
            "description": "Depuis ce matin.",
        }
        self._until_answered("/tickets/nouveau", fields, {"files": FILE})

    def follow_up(self, number: int) -> None:
        """Add a follow-up to a ticket."""
        self._until_answered(f"/tickets/{number}/suivi", {"comment": "Toujours lent."}, {})

    def _until_answered(self, path: str, fields: Mapping[str, str], files: Mapping[str, str]) -> None:
        command_id, attempts, deadline = str(uuid4()), 1, time.monotonic() + WAIT_SECONDS
        values = {"csrf_token": self._token, "command_id": command_id, **fields}
        while (location := self._attempt(path, values, files)) is None:
            assert time.monotonic() < deadline, "no answer in time"
            attempts += 1
            time.sleep(PAUSE_SECONDS)
        self.answers[command_id] = Acknowledged(location, attempts)

    def _attempt(self, path: str, values: Mapping[str, str], files: Mapping[str, str]) -> str | None:
        """Send the form once; return None if it must be sent again."""
        parts = {name: f"\r\n\r\n{value}" for name, value in values.items()} | dict(files)
        try:
            answer, page = self._send("POST", path, _multipart(parts), f"multipart/form-data; boundary={BOUNDARY}")
        except (OSError, HTTPException):
            return None
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return None
        if answer.status == HTTPStatus.CONFLICT and (similar := _SIMILAR.search(page)):
            # Confirm that a similar ticket is intended.
            return self._attempt(path, {**values, "similar": similar[1]}, files)
        assert answer.status == HTTPStatus.SEE_OTHER, page
        return answer.headers["Location"]

    def _send(self, method: str, path: str, body: bytes = b"", media_type: str = "") -> tuple[HTTPResponse, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            headers = {"Cookie": cookies} | ({"Content-Type": media_type} if body else {})
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()

    def _read_token(self, path: str) -> None:
        answer, page = self._send("GET", path)
        self._keep_cookie(answer)
        match = _TOKEN.search(page)
        assert match, page
        self._token = match[1]

    def _keep_cookie(self, answer: HTTPResponse) -> None:
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value


def _multipart(parts: Mapping[str, str]) -> bytes:
    sections = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{content}\r\n' for name, content in parts.items()
    ]
    return f"{''.join(sections)}--{BOUNDARY}--\r\n".encode()
