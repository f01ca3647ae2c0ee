"""Style sheets as a browser of 2022 reads them.

Such a browser drops each declaration with a value, and each rule with a selector, that it does not know, and takes
the other branch of `@supports`.
"""

import re
from collections.abc import Iterator

# CSS that Chrome before 105, Firefox before 121 or Safari before 15.4 lacks; light-dark() came in 2024.
_UNKNOWN_VALUES = re.compile(r"light-dark\(|subgrid|oklch\(|color-mix\(")
_UNKNOWN_PROPERTIES = re.compile(r"text-wrap|reading-flow|overflow-clip-margin|scroll-initial-target")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
# What the script meets there: a selector with :has() is an error.
NO_HAS_SCRIPT = """
  for (const owner of [Document.prototype, Element.prototype]) {
    for (const name of ["querySelector", "querySelectorAll", "matches", "closest"]) {
      const known = owner[name];
      if (known) owner[name] = function (selector) {
        if (selector.includes(":has(")) throw new SyntaxError(selector);
        return known.call(this, selector);
      };
    }
  }
"""


def as_old_browser(css: str) -> str:
    """Return the style sheet without what an old browser ignores."""
    return "".join(_rules(_COMMENT.sub("", css)))


def _rules(css: str) -> Iterator[str]:
    """Yield the understood rules of a sheet or of an @-rule's block."""
    for head, block in _blocks(css):
        if head.startswith("@supports"):
            if "not selector(:has" in head or ":has" not in head:
                yield from _rules(block)
        elif head.startswith("@media"):
            yield f"{head} {{ {''.join(_rules(block))} }}\n"
        elif ":has(" not in head:
            yield f"{head} {{ {_declarations(block)} }}\n"


def _declarations(block: str) -> str:
    # In strings, as in data: addresses, a semicolon ends nothing.
    strings: list[str] = []

    def keep(match: re.Match[str]) -> str:
        strings.append(match.group())
        return f"\0{len(strings) - 1}\0"

    parts = _STRING.sub(keep, block).split(";")
    known = [part for part in parts if not _UNKNOWN_VALUES.search(part) and not _UNKNOWN_PROPERTIES.search(part)]
    return re.sub(r"\0(\d+)\0", lambda match: strings[int(match.group(1))], ";".join(known))


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Yield each rule's head and what its braces hold."""
    depth, start, opened = 0, 0, 0
    for place, sign in enumerate(css):
        if sign == "{":
            depth += 1
            if depth == 1:
                opened = place
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : place]
                start = place + 1
