"""Fuzzed requests, and what must not happen under them."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from sqlalchemy import Table, select, update
from tests.attack.grammar import TOKEN, Request
from tests.attack.page_forms import PageForm
from tests.attack.world import VISITORS, Visitor, World, forms_on
from tests.web.browsing import FIREFOX
from tests.web.rights.canaries import forbidden_words
from tests.web.rights.personas import COOKIE, HOST

from izarlink_tickets.accounts import accounts
from izarlink_tickets.directory.organisation import organisations
from izarlink_tickets.event_store import last_position

MAX_CPU_SECONDS = 2.0
# Whoever has the link of a password learns whose it is.
LINKS = (b"/mot-de-passe/", b"/profil/mail/")
ETXEA = ("customer", "colleague", "company")
FAILURE = 500
# The answer to a method that no server knows.
NO_METHOD = 501
# The report of a portal whose mails wait, since no mailer runs here.
HEALTH, UNHEALTHY = b"/-/health", 503


@dataclass
class Answered:
    """An answer. seconds: of processor time."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass
class Fuzzer:
    """Fuzzes a world.

    findings: what must not happen. counts: of statuses. slowest: in seconds of processor time.
    """

    world: World
    forms: dict[str, list[PageForm]] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    counts: "Counter[int]" = field(default_factory=Counter)
    events: int = 0
    slowest: float = 0.0
    _last: int = 0
    _cookies: dict[str, str] = field(default_factory=dict)
    _canaries: dict[str, frozenset[str]] = field(default_factory=dict)
    _initial: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def prepare(self, visitors: Sequence[str] = VISITORS) -> None:
        """Collect the forms of each visitor, and what they must not see."""
        self.world.renew_all()
        for who in visitors:
            visitor, found = self.world.visitors[who], dict[tuple[str, object], PageForm]()
            for _, path in self.world.addresses(who):
                for form in forms_on(visitor.get(path)):
                    found.setdefault((self.world.rule_of(form.method, form.path), form.button), form)
            self.forms[who] = list(found.values())
            self._keep_cookie(visitor)
        words = forbidden_words(self.world.cast, self.world.objects.line)
        # Within a company, requesters and watchers may change under way; between companies nothing may.
        inside = frozenset.intersection(*(words[who] for who in ETXEA))
        self._canaries = {**words, **dict.fromkeys(ETXEA, inside)}
        self._initial = {table.name: self._rows(table) for table in (accounts, organisations)}

    def begin(self, who: str, *, seconds: float) -> None:
        """Begin a batch: time goes by, and the visitor is signed in."""
        self.world.cast.clock.advance(seconds=seconds)
        self._restore()
        self._last = self._position()
        if who != "anonymous" and self.send(who, Request("GET", b"/profil")).status != 200:
            self._keep_cookie(self.world.renew(who))
            self._last = self._position()

    def send(self, who: str, request: Request) -> Answered:
        """Send a request, and record what must not happen."""
        answer, before, after = self._ask(who, request), self._last, self._position()
        self._last = after
        self.counts[answer.status] += 1
        self.slowest = max(self.slowest, answer.seconds)
        is_failure = answer.status >= FAILURE and answer.status != NO_METHOD
        if is_failure and not (request.path == HEALTH and answer.status == UNHEALTHY):
            self.findings.append(f"{answer.status}: {who} {request}")
        if answer.seconds > MAX_CPU_SECONDS:
            self.findings.append(f"{answer.seconds:.1f} s: {who} {request}")
        if request.method in {"GET", "HEAD"} and after != before:
            self.findings.append(f"an event: {who} {request}")
        self.events += after - before
        text = answer.body.decode("utf-8", "replace").lower()
        sent = f"{request}".lower()
        if not request.path.startswith(LINKS):
            self.findings += [
                f"{word}: {who} {request}" for word in self._canaries[who] if word in text and word not in sent
            ]
        return answer

    def _ask(self, who: str, request: Request) -> Answered:
        headers: dict[str, str] = {}
        status = 0

        def start(line: str, pairs: list[tuple[str, str]], _info: Any = None) -> Callable[[bytes], object]:
            nonlocal status
            status = int(line.partition(" ")[0])
            headers.update({name.title(): value for name, value in pairs})
            return lambda _: None

        before = time.thread_time()
        chunks = self.world.app(self._environ(who, request), start)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        seconds = time.thread_time() - before
        cookie = headers.get("Set-Cookie", "")
        # An anonymous visitor stays one, whatever they sign in with.
        if (
            who != "anonymous"
            and cookie.startswith(f"{COOKIE}=")
            and not any(name == "Cookie" for name, _ in request.headers)
        ):
            self._cookies[who] = cookie.partition("=")[2].partition(";")[0]
        return Answered(status, headers, body, seconds)

    def _environ(self, who: str, request: Request) -> dict[str, object]:
        body = request.body.replace(TOKEN.encode(), self.world.visitors[who].token.encode())
        environ: dict[str, object] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": request.path.decode("latin-1"),
            "QUERY_STRING": request.query.decode("latin-1"),
            "SERVER_NAME": HOST,
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": f"{HOST}:8000",
            "HTTP_USER_AGENT": FIREFOX,
            "HTTP_COOKIE": f"{COOKIE}={self._cookies.get(who, '')}",
            "CONTENT_TYPE": request.content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers:
            key = name.upper().replace("-", "_")
            environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
        return environ

    def _keep_cookie(self, visitor: Visitor) -> None:
        cookie = visitor.client.get_cookie(COOKIE, HOST)
        self._cookies[visitor.who] = cookie.value if cookie else ""

    def _position(self) -> int:
        with self.world.portal.database.query() as connection:
            return last_position(connection)

    def _rows(self, table: Table) -> list[dict[str, object]]:
        with self.world.portal.database.query() as connection:
            return [dict(row._mapping) for row in connection.execute(select(table))]  # noqa: SLF001 - SQLAlchemy's API

    def _restore(self) -> None:
        """Restore people and companies, which an administrator's requests change."""
        for table in (accounts, organisations):
            now = {row["id"]: row for row in self._rows(table)}
            changed = [row for row in self._initial[table.name] if now.get(row["id"]) != row]
            if not changed:
                continue
            with self.world.portal.database.command() as connection:
                for row in changed:
                    connection.execute(update(table).where(table.c.id == row["id"]).values(**row))
