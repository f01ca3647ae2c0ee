"""Rendering of `mail/` templates into text and HTML.

Each kind of mail has one template; its building blocks exist as text and as HTML.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from izarlink_tickets.i18n import gettext, ngettext

TEMPLATES = Path(__file__).parents[1] / "mail"
# At-rules (dark colours, narrow screens) stay in the head for the mail programs that support them.
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Parts:
    """The mail as text and as HTML."""

    text: str
    html: str


def render(template: str, *, subject: str, language: str, **values: object) -> Parts:
    """Render `mail/<template>.jinja`. Raises: TemplateError (jinja2), or other errors for damaged values."""
    about = {**values, "subject": subject, "language": language}
    text = _texts().get_template(f"{template}.jinja").render(layout="layout.txt", parts="parts.txt", **about)
    html = _pages().get_template(f"{template}.jinja").render(layout="layout.html", parts="parts.html", **about)
    return Parts(_encodable(text).strip() + "\n", _INLINER.inline(_encodable(html)))


def _encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot encode, by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _texts() -> Environment:
    # Plain text: what people wrote arrives unescaped.
    return _environment(autoescape=False)


@cache
def _pages() -> Environment:
    return _environment(autoescape=True)


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,  # noqa: S701 - off for the text part alone, which needs no escaping
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds the method.
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    # The extension's own `_` looks `gettext` up at each call.
    environment.globals["_"] = environment.globals["gettext"]
    return environment
