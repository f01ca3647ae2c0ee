"""The ideal's template of a page: its text with a loop in place of its rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from markupsafe import escape

from bench.ideal import Page

_VALUE = re.compile(r'="([^"]*)"|>([^<]+)(?=<)')
_FRESH = re.compile(r'(name="(?:command_id|form_id)"[^>]*value=")[0-9a-f-]{36}')
_CHANGING = (
    re.compile(r'(name="csrf_token"[^>]*value=")[^"]*'),
    re.compile(r'(name="(?:command_id|form_id)"[^>]*value=")[^"]*'),
    re.compile(r"(127\.0\.0\.1:)\d+"),
    re.compile(r"(imprimé le )[\d/à: ]+"),
    # How long ago something was, of what the benchmark has just written.
    re.compile(r"(<time\b[^>]*>)[^<]*"),
    re.compile(r"((?:depuis|il y a|à l’instant)\b)[^<]*"),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a page.

    pattern: of a row's text. key: of its key in that text. select: by keys, the key first; `{keys}` are its places.
    before: parameters before the keys.
    """

    pattern: str
    key: str
    select: str
    before: tuple[Any, ...] = ()


def mask(text: str) -> str:
    """Return a page without what differs between two requests for it."""
    for changing in _CHANGING:
        text = changing.sub(r"\1", text)
    return text


def difference(text: str, other: str) -> str:
    """Describe where two pages differ, apart from what always does; empty if nowhere."""
    left, right = mask(text), mask(other)
    if left == right:
        return ""
    place = next((nth for nth, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), len(left))
    around = slice(max(0, place - 60), place + 60)
    return f"{left[around]!r} instead of {right[around]!r}"


def page_of(text: str, media_type: str, rows: Rows | None, found: Sequence[tuple[Any, ...]] = ()) -> Page:
    """Build the ideal of a page. found: the rows that its SELECT returns, in any order."""
    if rows is None:
        return Page(_fresh(_literal(text)), media_type)
    matches = list(re.finditer(rows.pattern, text, re.DOTALL))
    shown_rows = [match[0] for match in matches]
    keys = [int(_key(row, rows.key)) for row in shown_rows]
    columns = {row[0]: row for row in found}
    variants = _Variants(shown_rows, [columns[key] for key in keys])
    separator = text[matches[0].end() : matches[1].start()] if len(matches) > 1 else ""
    template = (
        _literal(text[: matches[0].start()])
        + f"{{% for {variants.names()} in rows %}}{variants.body()}"
        + f"{{% if not loop.last %}}{_literal(separator)}{{% endif %}}{{% endfor %}}"
        + _literal(text[matches[-1].end() :])
    )
    return Page(
        template=_fresh(template),
        media_type=media_type,
        select=rows.select,
        parameters=(*rows.before, *keys),
        keys=tuple(keys),
        kinds=dict(zip(keys, variants.kinds, strict=True)),
        shown=dict(zip(keys, variants.shown, strict=True)),
    )


def keys_in(text: str, rows: Rows) -> list[int]:
    """Return the keys of the rows of a page."""
    return [int(_key(match[0], rows.key)) for match in re.finditer(rows.pattern, text, re.DOTALL)]


def _key(row: str, pattern: str) -> str:
    key = re.search(pattern, row)
    assert key, row
    return key[1]


def _fresh(template: str) -> str:
    return _FRESH.sub(r"\1{{ fresh() }}", template)


def _literal(text: str) -> str:
    """Quote what Jinja would read as its own; its loader drops one newline at the end."""
    return text.replace("{{", "{{ '{{' }}").replace("{%", "{{ '{%' }}").replace("{#", "{{ '{#' }}")


class _Variants:
    """Rows by their skeleton: what is between the values.

    Values that are the same in all rows of a skeleton are part of it.
    """

    def __init__(self, rows: Sequence[str], columns: Sequence[tuple[Any, ...]]) -> None:
        self._columns = len(columns[0])
        parts = [_split(row) for row in rows]
        skeletons = list(dict.fromkeys(skeleton for skeleton, _ in parts))
        self.kinds = [skeletons.index(skeleton) for skeleton, _ in parts]
        self._bodies, self._width = [], 0
        shown: dict[int, tuple[str, ...]] = {}
        for kind, skeleton in enumerate(skeletons):
            members = [place for place, of_kind in enumerate(self.kinds) if of_kind == kind]
            values = [parts[place][1] for place in members]
            body, own = _body(skeleton, values, [columns[place] for place in members])
            self._bodies.append(body)
            self._width = max(self._width, len(own))
            shown |= {place: tuple(values[nth][at] for at in own) for nth, place in enumerate(members)}
        self.shown = [(*shown[place], *[""] * (self._width - len(shown[place]))) for place in range(len(rows))]

    def names(self) -> str:
        """Return the loop's variables: the kind, the columns, the formatted values."""
        columns, shown = range(self._columns), range(self._width)
        return ", ".join(["kind", *(f"c{nth}" for nth in columns), *(f"s{nth}" for nth in shown)])

    def body(self) -> str:
        """Return the text of a row of any kind."""
        if len(self._bodies) == 1:
            return self._bodies[0]
        tests = [f"{{% {'el' if kind else ''}if kind == {kind} %}}{body}" for kind, body in enumerate(self._bodies)]
        return "".join(tests) + "{% endif %}"


def _split(row: str) -> tuple[tuple[str, ...], list[str]]:
    """Split a row into its skeleton and its values, unescaped."""
    skeleton, values, end = [], [], 0
    for match in _VALUE.finditer(row):
        group = 1 if match[1] is not None else 2
        skeleton.append(row[end : match.start(group)])
        values.append(unescape(match[group]))
        end = match.end(group)
    return (*skeleton, row[end:]), values


def _body(skeleton: tuple[str, ...], values: list[list[str]], columns: list[tuple[Any, ...]]) -> tuple[str, list[int]]:
    """Return the text of one kind of row, and the places of the values that are no column."""
    text, own = list[str](), list[int]()
    for place, static in enumerate(skeleton[:-1]):
        text.append(_literal(static))
        here = [row[place] for row in values]
        column = next((nth for nth in range(len(columns[0])) if [str(row[nth]) for row in columns] == here), None)
        if len(set(here)) == 1:
            text.append(_escaped(here[0]))
        elif column is not None:
            text.append(f"{{{{ c{column} }}}}")
        else:
            text.append(f"{{{{ s{len(own)} }}}}")
            own.append(place)
    return "".join([*text, _literal(skeleton[-1])]), own


def _escaped(value: str) -> str:
    return _literal(str(escape(value)))
