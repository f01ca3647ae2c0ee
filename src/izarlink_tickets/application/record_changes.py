"""Changes of an edited record, and conflicts with another editor."""

from collections.abc import Mapping

from izarlink_tickets.domain.errors import NothingChanges, RecordHasChanged


def changed_fields(new: Mapping[str, str], current: Mapping[str, str], seen: Mapping[str, str] | None) -> list[str]:
    """List the fields that an edit changes.

    seen: the record as the editor saw it; None where they saw none.
    Raises: RecordHasChanged, where a field has another value than both seen and new; NothingChanges.
    """
    meanwhile = [(name, seen[name], value) for name, value in current.items() if seen and seen[name] != value]
    if any(new[name] != value for name, _, value in meanwhile):
        raise RecordHasChanged(tuple(meanwhile))
    changed = [name for name, value in current.items() if new[name] != value]
    if not changed:
        raise NothingChanges
    return changed
