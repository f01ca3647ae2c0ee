"""Grammars of hostile requests: every route, form and parameter, as Hypothesis strategies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st
from tests.attack.page_forms import PageForm
from tests.attack.parameters import PARAMETERS
from tests.attack.payloads import ELSEWHERE, FORMULAS, HEADERS, SCRIPTS
from tests.attack.world import ROWS, World
from tests.web.rights.matrix import OWNERSHIPS, Row

# The 96 bad inputs, as far as one value holds them.
BAD_VALUES = (
    "",
    " ",
    "\u00a0\u200b\u2800",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\ufffe\uffff",
    "\u202eexe.fdp\u2066",
    "e\u0301",
    "e" + "\u0301" * 500,
    "Z" * 151,
    "é" * 3_000,
    "👩\u200d🔧",
    "'",
    '"',
    "`",
    "')--",
    "1 OR 1=1",
    "';select pg_sleep(3)--",
    "'; DROP TABLE events;--",
    "%",
    "_",
    "\\",
    "%%%_%",
    "*",
    "((((((((((",
    "[" * 200,
    "a" * 200 + "!",
    "{{7*7}}",
    "{0.__class__}",
    "%s%n%x",
    "$(id)",
    "../../../../etc/passwd",
    "..\\..\\x",
    ".htaccess",
    "con.txt",
    "0",
    "-1",
    "00001",
    "1e9",
    "NaN",
    "٣",
    "\uff11",
    "9" * 30,
    "9" * 5_000,
    "-" + "9" * 30,
    "1;x",
    "1.5",
    "0x10",
    "true",
    "null",
    "None",
    "[]",
    "{}",
    "__class__",
    "constructor",
    "2026-02-30",
    "9999-12-31",
    "0000-00-00",
    "31/11/2026",
    "00000000-0000-4000-8000-000000000000",
    "{00000000-0000-4000-8000-000000000000}",
    "urn:uuid:00000000-0000-4000-8000-000000000000",
    "Autre",
    "Haute;Moyenne",
    "administrator",
    "system",
    "a@b\nBcc: c@d.fr",
    "a@b, c@d.fr",
    "é@b.fr",
    "a@b..fr",
    "a" * 300 + "@b.fr",
    "\r\n.\r\n",
    "x" * 2_000,
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
)
HOSTILE = (*BAD_VALUES, *SCRIPTS, *HEADERS, *FORMULAS, *ELSEWHERE)
# Stands for the token that the visitor has when a request is sent.
TOKEN = "token-of-this-visitor"
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=zz"
HEADER_VALUES: tuple[Mapping[str, str], ...] = (
    {},
    {},
    {},
    {},
    {},
    {"Accept-Language": "en;q=0.1, *;q=zz, \x80"},
    {"Accept-Encoding": "gzip;q=1e999, br"},
    {"Range": "bytes=9-1,,-0"},
    {"Range": "bytes=0-0,5-99999999999999999999"},
    {"If-None-Match": '"' + "a" * 500},
    {"If-Modified-Since": "Thu, 99 Foo 99999 99:99:99"},
    {"Cookie": "izarlink=garbage; a=b; izarlink"},
    {"Cookie": "; ".join(f"c{number}=1" for number in range(100))},
    {"Host": "evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "cross-site"},
    {"X-Forwarded-For": "1.2.3.4, \x00", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example"},
    {"Referer": "javascript:alert(1)"},
    {"User-Agent": "\x7f" * 400},
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Requested-With": "fetch", "Accept": "application/json"},
    {"Content-Length": "99999999999999999999"},
    {"Content-Length": "-1"},
    {"Transfer-Encoding": "chunked"},
    {"Expect": "100-continue"},
)


@dataclass(frozen=True)
class Request:
    """A request.

    path: unquoted bytes, as the server passes them on. query, body: as sent.
    """

    method: str
    path: bytes
    query: bytes = b""
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path!r}?{self.query!r} {self.content_type} {self.body!r} {self.headers}"


def requests(world: World, who: str, forms: Sequence[PageForm]) -> st.SearchStrategy[Request]:
    """Build the grammar of a visitor's requests.

    who: the visitor. forms: those of their pages.
    """
    by_route = {world.rule_of(form.method, form.path): form for form in forms if form.method == "POST"}
    names = sorted({name for form in forms for name in form.names()} | set(PARAMETERS))
    values = st.one_of(st.sampled_from(HOSTILE), st.sampled_from(HOSTILE), st.text(max_size=20))
    addresses = _addresses(world)
    allowed = [(row, paths) for row, paths in addresses if any(not row.hides(*cell) for cell in row.cells_of(who))]

    @st.composite
    def request(draw: st.DrawFn) -> Request:
        row, paths = draw(st.sampled_from(allowed if draw(st.booleans()) else addresses))
        path = draw(st.sampled_from(paths))
        if draw(st.integers(0, 5)) == 0:
            path = path + draw(st.sampled_from(_SUFFIXES))
        is_odd = draw(st.integers(0, 19)) == 0
        method = draw(st.sampled_from(METHODS)) if is_odd else row.method
        query = _pairs(draw, st.sampled_from(PARAMETERS if method == "GET" else names), values, most=3)
        headers = tuple(draw(st.sampled_from(HEADER_VALUES)).items())
        if method != "POST":
            return Request(method, _raw(path), _encoded(query), headers=headers)
        fields = _filled(draw, by_route.get(row.route), values, names)
        if draw(st.integers(0, 9)) == 0:
            return Request(method, _raw(path), _encoded(query), *draw(_odd_bodies(fields)), headers=headers)
        if draw(st.integers(0, 4)) == 0:
            return Request(method, _raw(path), _encoded(query), _multipart(fields), MULTIPART, headers)
        return Request(method, _raw(path), _encoded(query), _encoded(fields), FORM, headers)

    return request()


_SUFFIXES = ("/", "//", "/..", "/%2e%2e", ";x", "\x00", "/\udcff", "?", "%", "/é", "." * 50, "/" + "a" * 500)
_SEGMENTS = ("0", "-1", "00001", "٣", "9" * 30, "a", "..", "\x00", "é", "%2f", "1;x", "{x}", "'", "nouveau", "export")


def _addresses(world: World) -> list[tuple[Row, list[str]]]:
    """Return each route's paths, of every owner and with odd arguments."""
    found = []
    for row in ROWS:
        if row.route == "/deconnexion":
            continue
        owners = [owner for owner in OWNERSHIPS if any(cell[1] == owner for cell in row.cells)]
        paths = [world.address(row, owner) for owner in owners] or [row.route]
        if "<" in row.route:
            before, _, after = row.route.partition("<")
            rest = after.partition(">")[2]
            rest = rest if "<" not in rest else "/x/y"
            paths += [before + segment + rest for segment in _SEGMENTS]
        found.append((row, paths))
    return found


