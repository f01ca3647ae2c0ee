"""Hostile texts: scripts, header injections, formulas, addresses of other sites."""

import re

# Each calls the hook `__xss` if a browser runs it, or shows up as an element or attribute of its own.
SCRIPTS = (
    "<script>__xss(1)</script>",
    '"><script>__xss(2)</script>',
    "'><script>__xss(3)</script>",
    "</title><script>__xss(4)</script>",
    "</textarea><script>__xss(5)</script>",
    "</script><script>__xss(6)</script>",
    "--><script>__xss(7)</script>",
    "<ScRiPt>__xss(8)</ScRiPt>",
    "<img src=x onerror=__xss(9)>",
    '"><img src=x onerror=__xss(10)>',
    "'><img src=x onerror=__xss(11)>",
    '" onmouseover="__xss(12)" x="',
    "' onmouseover='__xss(13)' x='",
    '" autofocus onfocus="__xss(14)" x="',
    "<svg onload=__xss(15)>",
    "<svg><script>__xss(16)</script></svg>",
    "<body onload=__xss(17)>",
    "<iframe src=javascript:__xss(18)>",
    '<iframe srcdoc="<script>parent.__xss(19)</script>">',
    "<details open ontoggle=__xss(20)><summary>x</summary>",
    "<input autofocus onfocus=__xss(21)>",
    "<video><source onerror=__xss(22)></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=__xss(23)>",
    "<noscript><p title='</noscript><img src=x onerror=__xss(24)>'>",
    "<a href=javascript:__xss(25)>x</a>",
    "javascript:__xss(26)",
    "http://evil.example/?\"onmouseover='__xss(27)'",
    "https://evil.example/<img/src=x/onerror=__xss(28)>",
    "data:text/html,<script>__xss(29)</script>",
    "<form action=//evil.example><button>x</button></form>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example/a.css>",
    "<style>@import'//evil.example/a.css'</style>",
    "<object data=javascript:__xss(35)>",
    "&lt;script&gt;__xss(36)&lt;/script&gt;",
    "&#60;script&#62;__xss(37)&#60;/script&#62;",
    "{{7*7}}{{constructor.constructor('__xss(38)')()}}${7*7}#{7*7}",
    "\u2028</script>\u2029<img src=x onerror=__xss(39)>",
    "\uff1cscript\uff1e__xss(40)\uff1c/script\uff1e\u0000<\u0000img src=x onerror=__xss(40)>",
)
# Facts of attacks on `EmailMessage`: CVE-2024-6923, and the line ends that it can't fold.
HEADERS = (
    "=?utf-8?q?Hello=0D=0ABcc:_evil@example.com?=",
    "=?utf-8?q?Hello=0D=0A=0D=0A<b>Payez_ici</b>?=",
    "=?utf-8?b?SGVsbG8NCkJjYzogZXZpbEBleGFtcGxlLmNvbQ==?=",
    "Bonjour\r\nBcc: evil@example.com",
    "Bonjour\nBcc: evil@example.com",
    "Bonjour\rX-Evil: 1",
    "Bonjour\r\n\r\nPayez ici",
    "Bonjour\u2028Bcc: evil@example.com\u2029Cc: evil@example.com",
    "Bonjour\x85Bcc: evil@example.com\x0bX: 1\x0cX: 2\x1cX: 3\x1dX: 4\x1eX: 5",
    'Bonjour" <evil@example.com>, "x',
)
FORMULAS = (
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(1)",
    "+1+1",
    "-1-1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "'=1+1",
    " =1+1",
    "\u200b=1+1",
    "\uff1d1+1",
    "%0A=1+1",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Addresses of other places, in the ways that checks have let through.
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "//evil.example/tickets",
    "http://support@evil.example",
    "http://127.0.0.1:8000@evil.example",
    "http://127.0.0.1:8000.evil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/./\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,evil",
    "vbscript:evil",
    " //evil.example",
    "\x00//evil.example",
    "\u3000//evil.example",
    "//evil%E3%80%82example",
    "/tickets\r\nLocation: https://evil.example",
    "?next=//evil.example",
    "evil.example",
)
# All of them at once, for the short form in the suite; it fits a title.
COMBINED = (
    "=1</title></textarea></script>'\" onfocus=__xss(1) x=<img src=x onerror=__xss(2)>=?utf-8?q?=0D=0ABcc:_evil@x.fr?="
)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


def harmless(text: str) -> str:
    """Return words of the same shape: blanks and web addresses stay."""
    parts, end = [], 0
    for match in _SCHEME.finditer(text):
        parts += [_letters(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*parts, _letters(text[end:])])


def _letters(text: str) -> str:
    return "".join(char if char.isspace() or not char.isprintable() else "x" for char in text)
