"""What tickets may be about, as administrators keep it: added, renamed, ordered, withdrawn and brought back (D6).

Every act is a fact in the stream of the account that does it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from izarlink_tickets.application.account_changes import changed_fields
from izarlink_tickets.application.account_events import record_directory_event
from izarlink_tickets.application.command_log import content_of
from izarlink_tickets.application.directory_commands import Done, carry_out
from izarlink_tickets.config import MasterKeys
from izarlink_tickets.database import Database
from izarlink_tickets.directory import (
    CategoryRecord,
    LastCategory,
    UnknownCategory,
    create_category,
    impact_of,
    lock_categories,
    order_categories,
    refuse_taken,
    restore_category,
    set_default_impact,
    withdraw_category,
)
from izarlink_tickets.domain import account as facts
from izarlink_tickets.domain.errors import CategoryNotActive, NothingChanges, UnknownChoice
from izarlink_tickets.domain.vocabulary import CommandContext, TicketType

Known = dict[str, CategoryRecord]
Work = Callable[[Connection, Known], str]


@dataclass(frozen=True, slots=True)
class NewCategory:
    """A category to add, as typed. group_label: empty for one that stands by itself."""

    ticket_type: str
    label: str
    group_label: str = ""
    default_impact: int = 3


class Categories:
    """What is done to categories. Each raises NotAllowed, CommandAlreadyUsed, and unless it creates UnknownCategory."""

    def __init__(self, database: Database, keys: MasterKeys) -> None:
        self._database = database
        self._keys = keys

    def create(self, context: CommandContext, wanted: NewCategory) -> Done:
        """Add one behind the others of its type. Raises: UnknownChoice, TextRefused, CategoryTaken."""
        if wanted.ticket_type not in set(TicketType):
            raise UnknownChoice("ticket_type")
        ticket_type = TicketType(wanted.ticket_type)

        def work(connection: Connection, known: Known) -> str:
            ranks = [one.rank for one in known.values() if one.ticket_type is ticket_type]
            return _add(connection, context, wanted, known, ticket_type=ticket_type, rank=max(ranks, default=0) + 1)

        typed = (wanted.ticket_type, wanted.label, wanted.group_label, wanted.default_impact)
        return self._run(context, "create_category", work, *typed)

    def rename(self, context: CommandContext, *, code: str, label: str, group_label: str = "") -> Done:
        """Put one with other words in its place: tickets that have it keep the words they were opened with.

        Gives the code of the new one. Raises: TextRefused, CategoryTaken, CategoryWithdrawn, NothingChanges.
        """

        def work(connection: Connection, known: Known) -> str:
            old = _known(known, code)
            if not old.active:
                raise CategoryNotActive
            if (label, group_label) == (old.label, old.group_label or ""):
                raise NothingChanges
            wanted = NewCategory(old.ticket_type, label, group_label, old.default_impact)
            withdraw_category(connection, code=code)
            others = {key: one for key, one in known.items() if key != code} | {code: _withdrawn(old)}
            new = _add(connection, context, wanted, others, ticket_type=old.ticket_type, rank=old.rank, replaces=code)
            record_directory_event(connection, context, facts.CategoryWithdrawn, category=code)
            return new

        return self._run(context, "rename_category", work, code, label, group_label)

    def change_impact(
        self, context: CommandContext, *, code: str, default_impact: int, seen: Mapping[str, str] | None = None
    ) -> Done:
        """Let tickets begin with another impact from now on.

        seen: as the author of the change had it before him. Raises: UnknownChoice, NothingChanges, RecordHasChanged.
        """
        impact = impact_of(default_impact)

        def work(connection: Connection, known: Known) -> str:
            old = _known(known, code).default_impact
            changed_fields({"default_impact": str(impact)}, {"default_impact": str(old)}, seen)
            set_default_impact(connection, code=code, default_impact=impact)
            record_directory_event(
                connection,
                context,
                facts.CategoryChanged,
                category=code,
                default_impact=impact,
                previous_default_impact=old,
            )
            return code

        return self._run(context, "change_category_impact", work, code, default_impact)

    def move_up(self, context: CommandContext, *, code: str) -> Done:
        """Show it before the one in front of it. Raises: NothingChanges, for the first."""
        return self._move(context, "move_category_up", code, step=-1)

    def move_down(self, context: CommandContext, *, code: str) -> Done:
        """Show it behind the one that follows it. Raises: NothingChanges, for the last."""
        return self._move(context, "move_category_down", code, step=1)

    def withdraw(self, context: CommandContext, *, code: str) -> Done:
        """Give it to no new ticket. Raises: LastCategory."""

        def work(connection: Connection, known: Known) -> str:
            category = _known(known, code)
            if category.active:
                if _shown(known, category.ticket_type) == [code]:
                    raise LastCategory
                withdraw_category(connection, code=code)
                record_directory_event(connection, context, facts.CategoryWithdrawn, category=code)
            return code

        return self._run(context, "withdraw_category", work, code)

    def restore(self, context: CommandContext, *, code: str) -> Done:
        """Give it to new tickets again. Raises: CategoryTaken."""

        def work(connection: Connection, known: Known) -> str:
            category = _known(known, code)
            if not category.active:
                refuse_taken(category, among=known.values())
                restore_category(connection, code=code)
                record_directory_event(connection, context, facts.CategoryRestored, category=code)
            return code

        return self._run(context, "restore_category", work, code)

    def _move(self, context: CommandContext, name: str, code: str, *, step: int) -> Done:
        return self._run(context, name, lambda connection, known: _move(connection, context, known, code, step), code)

    def _run(self, context: CommandContext, name: str, work: Work, *typed: object) -> Done:
        content = content_of(name, None, (), *typed)

        def locked(connection: Connection) -> str:
            return work(connection, lock_categories(connection))

        return carry_out(self._database, self._keys.sealing, context, content=content, work=locked)


def _known(known: Known, code: str) -> CategoryRecord:
    if code not in known:
        raise UnknownCategory(code)
    return known[code]


def _withdrawn(category: CategoryRecord) -> CategoryRecord:
    return replace(category, active=False)


def _shown(known: Known, ticket_type: TicketType) -> list[str]:
    """List the codes that the forms show for a type, in their order."""
    return [one.code for one in known.values() if one.active and one.ticket_type is ticket_type]


def _add(
    connection: Connection,
    context: CommandContext,
    wanted: NewCategory,
    known: Known,
    *,
    ticket_type: TicketType,
    rank: int,
    replaces: str | None = None,
) -> str:
    created = create_category(
        connection,
        among=known.values(),
        ticket_type=ticket_type,
        label=wanted.label,
        group_label=wanted.group_label,
        default_impact=wanted.default_impact,
        rank=rank,
    )
    record_directory_event(connection, context, facts.CategoryCreated, category=created.code, replaces=replaces)
    return created.code


def _move(connection: Connection, context: CommandContext, known: Known, code: str, step: int) -> str:
    category = _known(known, code)
    shown = _shown(known, category.ticket_type)
    place = shown.index(code) + step if category.active else -1
    if not 0 <= place < len(shown):
        raise NothingChanges
    shown.remove(code)
    shown.insert(place, code)
    hidden = [one.code for one in known.values() if one.ticket_type is category.ticket_type and not one.active]
    order_categories(connection, codes=[*shown, *hidden])
    record_directory_event(connection, context, facts.CategoriesReordered, categories=[*shown, *hidden])
    return code