def _filled(draw: st.DrawFn, form: PageForm | None, values, names: Sequence[str]):
    """Fill in a form, some fields hostile, missing or repeated."""
    fields = [("csrf_token", TOKEN)] if draw(st.integers(0, 19)) else [("csrf_token", draw(values))]
    for each in form.inputs if form else ():
        if each.name == "csrf_token":
            continue
        choice = draw(st.integers(0, 9))
        if choice < 5:
            fields.append(
                (each.name, each.value or (draw(st.sampled_from(each.options)) if each.options else "Un texte"))
            )
        elif choice < 9:
            fields.append((each.name, draw(values)))
            if choice == 8:
                fields.append((each.name, draw(values)))
    fields += [*form.button] if form else []
    return fields + _pairs(draw, st.sampled_from(list(names)), values, most=2 if form else 5)


def _pairs(draw: st.DrawFn, names, values, *, most: int):
    return [(draw(names), draw(values)) for _ in range(draw(st.integers(0, most)))]


@st.composite
def _odd_bodies(draw: st.DrawFn, fields: Sequence[tuple[str, str]]) -> tuple[bytes, str]:
    """Return a body that is cut or of another type."""
    body = _multipart(fields)
    kinds = (
        FORM,
        MULTIPART,
        "multipart/form-data",
        "application/json",
        "text/xml",
        "",
        "multipart/form-data; boundary=",
    )
    cut = draw(st.integers(0, len(body)))
    other = draw(st.sampled_from((body[:cut], _encoded(fields), b'{"a": ' * 2_000, b"&" * 3_000, b"\xff\xfe\x00", b"")))
    return other, draw(st.sampled_from(kinds))


def _multipart(fields: Sequence[tuple[str, str]]) -> bytes:
    part = b'--zz\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    parts = []
    for name, value in fields:
        raw = value.encode("utf-8", "surrogatepass")
        is_file = name in {"files", "file"}
        shown = (
            b'; filename="' + raw.replace(b'"', b"%22").replace(b"\n", b"").replace(b"\r", b"") + b'"'
            if is_file
            else b""
        )
        parts.append(part % (name.encode("utf-8", "surrogatepass"), shown, raw))
    return b"".join(parts) + b"--zz--\r\n"


def _encoded(pairs: Sequence[tuple[str, str]]) -> bytes:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogatepass")


def quoted_path(request: Request) -> str:
    """Return the path and query as a request line holds them."""
    path = quote(request.path, safe="/;=,")
    return f"{path}?{request.query.decode()}" if request.query else path
