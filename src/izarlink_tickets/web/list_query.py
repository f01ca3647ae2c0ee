"""List queries, parsed from a list's URL and written back to it.

A list declares each parameter once: its name in the URL, its field, its default and its parser.
Unknown values are ignored and flagged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, ClassVar, Generic, Self, TypeVar
from urllib.parse import urlencode

from flask import url_for

from izarlink_tickets.database.paging import Page, PageRequest
from izarlink_tickets.domain.text import clean_line

# Characters; no id or code is longer.
MAX_CODE = 64
# The cursor of a page has a title in it at most.
MAX_CURSOR = 4_000

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Parameter(Generic[Value]):
    """A parameter of the URL. parse: returns None for an unknown value."""

    name: str
    parse: Callable[[str], Value | None]
    is_always_written: bool


def parameter(
    name: str, default: Value, parse: Callable[[str], Value | None], *, is_always_written: bool = False
) -> Value:
    """Declare a field that the URL holds.

    is_always_written: also while it has its default.
    """
    declared: Value = field(default=default, metadata={"parameter": Parameter(name, parse, is_always_written)})
    return declared


def one_of(values: Iterable[Value]) -> Callable[[str], Value | None]:
    """Build a parser for the texts of some values, in any case."""
    by_code = {str(value).casefold(): value for value in values}
    return lambda text: by_code.get(clean_line(text).casefold())


def line_up_to(maximum: int) -> Callable[[str], str]:
    """Build a parser for a line of text, cut to a maximum."""
    return lambda text: clean_line(text)[:maximum]


def cursor(text: str) -> str:
    """Parse a cursor; `database.paging` checks it."""
    return text[:MAX_CURSOR]


def code(text: str) -> str:
    """Parse a code of a category, in any case."""
    return clean_line(text)[:MAX_CODE].upper()


@dataclass(frozen=True)
class ListHeading:
    """The heading of a column.

    url: of the link that sorts by it; None where it can't be sorted. sorted: the value of `aria-sort`.
    order, reverse: the order that it starts with, and from its other end.
    """

    label: str
    url: str | None = None
    sorted: str | None = None
    order: str = ""
    reverse: str = ""


@dataclass(frozen=True)
class ListQuery:
    """The query of a list. after, before: cursors of the page."""

    ENDPOINT: ClassVar[str]

    after: str = parameter("apres", "", cursor)
    before: str = parameter("avant", "", cursor)
    has_unknown_values: bool = False

    @property
    def parameters(self) -> dict[str, str]:
        """Return what the URL holds, by name, without defaults."""
        return self._parameters({})

    @property
    def key(self) -> tuple[object, ...]:
        """Everything of the query that its page shows, hashable."""
        return (*self.parameters.items(), self.has_unknown_values)

    @property
    def page_request(self) -> PageRequest:
        """The page to load."""
        return PageRequest(self.after, self.before)

    @property
    def path(self) -> str:
        """The path of the list, where its form is sent."""
        return _path_of(self.ENDPOINT)

    def with_arguments(self, arguments: Mapping[str, str]) -> Self:
        """Return the query with the URL's parameters.

        Unknown values are ignored and flagged.
        """
        texts = [(name, declared, arguments.get(declared.name, "")) for name, declared, _ in self._declared()]
        parsed = {name: declared.parse(text) for name, declared, text in texts if text and clean_line(text)}
        known = {name: value for name, value in parsed.items() if value is not None}
        return replace(self, **known, has_unknown_values=len(known) < len(parsed))

    def url(self, endpoint: str | None = None, **more: object) -> str:
        """Build the URL of this query.

        endpoint: another page that takes it, with parameters of its own.
        """
        query = urlencode({**self.parameters, **more})
        return f"{_path_of(endpoint or self.ENDPOINT)}?{query}".removesuffix("?")

    def url_with(self, **fields: object) -> str:
        """Build the URL of the first page with some fields changed."""
        # Without a copy of the query: a list has dozens of links.
        query = urlencode(self._parameters({"after": "", "before": "", **fields}))
        return f"{self.path}?{query}".removesuffix("?")

    def _parameters(self, fields: Mapping[str, object]) -> dict[str, str]:
        return {
            declared.name: str(value)
            for name, declared, default in self._declared()
            if (value := fields.get(name, getattr(self, name))) != default or declared.is_always_written
        }

    def first_page(self) -> Self:
        """Return the same query for the first page."""
        return replace(self, after="", before="")

    def next_url(self, page: Page[Any]) -> str | None:
        """Build the URL of the next page; None on the last one."""
        return self.url_with(after=page.after) if page.after else None

    def previous_url(self, page: Page[Any]) -> str | None:
        """Build the URL of the previous page; None on the first one."""
        return self.url_with(before=page.before) if page.before else None

    @classmethod
    @cache
    def _declared(cls) -> tuple[tuple[str, Parameter[Any], Any], ...]:
        """List the declared fields with their parameters and defaults, the page last."""
        parameters = [
            (declared.name, declared.metadata["parameter"], declared.default)
            for declared in fields(cls)
            if declared.metadata
        ]
        return tuple(sorted(parameters, key=lambda declared: declared[0] in {"after", "before"}))


@cache
def _path_of(endpoint: str) -> str:
    return url_for(endpoint)


def list_headings(
    columns: Iterable[tuple[str, str | None]], *, current_order: str, url_of: Callable[[str], str]
) -> list[ListHeading]:
    """Build the headings of the columns.

    columns: labels, and the orders that their links start with.
    url_of: builds the URL of an order.
    """
    # Translated here, because each row repeats its labels.
    return [_heading(str(label), order, current_order, url_of) for label, order in columns]


def _heading(label: str, order: str | None, current_order: str, url_of: Callable[[str], str]) -> ListHeading:
    if order is None:
        return ListHeading(label)
    name = order.removeprefix("-")
    orders = (order, name if order != name else f"-{name}")
    if current_order.removeprefix("-") != name:
        return ListHeading(label, url_of(order), None, *orders)
    # The link of the current order reverses it.
    if current_order == name:
        return ListHeading(label, url_of(f"-{name}"), "ascending", *orders)
    return ListHeading(label, url_of(name), "descending", *orders)
