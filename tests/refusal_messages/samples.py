"""Every kind of refusal, and an instance of each."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import izarlink_tickets
from izarlink_tickets.application.spreadsheets import ImportReport
from izarlink_tickets.domain.errors import Refusal


def import_everything() -> None:
    """Import every module of the program, so that every class is known."""
    for module in pkgutil.walk_packages(izarlink_tickets.__path__, "izarlink_tickets."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


Kind = TypeVar("Kind")


def subclasses_of(base: type[Kind]) -> Iterator[type[Kind]]:
    """List all subclasses that the program itself defines."""
    for kind in base.__subclasses__():
        if kind.__module__.startswith("izarlink_tickets."):
            yield kind
        yield from subclasses_of(kind)


def all_refusals() -> list[Refusal]:
    """Build an instance of every kind of refusal."""
    import_everything()
    return [_instance(kind) for kind in sorted(set(subclasses_of(Refusal)), key=lambda kind: kind.__name__)]


def _instance(kind: type[Refusal]) -> Refusal:
    if not dataclasses.is_dataclass(kind):
        return kind()
    types = get_type_hints(kind)
    return kind(**{field.name: _value(types[field.name]) for field in dataclasses.fields(kind)})


def _value(type_: Any) -> object:
    values = {str: "title", int: 120, bool: True, datetime: datetime(2026, 11, 2, tzinfo=UTC)}
    if type_ in values:
        return values[type_]
    if get_origin(type_) is tuple:
        inner = get_args(type_)
        return (_value(inner[0]),) if inner[-1] is ... else tuple(map(_value, inner))
    if type_ is ImportReport:
        return ImportReport("UTF-8", ",", ())
    if isinstance(type_, type) and issubclass(type_, Enum):
        return next(iter(type_))
    # An optional value.
    return _value(get_args(type_)[0])
