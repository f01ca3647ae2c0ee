"""« Mes vues »: filters of the queue that a technician saves."""

from sqlalchemy import Connection

from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.desk.saved_views import (
    SavedView,
    delete_saved_view,
    insert_saved_view,
    list_saved_views,
    rename_saved_view,
    saved_view_exists,
)
from izarlink_tickets.domain import access
from izarlink_tickets.domain.errors import CommandAlreadyUsed, Refusal, TextMissing, TextTooLong
from izarlink_tickets.domain.text import clean_line, fold
from izarlink_tickets.domain.vocabulary import CommandContext

# As many as fit beside the desk's own views.
MAX_VIEWS = 20
MAX_NAME = 40  # characters: it stands on a tab


class SavedViewNotFound(Refusal):
    """The technician has no view with this id."""


class SavedViewNameTaken(Refusal):
    """The technician has another view with this name."""


class TooManySavedViews(Refusal):
    """The technician has as many views as allowed."""


class SavedViews:
    """Commands on the actor's own views.

    Each raises NotAllowed unless the actor is staff.
    """

    def __init__(self, log: CommandLog) -> None:
        self._log = log

    def create(self, context: CommandContext, *, name: str, query: str) -> None:
        """Save a view. Raises: TextMissing, TextTooLong, SavedViewNameTaken, TooManySavedViews, CommandAlreadyUsed."""
        access.require(allowed=access.is_staff(context.actor))
        view, account_id = SavedView(context.command_id, _checked_name(name), query), context.actor.account_id

        def work(connection: Connection) -> str:
            # Of a colleague, or from before saved views were in the command log.
            if saved_view_exists(connection, view.id):
                raise CommandAlreadyUsed(None)
            views = list_saved_views(connection, account_id)
            _require_free_name(views, view.name)
            if len(views) >= MAX_VIEWS:
                raise TooManySavedViews
            insert_saved_view(connection, view, account_id=account_id, name_folded=fold(view.name))
            return view.id

        self._log.run_on_record(context, "create_saved_view", work, view.id, view.name, query)

    def rename(self, context: CommandContext, view_id: str, *, name: str) -> None:
        """Rename a view. Raises: TextMissing, TextTooLong, SavedViewNameTaken, SavedViewNotFound."""
        access.require(allowed=access.is_staff(context.actor))
        line, account_id = _checked_name(name), context.actor.account_id

        def work(connection: Connection) -> str:
            views = list_saved_views(connection, account_id)
            _require_free_name([view for view in views if view.id != view_id], line)
            if not rename_saved_view(connection, view_id, account_id=account_id, name=line, name_folded=fold(line)):
                raise SavedViewNotFound
            return view_id

        self._log.run_on_record(context, "rename_saved_view", work, view_id, line)

    def delete(self, context: CommandContext, view_id: str) -> None:
        """Delete a view. Raises: SavedViewNotFound."""
        access.require(allowed=access.is_staff(context.actor))

        def work(connection: Connection) -> str:
            if not delete_saved_view(connection, view_id, account_id=context.actor.account_id):
                raise SavedViewNotFound
            return view_id

        self._log.run_on_record(context, "delete_saved_view", work, view_id)


def _checked_name(name: str) -> str:
    line = clean_line(name)
    if not line:
        raise TextMissing("name")
    if len(line) > MAX_NAME:
        raise TextTooLong("name", MAX_NAME, len(line))
    return line


def _require_free_name(others: list[SavedView], name: str) -> None:
    if fold(name) in {fold(view.name) for view in others}:
        raise SavedViewNameTaken
