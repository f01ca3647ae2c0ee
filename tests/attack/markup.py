"""Elements and attributes of pages, compared with the templates."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from tests.attack.world import Seen

import izarlink_tickets.web

WEB = Path(izarlink_tickets.web.__file__).parent
ADDRESSES = frozenset(
    {"href", "src", "action", "formaction", "data", "srcdoc", "poster", "cite", "srcset", "background"}
)
SAFE_SCHEMES = frozenset({"", "http", "https", "mailto", "tel"})
_TAG = re.compile(r"<([a-z][a-z0-9]*)")
_ATTRIBUTE = re.compile(r"[\s{}\"]([a-zA-Z][a-zA-Z-]*)(?==[\"{']|[\s>{\"])")
# An element, or an attribute of one, with the scheme of its address.
Mark = tuple[str, str, str]


def marks_of(tree: Element) -> Iterator[Mark]:
    """Yield each element, and each of its attributes."""
    for element in tree.iter():
        # Of an SVG without its namespace.
        tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "!"
        yield tag, "", ""
        for name, value in element.attrib.items():
            name = name.rpartition("}")[2]  # noqa: PLW2901
            yield tag, name, _scheme(value) if name in ADDRESSES else ""


def template_marks() -> tuple[set[str], set[str]]:
    """Return the elements and the attributes that the templates contain."""
    sources = [path.read_text("utf-8") for path in WEB.rglob("*") if path.suffix in {".html", ".py"}]
    tags = {tag for source in sources for tag in _TAG.findall(source)} | {"html", "head", "body", "tbody"}
    return tags, {name for source in sources for name in _ATTRIBUTE.findall(source)}


def strange_marks(pages: Iterable[Seen]) -> list[str]:
    """Return what no template contains, and whatever runs."""
    tags, attributes = template_marks()
    found = []
    for seen in pages:
        tree = seen.tree()
        strange = {
            mark
            for mark in marks_of(tree)
            if mark[0] not in tags or (mark[1] and mark[1] not in attributes) or mark[2] not in SAFE_SCHEMES
        }
        strange |= {("script", "", "inline") for script in tree.iter("script") if not script.get("src")}
        strange |= {(tag, "on…", "") for tag, name, _ in marks_of(tree) if name.startswith("on")}
        found += [f"{seen.who} {seen.path} {seen.status}: {mark}" for mark in strange]
    return sorted(set(found))


def _scheme(address: str) -> str:
    try:
        return urlsplit("".join(address.split())).scheme.lower()
    except ValueError:
        return "?"
