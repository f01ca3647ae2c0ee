"""Forms of a page, as a browser sees and fills them in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

TYPED = frozenset({"text", "search", "email", "tel", "url", "number", "date", "textarea"})
# Values that a field accepts, by its name: with them, the hostile words elsewhere are stored.
TYPICAL = {
    "phone": "+33 5 59 00 00 09",
    "until": "2026-12-24",
    "du": "2026-11-01",
    "au": "2026-12-24",
    "depuis": "2026-11-01",
    "date": "2026-11-02",
    "version": "1",
    "position": "1",
}
Pairs = list[tuple[str, Any]]
# What a typed field gets.
Words = Callable[["Input"], str]


@dataclass(frozen=True)
class Input:
    """A field of a form.

    options: the values of a list. kind: the type of an input, or its element.
    """

    name: str
    kind: str
    value: str = ""
    options: tuple[str, ...] = ()
    is_chosen: bool = False

    @property
    def is_typed(self) -> bool:
        return self.kind in TYPED


@dataclass(frozen=True)
class PageForm:
    """A form of a page. button: the one that is pressed."""

    page: str
    action: str
    method: str
    inputs: tuple[Input, ...] = field(repr=False)
    button: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        return self.action or self.page

    def names(self) -> set[str]:
        return {each.name for each in self.inputs} | {name for name, _ in self.button}

    def filled(self, words: Words, *, files: Sequence[Any] = (), **values: str) -> Pairs:
        """Return the pairs that a browser sends.

        words: for each typed field. files: for each file input. values: by name, instead of any others.
        """
        pairs: Pairs = [*self.button]
        chosen = {each.name for each in self.inputs if each.kind in {"radio", "checkbox"} and each.is_chosen}
        for each in self.inputs:
            if each.name in values:
                pairs.append((each.name, values[each.name]))
            elif each.kind in {"radio", "checkbox"}:
                if each.is_chosen or each.name not in chosen:
                    chosen.add(each.name)
                    pairs.append((each.name, each.value))
            elif each.kind == "file":
                pairs += [(each.name, file) for file in files]
            elif each.kind == "select":
                pairs.append((each.name, each.value or next(filter(None, each.options), "")))
            else:
                pairs.append((each.name, words(each) if each.is_typed or each.kind == "password" else each.value))
        return pairs


def page_forms(page: str, html: str) -> Iterator[PageForm]:
    """Yield the forms of a page, once for each button."""
    reader = _Reader()
    reader.feed(html)
    for form in reader.forms:
        method = form.attributes.get("method", "get").upper()
        for button in form.buttons or [{}]:
            pressed = ((button["name"], button.get("value", "")),) if button.get("name") else ()
            action = button.get("formaction") or form.attributes.get("action", "")
            yield PageForm(page, action, method, tuple(form.inputs), pressed)


@dataclass
class _Form:
    """A form while it is read."""

    attributes: dict[str, str]
    inputs: list[Input] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects forms, ten times faster than html5lib."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._form: _Form | None = None
        self._typed: dict[str, str] | None = None
        self._list: tuple[dict[str, str], list[dict[str, str]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = _Form(attributes)
            self.forms.append(self._form)
        elif tag == "option" and self._list:
            self._list[1].append(attributes)
        elif self._form and "disabled" not in attributes:
            self._control(tag, attributes)

    def _control(self, tag: str, attributes: dict[str, str]) -> None:
        assert self._form
        if tag == "button":
            self._form.buttons.append(attributes)
        elif "name" not in attributes:
            return
        elif tag == "textarea":
            self._typed = {**attributes, "text": ""}
        elif tag == "select":
            self._list = attributes, []
        elif tag == "input":
            kind = attributes.get("type", "text")
            is_chosen = "checked" in attributes
            self._form.inputs.append(Input(attributes["name"], kind, attributes.get("value", ""), is_chosen=is_chosen))

    def handle_data(self, data: str) -> None:
        if self._typed is not None:
            self._typed["text"] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if self._form and tag == "textarea" and self._typed is not None:
            self._form.inputs.append(Input(self._typed["name"], "textarea", self._typed["text"].removeprefix("\n")))
            self._typed = None
        if self._form and tag == "select" and self._list:
            self._form.inputs.append(_select(*self._list))
            self._list = None


def _select(attributes: dict[str, str], options: list[dict[str, str]]) -> Input:
    chosen = [option.get("value", "") for option in options if "selected" in option]
    values = tuple(option.get("value", "") for option in options)
    return Input(attributes["name"], "select", chosen[0] if chosen else values[0] if values else "", values)
