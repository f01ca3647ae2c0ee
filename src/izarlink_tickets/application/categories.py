"""Ticket categories as administrators manage them: created, renamed, ordered, withdrawn, restored.

Each command records an event in the stream of the acting account.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from izarlink_tickets.application.account_events import record_directory_event
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.record_changes import changed_fields
from izarlink_tickets.application.transaction import CommandResult
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
from izarlink_tickets.domain import access
from izarlink_tickets.domain import account as events
from izarlink_tickets.domain.errors import CategoryNotActive, NothingChanges, UnknownChoice
from izarlink_tickets.domain.vocabulary import CommandContext, TicketType

# All categories by code, locked, in the order of the forms.
CategoriesByCode = dict[str, CategoryRecord]
# Returns the code of the category that it created or changed.
Work = Callable[[Connection, CategoriesByCode], str]


@dataclass(frozen=True, slots=True)
class NewCategory:
    """A category to create, as typed.

    group_label: empty for a category without a group.
    """

    ticket_type: str
    label: str
    group_label: str = ""
    default_impact: int = 3


class Categories:
    """Commands on categories.

    Each raises NotAllowed, and what `CommandLog.run` raises. All but the creation raise UnknownCategory.
    """

    def __init__(self, log: CommandLog) -> None:
        self._log = log

    def create(self, context: CommandContext, new: NewCategory) -> CommandResult:
        """Create a category after the others of its type.

        Raises: UnknownChoice, TextRefused, CategoryTaken.
        """
        if new.ticket_type not in set(TicketType):
            raise UnknownChoice("ticket_type")
        ticket_type = TicketType(new.ticket_type)

        def work(connection: Connection, categories: CategoriesByCode) -> str:
            ranks = [category.rank for category in categories.values() if category.ticket_type is ticket_type]
            return _add(connection, context, new, categories, ticket_type=ticket_type, rank=max(ranks, default=0) + 1)

        typed = (new.ticket_type, new.label, new.group_label, new.default_impact)
        return self._run(context, "create_category", work, *typed)

    def rename(self, context: CommandContext, *, code: str, label: str, group_label: str = "") -> CommandResult:
        """Replace a category by a new one with another label.

        Its tickets keep the label that they were opened with.
        The result's id is the code of the new category.
        Raises: TextRefused, CategoryTaken, CategoryNotActive, NothingChanges.
        """

        def work(connection: Connection, categories: CategoriesByCode) -> str:
            old = _existing(categories, code)
            if not old.active:
                raise CategoryNotActive
            if (label, group_label) == (old.label, old.group_label or ""):
                raise NothingChanges
            new = NewCategory(old.ticket_type, label, group_label, old.default_impact)
            withdraw_category(connection, code=code)
            others = categories | {code: replace(old, active=False)}
            new_code = _add(connection, context, new, others, ticket_type=old.ticket_type, rank=old.rank, replaces=code)
            record_directory_event(connection, context, events.CategoryWithdrawn, category=code)
            return new_code

        return self._run(context, "rename_category", work, code, label, group_label)

    def change_impact(
        self, context: CommandContext, *, code: str, default_impact: int, seen: Mapping[str, str] | None = None
    ) -> CommandResult:
        """Change the impact that new tickets begin with.

        seen: the record as the editor saw it. Raises: UnknownChoice, NothingChanges, RecordHasChanged.
        """
        impact = impact_of(default_impact)

        def work(connection: Connection, categories: CategoriesByCode) -> str:
            old = _existing(categories, code).default_impact
            changed_fields({"default_impact": str(impact)}, {"default_impact": str(old)}, seen)
            set_default_impact(connection, code=code, default_impact=impact)
            record_directory_event(
                connection,
                context,
                events.CategoryChanged,
                category=code,
                default_impact=impact,
                previous_default_impact=old,
            )
            return code

        return self._run(context, "change_category_impact", work, code, default_impact)

    def move_up(self, context: CommandContext, *, code: str) -> CommandResult:
        """Move a category one place up. Raises: NothingChanges, for the first."""
        return self._move(context, "move_category_up", code, step=-1)

    def move_down(self, context: CommandContext, *, code: str) -> CommandResult:
        """Move a category one place down. Raises: NothingChanges, for the last."""
        return self._move(context, "move_category_down", code, step=1)

    def withdraw(self, context: CommandContext, *, code: str) -> CommandResult:
        """Withdraw a category from new tickets. Raises: LastCategory."""

        def work(connection: Connection, categories: CategoriesByCode) -> str:
            category = _existing(categories, code)
            if category.active:
                if _active_codes(categories, category.ticket_type) == [code]:
                    raise LastCategory
                withdraw_category(connection, code=code)
                record_directory_event(connection, context, events.CategoryWithdrawn, category=code)
            return code

        return self._run(context, "withdraw_category", work, code)

    def restore(self, context: CommandContext, *, code: str) -> CommandResult:
        """Offer a withdrawn category again for new tickets. Raises: CategoryTaken."""

        def work(connection: Connection, categories: CategoriesByCode) -> str:
            category = _existing(categories, code)
            if not category.active:
                refuse_taken(category, among=categories.values())
                restore_category(connection, code=code)
                record_directory_event(connection, context, events.CategoryRestored, category=code)
            return code

        return self._run(context, "restore_category", work, code)

    def _move(self, context: CommandContext, name: str, code: str, *, step: int) -> CommandResult:
        """Move a category among the active ones of its type."""

        def work(connection: Connection, categories: CategoriesByCode) -> str:
            category = _existing(categories, code)
            active = _active_codes(categories, category.ticket_type)
            place = active.index(code) + step if category.active else -1
            if not 0 <= place < len(active):
                raise NothingChanges
            active.remove(code)
            active.insert(place, code)
            same_type = [other for other in categories.values() if other.ticket_type is category.ticket_type]
            codes = [*active, *(other.code for other in same_type if not other.active)]
            order_categories(connection, codes=codes)
            record_directory_event(connection, context, events.CategoriesReordered, categories=codes)
            return code

        return self._run(context, name, work, code)

    def _run(self, context: CommandContext, name: str, work: Work, *typed: object) -> CommandResult:
        access.require(allowed=access.may_change_directory(context.actor))
        return self._log.run_on_record(
            context, name, lambda connection: work(connection, lock_categories(connection)), *typed
        )


def _existing(categories: CategoriesByCode, code: str) -> CategoryRecord:
    if code not in categories:
        raise UnknownCategory(code)
    return categories[code]


def _active_codes(categories: CategoriesByCode, ticket_type: TicketType) -> list[str]:
    """List the active categories of a type, in form order."""
    return [
        category.code for category in categories.values() if category.active and category.ticket_type is ticket_type
    ]


def _add(
    connection: Connection,
    context: CommandContext,
    new: NewCategory,
    categories: CategoriesByCode,
    *,
    ticket_type: TicketType,
    rank: int,
    replaces: str | None = None,
) -> str:
    created = create_category(
        connection,
        among=categories.values(),
        ticket_type=ticket_type,
        label=new.label,
        group_label=new.group_label,
        default_impact=new.default_impact,
        rank=rank,
    )
    record_directory_event(connection, context, events.CategoryCreated, category=created.code, replaces=replaces)
    return created.code
