"""An OpenID provider on the loopback that answers as a test says."""

import json
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from authlib.common.encoding import to_unicode, urlsafe_b64encode
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from izarlink_tickets.config import Settings

CLIENT_ID, CLIENT_SECRET = "izarlink-tickets", "un secret très secret"
SUBJECT = "248289761001"
DISCOVERY, KEYS, TOKEN = "/.well-known/openid-configuration", "/keys", "/token"
Key = ECKey | RSAKey | OctKey
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class ScriptedProvider:
    """The state of the provider, which a test changes.

    claims: added to the right ones; None removes one. answers: instead of the right one, by path.
    asked: the paths of all requests. key: signs; published: what the key set has.
    """

    issuer: str = ""
    subject: str = SUBJECT
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    key: Key = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "first"}))
    published: list[Key] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    now: Callable[[], float] = time.time
    sign: "Callable[[ScriptedProvider, dict[str, Any]], str]" = lambda provider, claims: provider.signed(claims)

    def __post_init__(self) -> None:
        self.published = self.published or [self.key]

    def authorize(self, url: str) -> dict[str, str]:
        """Answer as after the person's sign-in: the parameters of the way back."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        header = {"alg": self.algorithm, "kid": self.key.kid, **header}
        registry = JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
        return jwt.encode(header, claims, self.key, registry=registry)

    def answer(self, method: str, target: str, headers: Any, body: str) -> Answer:
        path = urlsplit(target).path
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]()
        if path == "/authorize" and method == "GET":
            back = self.authorize(target)
            address = f"{self.codes[back['code']]['redirect_uri']}?{urlencode(back)}"
            return 302, {"Location": address}, b""
        content = {DISCOVERY: self._discovery, KEYS: self._keys, TOKEN: lambda: self._tokens(headers, body)}[path]()
        return (400 if "error" in content else 200), {"Content-Type": "application/json"}, json.dumps(content).encode()

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}{TOKEN}",
            "jwks_uri": f"{self.issuer}{KEYS}",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none"],
            **self.document,
        }

    def _keys(self) -> dict[str, Any]:
        keys = [key for key in self.published if not isinstance(key, OctKey)]
        return dict(KeySet(keys).as_dict(private=False))  # type: ignore[arg-type] # a list of three kinds

    def _tokens(self, headers: Any, body: str) -> dict[str, Any]:
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        user, _, password = b64decode(headers["Authorization"].removeprefix("Basic ")).decode("latin1").partition(":")
        asked = self.codes.pop(sent.get("code", ""), None)
        if (unquote(user), password) != (CLIENT_ID, CLIENT_SECRET):
            return {"error": "invalid_client"}
        challenge = to_unicode(urlsafe_b64encode(sha256(sent.get("code_verifier", "").encode()).digest()))
        if asked is None or (asked["code_challenge"], asked["code_challenge_method"]) != (challenge, "S256"):
            return {"error": "invalid_grant"}
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": self.sign(self, self._claims(asked))}

    def _claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": asked["nonce"],
            "name": "Sam Iriart",
            "email": "sam@izarlink.example",
            "roles": ["support"],
            **self.claims,
        }
        return {name: value for name, value in claims.items() if value is not None}


def settings_of_provider(provider: ScriptedProvider) -> dict[str, str]:
    """Return the environment of a portal that uses the provider."""
    return {
        "IZARLINK_OIDC_ISSUER": provider.issuer,
        "IZARLINK_OIDC_CLIENT_ID": CLIENT_ID,
        "IZARLINK_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }


def with_provider(settings: Settings, provider: ScriptedProvider) -> Settings:
    """Return the settings of a portal that uses the provider."""
    added = {name.removeprefix("IZARLINK_").lower(): value for name, value in settings_of_provider(provider).items()}
    return settings.model_copy(update=added)


@contextmanager
def scripted_provider(**state: Any) -> Iterator[ScriptedProvider]:
    provider = ScriptedProvider(**state)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider)) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield provider
        finally:
            server.shutdown()


def _handler(provider: ScriptedProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(provider.answer("GET", self.path, self.headers, ""))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send(provider.answer("POST", self.path, self.headers, body))

        def _send(self, answer: Answer) -> None:
            status, headers, content = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
