"""Turn a template of `mail/` and plain values into the two parts of a mail, which say the same.

Each kind of mail is written once, from parts that come as text and as HTML. It reads no table and sends nothing.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from izarlink_tickets.i18n import gettext, ngettext

TEMPLATES = Path(__file__).parents[1] / "mail"
# Dark colours and narrow screens are at-rules; mail programs that know them find them in the head.
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Parts:
    """The same mail twice."""

    text: str
    html: str


def render(template: str, *, subject: str, language: str, **values: object) -> Parts:
    """Render `mail/<template>.jinja`. Raises: TemplateError (jinja2) and whatever odd values make it raise."""
    about = {**values, "subject": subject, "language": language}
    text = _texts().get_template(f"{template}.jinja").render(layout="layout.txt", parts="parts.txt", **about)
    html = _pages().get_template(f"{template}.jinja").render(layout="layout.html", parts="parts.html", **about)
    return Parts(_encodable(text).strip() + "\n", _INLINER.inline(_encodable(html)))


def _encodable(text: str) -> str:
    """Put a question mark for half of a surrogate pair, which no encoding has."""
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _texts() -> Environment:
    # Plain text: what a person wrote arrives as it was written.
    return _environment(autoescape=False)


@cache
def _pages() -> Environment:
    return _environment(autoescape=True)


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,  # noqa: S701 - off for the text alone, where an escaped sign would be a wrong one
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds the method.
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment
